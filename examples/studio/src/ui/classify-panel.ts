import type { Classification } from "../protocol";
import type { App } from "./app";
import { counted, field, h, reveal } from "./dom";
import { InFrames } from "./in-frames";
import { taskControls } from "./task";

/** How many of an image's classes are shown. */
const SHOWN = 5;

/** Classes that the user types, and how likely each is. */
export function classifyPanel(app: App): HTMLElement {
  const classes = h("textarea", { rows: 6, spellcheck: "true" }, "sea or lake\ndesert\nforest\nsnow and ice\ncity\nfarmland");
  const template = h("input", { type: "text", value: "Aerial photograph of {class}" });
  const results = h("ul", { class: "results", "aria-label": "Classes of the images" });

  let names: readonly string[] = [];

  const frames = new InFrames<Classification>(({ id, probabilities }) => {
    const image = app.images.get(id);
    if (!image) return; // removed meanwhile
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
    results.append(
      h(
        "li",
        {},
        h("img", { src: image.url, alt: "", decoding: "async" }),
        h("div", {}, h("p", { class: "name" }, image.name), h("ol", { class: "bars" }, ...bars)),
      ),
    );
    if (results.childElementCount === 1) reveal(results);
  });
  const run = taskControls(app, "Classify all images", async ({ signal, progress }) => {
    const lines = classes.value
      .split("\n")
      .map((each) => each.trim())
      .filter(Boolean);
    const classNames = [...new Set(lines)]; // one that is given twice would share its probability with itself
    const twice = [...new Set(lines.filter((each, i) => lines.indexOf(each) !== i))].map((each) => `"${each}"`);
    const repeated = twice.length > 0 ? ` Given more than once, and taken once: ${twice.join(", ")}.` : "";
    const asked = { ids: [...app.images.keys()], classes: classNames, template: template.value };
    const { found, unread } = await app.client.call("classify", asked, { signal, onEvent: progress });
    names = classNames;
    results.replaceChildren();
    frames.add(...found);
    await frames.drawn();
    app.failUnread(unread);
    return app.ofImages(counted(found.length, "image is classified.", "images are classified.") + repeated);
  });
  app.addEventListener("change", () => app.images.size === 0 && results.replaceChildren());
  return h(
    "div",
    {},
    h("p", {}, "No training: the model compares each image with each class as a sentence."),
    h("div", { class: "row top" }, field("Classes, one a line", classes), field("Sentence", template, "{class} is where the name goes.")),
    run.element,
    results,
  );
}
