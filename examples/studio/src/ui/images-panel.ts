import type { GivenFile, ImageInfo, Progress } from "../protocol";
import type { App, ShownImage } from "./app";
import { card, counted, h } from "./dom";
import { InFrames } from "./in-frames";
import { dropZone, fileButton, lookAt } from "./picking";
import { type Running, taskControls } from "./task";
import { toldOf } from "./told";

/** Most thumbnails that are shown at once: a page with tens of thousands is slow. */
const MOST_SHOWN = 200;

/** What the worker takes of images, their captions, and zip files: other images, such as AVIF, aren't read. */
const TAKEN = ".jpg,.jpeg,.png,.webp,.gif,.tif,.tiff,.zip,.csv,.tsv,.jsonl,.json,.txt";

/** Takes images, folders and zip files. */
export function imagesPanel(app: App): HTMLElement {
  const about = h("p", { class: "now" });
  const gallery = h("ul", { class: "gallery", "aria-label": "Images", tabindex: 0 });
  const zone = h("div", { class: "drop" }, h("p", {}, "Drop images, a folder or a zip file here"));
  /** Drops that wait for the one before. */
  const waiting: (readonly GivenFile[])[] = [];
  const thumbnails = new InFrames<ShownImage>(({ url, name }) =>
    gallery.append(h("li", {}, h("img", { src: url, alt: name, title: name, decoding: "async" }))),
  );

  const add = taskControls(app, "Add images", async (running) => {
    const said: string[] = [];
    try {
      for (let files = waiting.shift(); files; files = waiting.shift()) said.push(await addOne(files, running));
    } finally {
      waiting.length = 0;
      await thumbnails.drawn();
    }
    return said.join(" ");
  });
  async function addOne(files: readonly GivenFile[], running: Running): Promise<string> {
    const { signal, progress } = running;
    await lookAt(files, running);
    const onEvent = (event: Progress | ImageInfo) => {
      if (!("thumbnail" in event)) return progress(event);
      const { thumbnail, ...image } = event;
      const shown = { ...image, url: URL.createObjectURL(thumbnail) };
      app.images.set(image.id, shown);
      if (app.images.size <= MOST_SHOWN) thumbnails.add(shown);
    };
    const { added, skipped, notes, passed, captions } = await app.client.call("addImages", { files }, { signal, onEvent });
    const before = app.captions;
    if (captions) app.captions = captions;
    app.changed();
    if (skipped.length > 0)
      app.fail(new Error(`${skipped.length} could not be used. The first: ${skipped[0]!.name}: ${skipped[0]!.reason}`));
    const read = captions ? `, with ${counted(captions.captions, "caption", "captions")} (${captions.source})` : "";
    const instead =
      captions && before
        ? ` Fine-tuning now uses these captions, not those of ${counted(before.images, "image", "images")} that came before.`
        : "";
    const told = toldOf({ notes, passed }).map((note) => ` ${note}`);
    return `${counted(added, "image was", "images were")} added${read}.${instead}${told.join("")}`;
  }
  add.startButton.hidden = true;
  const take = (files: GivenFile[]) => {
    waiting.push(files);
    void add.start(); // what is dropped while it runs is taken after it
  };
  const clear = taskControls(app, "Remove all", async ({ signal }) => {
    await app.client.call("clearImages", {}, { signal });
    const addresses = [...app.images.values()].map(({ url }) => url);
    app.images.clear();
    app.captions = undefined;
    thumbnails.clear();
    gallery.replaceChildren();
    app.changed(); // the panels drop what shows them
    for (const url of addresses) URL.revokeObjectURL(url);
    zone.querySelector("button")?.focus(); // the one that was pressed is hidden now
    return "All images were removed.";
  });
  clear.startButton.className = "quiet";
  app.follow(() => {
    const { size } = app.images;
    const captions = app.captions ? ` ${app.captions.images} of them with captions (${app.captions.source}).` : "";
    const more = size > MOST_SHOWN ? ` The first ${MOST_SHOWN} are shown.` : "";
    about.textContent = size === 0 ? "No images yet." : `${size === 1 ? "1 image" : `${size} images`}.${captions}${more}`;
    clear.element.hidden = size === 0;
  });
  zone.append(
    h(
      "div",
      { class: "row" },
      fileButton("Pick images or a zip file", { multiple: true, accept: TAKEN }, take),
      fileButton("Pick a folder of images", { folder: true }, take),
      clear.element,
    ),
  );
  const panel = card("images", "3. Images", about, zone, add.element, gallery);
  dropZone(app, panel, take);
  return panel;
}
