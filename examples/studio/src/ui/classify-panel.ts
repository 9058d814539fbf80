import type { App } from "./app";
import { field, h } from "./dom";
import { taskControls } from "./task";

/** How many of an image's classes are shown. */
const SHOWN = 5;

/** Classes that the user types, and how likely each is. */
export function classifyPanel(app: App): HTMLElement {
  const classes = h("textarea", { rows: 6, spellcheck: "true" }, "sea or lake\ndesert\nforest\nsnow and ice\ncity\nfarmland");
  const template = h("input", { type: "text", value: "Aerial photograph of {class}" });
  const results = h("ul", { class: "results", "aria-label": "Classes of the images" });

  const run = taskControls(app, "Classify all images", async ({ signal, progress }) => {
    const names = classes.value
      .split("\n")
      .map((each) => each.trim())
      .filter(Boolean);
    const found = await app.client.call(
      "classify",
      { ids: [...app.images.keys()], classes: names, template: template.value },
      { signal, onEvent: progress },
    );
    results.replaceChildren(
      ...found.map(({ id, probabilities }) => {
        const { url, name } = app.images.get(id)!;
        const best = probabilities.map((p, i) => ({ p, name: names[i]! })).sort((a, b) => b.p - a.p);
        const bars = best
          .slice(0, SHOWN)
          .map(({ p, name: label }) =>
            h(
              "li",
              {},
              h("span", { class: "label" }, label),
              h("meter", { min: 0, max: 1, value: p, "aria-label": label }),
              h("span", { class: "number" }, `${(100 * p).toFixed(1)} %`),
            ),
          );
        return h(
          "li",
          {},
          h("img", { src: url, alt: "", decoding: "async" }),
          h("div", {}, h("p", { class: "name" }, name), h("ol", { class: "bars" }, ...bars)),
        );
      }),
    );
    return `${found.length} images are classified.`;
  });
  return h(
    "div",
    {},
    h("p", {}, "No training: the model compares each image with each class as a sentence."),
    h("div", { class: "row top" }, field("Classes, one a line", classes), field("Sentence", template, "{class} is where the name goes.")),
    run.element,
    results,
  );
}
