import type { GivenFile } from "../protocol";
import type { App } from "./app";
import { card, h } from "./dom";
import { dropZone, fileButton } from "./picking";
import { taskControls } from "./task";

/** Most thumbnails that are shown at once: a page with tens of thousands is slow. */
const MOST_SHOWN = 200;

/** Takes images, folders and zip files. */
export function imagesPanel(app: App): HTMLElement {
  const about = h("p", { class: "now" });
  const gallery = h("ul", { class: "gallery", "aria-label": "Images", tabindex: 0 });
  const zone = h("div", { class: "drop" }, h("p", {}, "Drop images, a folder or a zip file here"));
  let files: GivenFile[] = [];

  const add = taskControls(app, "Add images", async ({ signal, progress }) => {
    const { added, skipped, captions } = await app.client.call(
      "addImages",
      { files },
      {
        signal,
        onEvent: (event) => {
          if (!("thumbnail" in event)) return progress(event);
          const { thumbnail, ...image } = event;
          const shown = { ...image, url: URL.createObjectURL(thumbnail) };
          app.images.set(image.id, shown);
          if (app.images.size <= MOST_SHOWN)
            gallery.append(h("li", {}, h("img", { src: shown.url, alt: shown.name, title: shown.name, decoding: "async" })));
        },
      },
    );
    files = [];
    if (captions) app.captions = captions;
    app.changed();
    if (skipped.length > 0)
      app.fail(new Error(`${skipped.length} could not be used. The first: ${skipped[0]!.name}: ${skipped[0]!.reason}`));
    return `${added} images were added${captions ? `, with ${captions.captions} captions (${captions.source})` : ""}.`;
  });
  add.startButton.hidden = true;
  const take = (given: GivenFile[]) => {
    files = given;
    void add.start();
  };
  const clear = async () => {
    await app.client.call("clearImages", {});
    for (const { url } of app.images.values()) URL.revokeObjectURL(url);
    app.images.clear();
    app.captions = undefined;
    gallery.replaceChildren();
    app.changed();
    app.say("All images were removed.");
  };
  const clearButton = h(
    "button",
    { type: "button", class: "quiet", onclick: () => void clear().catch((error: unknown) => app.fail(error)) },
    "Remove all",
  );
  app.follow(() => {
    const { size } = app.images;
    const captions = app.captions ? ` ${app.captions.images} of them with captions (${app.captions.source}).` : "";
    const more = size > MOST_SHOWN ? ` The first ${MOST_SHOWN} are shown.` : "";
    about.textContent = size === 0 ? "No images yet." : `${size === 1 ? "1 image" : `${size} images`}.${captions}${more}`;
    clearButton.hidden = size === 0;
  });
  zone.append(
    h(
      "div",
      { class: "row" },
      fileButton("Pick images or a zip file", { multiple: true, accept: "image/*,.tif,.tiff,.zip" }, take),
      fileButton("Pick a folder of images", { folder: true }, take),
      clearButton,
    ),
  );
  const panel = card("images", "3. Images", about, zone, add.element, gallery);
  dropZone(panel, take);
  return panel;
}
