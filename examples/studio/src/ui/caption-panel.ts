import type { CaptionEvent, UnreadImage } from "../protocol";
import type { App } from "./app";
import { counted, field, h, numberIn, reveal } from "./dom";
import { InFrames } from "./in-frames";
import { taskControls } from "./task";

/** What is known of an image's caption, and where it is shown. */
interface Row {
  text: string;
  done: boolean;
  beams: readonly { readonly text: string; readonly score: number }[];
  shown?: { readonly text: HTMLElement; readonly beams: HTMLElement };
}

/** Captions as they are decoded, and the beams side by side. */
export function captionPanel(app: App): HTMLElement {
  const beams = h("input", { type: "number", min: 1, max: 16, value: 3 });
  const results = h("ul", { class: "results wide", "aria-label": "Captions" });
  const rows = new Map<number, Row>();
  // What comes between two frames is written once; of many images words come faster than they can be laid out.
  const frames = new InFrames<number>((id) => {
    const [row, image] = [rows.get(id), app.images.get(id)];
    if (!row || !image) return; // removed meanwhile
    row.shown ??= begin(image);
    row.shown.text.textContent = row.text;
    row.shown.text.classList.toggle("writing", !row.done);
    if (row.beams.length === 0 || !row.shown.beams.hidden) return;
    row.shown.beams.hidden = false;
    row.shown.beams.append(
      ...row.beams.map(({ text, score }) =>
        h("li", {}, h("span", {}, text), h("small", {}, `log-probability a token ${score.toFixed(2)}`)),
      ),
    );
  });
  function begin({ url, name }: { url: string; name: string }) {
    const text = h("p", { class: "caption" });
    const list = h("ol", { class: "beams", hidden: true, "aria-label": `Beams of ${name}` });
    results.append(
      h("li", {}, h("img", { src: url, alt: "", decoding: "async" }), h("div", {}, h("p", { class: "name" }, name), text), list),
    );
    if (results.childElementCount === 1) reveal(results);
    return { text, beams: list };
  }

  const run = taskControls(app, "Caption all images", async ({ signal, progress }) => {
    const asked = { ids: [...app.images.keys()], beams: numberIn(beams) };
    forget();
    let done = 0;
    const unread: UnreadImage[] = [];
    const onEvent = (event: CaptionEvent) => {
      const row = rows.get(event.id) ?? { text: "", done: false, beams: [] };
      const isUnread = "reason" in event;
      rows.set(event.id, Object.assign(row, isUnread ? { text: `No caption: ${event.reason}`, done: true } : event));
      frames.add(event.id);
      if (isUnread) unread.push(event);
      else if ("done" in event && event.done) done++;
      if (row.done) progress({ what: "captions", done: done + unread.length, total: asked.ids.length });
    };
    await app.client.call("caption", asked, { signal, onEvent }).finally(() => frames.drawn());
    app.failUnread(unread);
    return app.ofImages(counted(done, "image is captioned.", "images are captioned."));
  });
  const forget = () => {
    frames.clear();
    rows.clear();
    results.replaceChildren();
  };
  app.addEventListener("change", () => app.images.size === 0 && forget());
  return h(
    "div",
    {},
    h("p", {}, "Each image's caption is written as the model decodes it, word by word; then beam search looks for likelier ones."),
    h("div", { class: "row" }, field("Beams", beams, "1: none"), run.element),
    results,
  );
}
