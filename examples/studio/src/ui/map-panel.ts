import type { EmbeddingMap } from "../protocol";
import type { App } from "./app";
import { counted, field, h, numberIn, reveal } from "./dom";
import { InFrames } from "./in-frames";
import { taskControls } from "./task";

/** How many of the nearest a list entry names. */
const NEAREST = 3;

/** The images as a map: like ones lie near each other; and the same as a list for keyboards and screen readers. */
export function mapPanel(app: App): HTMLElement {
  const neighbors = h("input", { type: "number", min: 2, max: 100, value: 10 });
  const minDist = h("input", { type: "number", min: 0, max: 1, step: "any", value: 0.1 });
  const plane = h("div", { class: "plane", "aria-hidden": "true", hidden: true });
  const list = h("ol", { class: "neighbours" });
  const details = h("details", { hidden: true }, h("summary", {}, "The map as a list"), list);

  let drawn: EmbeddingMap = { ids: [], positions: new Float32Array() };

  const points = new InFrames<number>((i) => {
    const image = app.images.get(drawn.ids[i]!);
    if (!image) return; // removed meanwhile
    const [x, y] = [drawn.positions[2 * i]!, drawn.positions[2 * i + 1]!];
    const style = `left:${(4 + 92 * x).toFixed(2)}%;top:${(4 + 92 * y).toFixed(2)}%`;
    plane.append(h("img", { src: image.url, alt: "", title: image.name, style, decoding: "async" }));
  });
  // The list is made when it is opened.
  const entries = new InFrames<number>((i) => {
    const image = app.images.get(drawn.ids[i]!);
    if (!image) return;
    const near = nearest(drawn.positions, i).flatMap((k) => app.images.get(drawn.ids[k]!)?.name ?? []);
    const text = h("span", {}, h("strong", {}, image.name), ` lies near ${near.join(", ")}`);
    list.append(h("li", { tabindex: 0 }, h("img", { src: image.url, alt: "", decoding: "async" }), text));
  });
  const showList = () => {
    if (details.open && list.childElementCount === 0) entries.add(...drawn.ids.keys());
  };
  details.addEventListener("toggle", showList);
  const show = (map: EmbeddingMap) => {
    drawn = map;
    plane.hidden = details.hidden = map.ids.length === 0;
    points.clear();
    entries.clear();
    plane.replaceChildren();
    list.replaceChildren();
  };

  const run = taskControls(app, "Draw the map", async ({ signal, progress }) => {
    const asked = { neighbors: numberIn(neighbors), minDist: numberIn(minDist) };
    const { map, unread } = await app.client.call("map", asked, { signal, onEvent: progress });
    show(map);
    reveal(plane);
    points.add(...drawn.ids.keys());
    showList();
    await Promise.all([points.drawn(), entries.drawn()]);
    app.failUnread(unread);
    return app.ofImages(`A map of ${counted(drawn.ids.length, "image", "images")} is drawn; below it is the same as a list.`);
  });
  app.addEventListener("change", () => app.images.size === 0 && show({ ids: [], positions: new Float32Array() }));
  return h(
    "div",
    {},
    h("p", {}, "UMAP puts images with like embeddings near each other."),
    h("div", { class: "row" }, field("Neighbours", neighbors), field("Least distance", minDist), run.element),
    plane,
    details,
  );
}

/** The points nearest to one. */
function nearest(positions: Float32Array, i: number): number[] {
  const found: { k: number; distance: number }[] = [];
  for (let k = 0; k < positions.length / 2; k++) {
    if (k === i) continue;
    const distance = (positions[2 * k]! - positions[2 * i]!) ** 2 + (positions[2 * k + 1]! - positions[2 * i + 1]!) ** 2;
    if (found.length === NEAREST && distance >= found[NEAREST - 1]!.distance) continue;
    found.push({ k, distance });
    found.sort((a, b) => a.distance - b.distance).splice(NEAREST);
  }
  return found.map(({ k }) => k);
}
