// Matrices as pictures: panels of coloured cells side by side, one SVG that is readable on a light and on a dark page.
import { installed } from "./installed.mjs";

const vega = await installed(() => import("vega"));

const CELL = 28;
const GAP = 36;
const NUMBERS = 20; // beside and above a panel
const HEAD = 58; // title, axes and numbers above a panel
const LETTER = 6.1; // width of a letter at 11 px, on average
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Colours on a light page, which stand in the file, and on a dark one, which its style sheet puts in their place. */
const COLOURS = {
  paper: ["#ffffff", "#0d1117"],
  ink: ["#1f2328", "#e6edf3"],
  muted: ["#59636e", "#9198a1"],
  line: ["#d1d9e0", "#3d444d"],
  above: ["#54aeff", "#1158c7"],
  below: ["#ff9a7b", "#a63d1d"],
};
const LIGHT = Object.fromEntries(Object.entries(COLOURS).map(([name, [light]]) => [name, light]));

/**
 * Draws panels `{ title, matrix, rows, columns }` of one size, `across` of them side by side: a cell is the darker the larger its value
 * is, up to the picture's largest; zero is empty. A panel with a `range` of its own, `[lightest, darkest]`, is left out of that.
 * `rowLabels` stand left of each line, `label` says what is to be seen for those who do not see it.
 */
export async function drawMatrices(panels, { label, rowLabels = [], across = 3 }) {
  const left = Math.ceil(NUMBERS + 16 + LETTER * Math.max(0, ...rowLabels.map((text) => text.length)));
  const shared = panels.filter(({ range }) => !range).flatMap(({ matrix }) => matrix.flat().map(Math.abs));
  const range = [0, Math.max(...shared)];
  const [height, width] = [panels[0].matrix.length * CELL, panels[0].matrix[0].length * CELL];
  const groups = panels.map((panel, i) => {
    const [line, place] = [Math.floor(i / across), i % across];
    const at = { x: left + place * (width + GAP), y: HEAD + line * (height + HEAD + 8) };
    return group({ range, ...panel }, at, place === 0 ? rowLabels : []);
  });
  const spec = {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    width: left + Math.min(panels.length, across) * (width + GAP) - GAP + 8,
    height: Math.ceil(panels.length / across) * (height + HEAD + 8),
    background: LIGHT.paper,
    padding: 4,
    config: { font: FONT },
    marks: groups,
  };
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  try {
    return styled(await view.toSVG(), label);
  } finally {
    view.finalize();
  }
}

function group({ title, matrix, range, rows = "image", columns = "text" }, { x, y }, rowLabels) {
  const cells = matrix.flatMap((row, i) => row.map((value, j) => ({ i, j, ...cell(value, range) })));
  const numbers = (count) => Array.from({ length: count }, (_, i) => i + 1);
  const [height, width] = [matrix.length * CELL, matrix[0].length * CELL];
  const text = (encode) => ({ type: "text", interactive: false, encode: { enter: encode } });
  const middle = { align: { value: "center" }, baseline: { value: "middle" } };
  const colour = (fill) => ({ fill: { value: LIGHT[fill] } });
  const numbered = (data, across, along) => ({
    ...text({
      ...middle,
      ...colour("muted"),
      [across]: { value: -9 },
      [along]: { signal: `(datum.data - 0.5) * ${CELL}` },
      text: { field: "data" },
    }),
    from: { data },
  });
  return {
    type: "group",
    encode: { enter: { x: { value: x }, y: { value: y }, width: { value: width }, height: { value: height } } },
    data: [
      { name: "cells", values: cells },
      { name: "rows", values: numbers(matrix.length) },
      { name: "columns", values: numbers(matrix[0].length) },
      { name: "labels", values: rowLabels.map((label, i) => ({ label, i })) },
    ],
    marks: [
      {
        type: "rect",
        from: { data: "cells" },
        encode: {
          enter: {
            x: { signal: `datum.j * ${CELL} + 1` },
            y: { signal: `datum.i * ${CELL} + 1` },
            width: { value: CELL - 2 },
            height: { value: CELL - 2 },
            fill: { field: "fill" },
            fillOpacity: { field: "opacity" },
            stroke: { value: LIGHT.line },
          },
        },
      },
      {
        ...text({
          ...middle,
          x: { signal: `(datum.j + 0.5) * ${CELL}` },
          y: { signal: `(datum.i + 0.5) * ${CELL}` },
          text: { field: "shown" },
          fontSize: { value: 9.5 },
          fill: { field: "ink" },
        }),
        from: { data: "cells" },
      },
      numbered("rows", "x", "y"),
      numbered("columns", "y", "x"),
      {
        ...text({
          ...colour("ink"),
          align: { value: "right" },
          baseline: { value: "middle" },
          x: { value: -NUMBERS - 2 },
          y: { signal: `(datum.i + 0.5) * ${CELL}` },
          text: { field: "label" },
        }),
        from: { data: "labels" },
      },
      text({
        ...colour("ink"),
        x: { value: 0 },
        y: { value: -40 },
        text: { value: title },
        fontSize: { value: 12.5 },
        fontWeight: { value: 600 },
      }),
      text({ ...colour("muted"), x: { value: 0 }, y: { value: -24 }, text: { value: `rows: ${rows}, columns: ${columns}` } }),
    ],
  };
}

/** How one value looks; three digits are kept, so that the last bits of a machine's arithmetic change nothing. */
function cell(value, [lightest, darkest]) {
  const rounded = Math.round(value * 1000) / 1000;
  const zero = Math.abs(rounded) < 0.005;
  return {
    fill: rounded < 0 ? LIGHT.below : LIGHT.above,
    opacity: zero ? 0 : Math.round((100 * (Math.abs(rounded) - lightest)) / (darkest - lightest)) / 100,
    ink: zero ? LIGHT.muted : LIGHT.ink,
    shown: String(Math.round(rounded * 100) / 100 || 0).replace("-", "\u2212"),
  };
}

/** Drops what means nothing once the picture has one label, and gives every colour a class that a dark page changes. */
function styled(svg, label) {
  const noise = / (?:role|class|version|xmlns:xlink|pointer-events|font-family|aria-[a-z]+)="[^"]*"/g;
  const dark = Object.entries(COLOURS).map(([name, [, colour]]) => `.${name}{fill:${colour}}.${name}-line{stroke:${colour}}`);
  const style = `<style>@media (prefers-color-scheme: dark){${dark.join("")}}</style>`;
  const [, ...tags] = svg.match(/<[^>]*>[^<]*/g).map((tag) => {
    const clean = tag.replace(noise, "").replace(/(\.\d\d)\d+/g, "$1");
    const classes = Object.entries(LIGHT).flatMap(([name, colour]) => [
      ...(clean.includes(`fill="${colour}"`) ? [name] : []),
      ...(clean.includes(`stroke="${colour}"`) ? [`${name}-line`] : []),
    ]);
    return classes.length > 0 ? clean.replace(/^<(\w+)/, `<$1 class="${classes.join(" ")}"`) : clean;
  });
  const [, width, height] = /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  const root = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${label}" font-family="${FONT}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;
  return `${[root, style, ...tags].join("\n")}\n`;
}
