import type { App } from "./app";
import { field, h } from "./dom";
import { taskControls } from "./task";

/** Captions as they are decoded, and the beams side by side. */
export function captionPanel(app: App): HTMLElement {
  const beams = h("input", { type: "number", min: 1, max: 16, value: 3 });
  const results = h("ul", { class: "results", "aria-label": "Captions" });

  const run = taskControls(app, "Caption all images", async ({ signal, progress }) => {
    const ids = [...app.images.keys()];
    results.replaceChildren();
    const rows = new Map<number, { text: HTMLElement; beams: HTMLElement }>();
    let done = 0;
    const rowOf = (id: number) => {
      const known = rows.get(id);
      if (known) return known;
      const { url, name } = app.images.get(id)!;
      const row = {
        text: h("p", { class: "caption" }),
        beams: h("ol", { class: "beams", hidden: true, "aria-label": `Beams of ${name}` }),
      };
      results.append(
        h("li", {}, h("img", { src: url, alt: "", decoding: "async" }), h("div", {}, h("p", { class: "name" }, name), row.text, row.beams)),
      );
      rows.set(id, row);
      return row;
    };
    // What comes between two frames is written once; of many images words come faster than they can be laid out.
    const texts = new Map<HTMLElement, { readonly text: string; readonly done: boolean }>();
    let frame: number | undefined;
    const write = () => {
      frame = undefined;
      for (const [element, { text, done: isDone }] of texts) {
        element.textContent = text;
        element.classList.toggle("writing", !isDone);
      }
      texts.clear();
    };
    await app.client
      .call(
        "caption",
        { ids, beams: beams.valueAsNumber },
        {
          signal,
          onEvent: (event) => {
            const row = rowOf(event.id);
            if ("beams" in event) {
              row.beams.hidden = false;
              row.beams.replaceChildren(
                ...event.beams.map(({ text, score }) =>
                  h("li", {}, h("span", {}, text), h("small", {}, `log-probability a token ${score.toFixed(2)}`)),
                ),
              );
            } else {
              texts.set(row.text, event);
              frame ??= requestAnimationFrame(write);
              if (event.done) progress({ what: "captions", done: ++done, total: ids.length });
            }
          },
        },
      )
      .finally(() => {
        if (frame !== undefined) cancelAnimationFrame(frame);
        write();
      });
    return `${done} images are captioned.`;
  });
  return h(
    "div",
    {},
    h("p", {}, "Each image's caption is written as the model decodes it, word by word; then beam search looks for likelier ones."),
    h("div", { class: "row" }, field("Beams", beams, "1: none"), run.element),
    results,
  );
}
