import * as Plot from "@observablehq/plot";

/** How a matrix is drawn. */
interface HeatMapOptions {
  /** Above the matrix. */
  readonly title: string;
  /** Below the title, smaller. */
  readonly subtitle?: string;
  /**
   * Addresses of small pictures, one a row and column, which stand for the images and their texts. Without them an image in a row and a text in a column have
   * numbers, from 0.
   */
  readonly pictures?: readonly string[];
  /** The value of the darkest colour; the largest unless told otherwise. With `signed` also that below zero. */
  readonly max?: number;
  /** Whether values below zero mean something else than those above: red and blue instead of blue alone. */
  readonly signed?: boolean;
  /** Decimals of the numbers; 2 unless told otherwise. */
  readonly digits?: number;
  /** Width in pixels; 270 unless told otherwise. */
  readonly width?: number;
}

const AXIS = { type: "band", padding: 0.03, tickSize: 0, labelAnchor: "center", labelArrow: "none" } as const;

/** A matrix as colours with its numbers. */
export function heatMap(matrix: readonly (readonly number[])[], options: HeatMapOptions): Element {
  const { title, subtitle = "", pictures, signed = false, digits = 2, width = 270 } = options;
  const cells = matrix.flatMap((row, i) => row.map((value, j) => ({ i, j, value })));
  const max = options.max ?? Math.max(...cells.map(({ value }) => Math.abs(value)), 1e-9);
  const margin = pictures ? 30 : 36;
  const side = (width - margin - 6) / (matrix[0]?.length ?? 1);
  const shown = ({ value }: { value: number }) => {
    const text = value.toFixed(digits).replace(/^(-?)0\./, "$1.");
    return Number(text) === 0 ? "0" : text.replace("-", "−");
  };
  const picture = Math.min(24, side - 2);
  return Plot.plot({
    title,
    subtitle,
    className: "heat-map",
    ariaLabel: title,
    width,
    height: margin + 6 + side * matrix.length,
    ...{ marginTop: margin, marginLeft: margin, marginRight: 6, marginBottom: 6 },
    x: { ...AXIS, axis: pictures ? null : "top", label: "text" },
    y: { ...AXIS, axis: pictures ? null : "left", label: "image" },
    color: {
      type: "linear",
      domain: signed ? [-max, 0, max] : [0, max],
      range: signed ? ["#b2182b", "#f4f4f4", "#2166ac"] : ["#f1f5fb", "#08468b"],
      clamp: true,
    },
    marks: [
      Plot.cell(cells, { x: "j", y: "i", fill: "value" }),
      Plot.text(cells, {
        ...{ x: "j", y: "i", text: shown, fontSize: Math.min(11, side / 2.6) },
        fill: ({ value }: { value: number }) => (Math.abs(value) / max > 0.55 ? "white" : "#1b1e23"),
      }),
      ...(pictures
        ? [
            Plot.image(pictures, {
              y: (_, i: number) => i,
              src: (url: string) => url,
              frameAnchor: "left",
              dx: -margin / 2 - 1,
              width: picture,
              height: picture,
            }),
            Plot.image(pictures, {
              x: (_, i: number) => i,
              src: (url: string) => url,
              frameAnchor: "top",
              dy: -margin / 2 - 1,
              width: picture,
              height: picture,
            }),
          ]
        : []),
    ],
  });
}
