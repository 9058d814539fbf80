import type { EmbeddingMap } from "../protocol";
import type { App } from "./app";
import { field, h } from "./dom";
import { taskControls } from "./task";

/** How many of the nearest a list entry names. */
const NEAREST = 3;

/** The images as a map: like ones lie near each other; and the same as a list for keyboards and screen readers. */
export function mapPanel(app: App): HTMLElement {
  const neighbors = h("input", { type: "number", min: 2, max: 100, value: 10 });
  const minDist = h("input", { type: "number", min: 0, max: 1, step: 0.05, value: 0.1 });
  const plane = h("div", { class: "plane", "aria-hidden": "true", hidden: true });
  const list = h("ol", { class: "neighbours" });
  const details = h("details", { hidden: true }, h("summary", {}, "The map as a list"), list);

  const run = taskControls(app, "Draw the map", async ({ signal, progress }) => {
    const map = await app.client.call(
      "map",
      { neighbors: neighbors.valueAsNumber, minDist: minDist.valueAsNumber },
      { signal, onEvent: progress },
    );
    draw(map);
    return `A map of ${map.ids.length} images is drawn; below it is the same as a list.`;
  });

  function draw({ ids, positions }: EmbeddingMap): void {
    plane.hidden = details.hidden = false;
    plane.replaceChildren(
      ...ids.map((id, i) => {
        const { url, name } = app.images.get(id)!;
        const [x, y] = [positions[2 * i]!, positions[2 * i + 1]!];
        return h("img", {
          src: url,
          alt: "",
          title: name,
          style: `left:${(4 + 92 * x).toFixed(2)}%;top:${(4 + 92 * y).toFixed(2)}%`,
          decoding: "async",
        });
      }),
    );
    list.replaceChildren(
      ...ids.map((id, i) => {
        const near = nearest(positions, i).map((k) => app.images.get(ids[k]!)!.name);
        const { url, name } = app.images.get(id)!;
        return h(
          "li",
          { tabindex: 0 },
          h("img", { src: url, alt: "", decoding: "async" }),
          h("span", {}, h("strong", {}, name), ` lies near ${near.join(", ")}`),
        );
      }),
    );
  }
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
  const distance = (k: number) => (positions[2 * k]! - positions[2 * i]!) ** 2 + (positions[2 * k + 1]! - positions[2 * i + 1]!) ** 2;
  const others = Array.from({ length: positions.length / 2 }, (_, k) => k).filter((k) => k !== i);
  return others.sort((a, b) => distance(a) - distance(b)).slice(0, NEAREST);
}
