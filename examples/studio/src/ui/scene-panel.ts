import type { BandOrder, GivenFile, SceneEvent } from "../protocol";
import type { App } from "./app";
import { counted, field, h, numberIn, reveal, select } from "./dom";
import { dropZone, fileButton } from "./picking";
import { taskControls } from "./task";

/** Names of files that are shown. */
const NAMES = 6;

/** A scene of Sentinel-2, cut into patches that are captioned where they are. */
export function scenePanel(app: App): HTMLElement {
  const size = h("input", { type: "number", min: 16, max: 1024, value: 224 });
  // As many as a person looks at; a whole scene of Sentinel-2 has 2,400 of 224 pixels.
  const most = h("input", { type: "number", min: 1, max: 100_000, value: 400 });
  const order = select({
    auto: "as the file says",
    rgb: "first red, green, blue",
    bgr: "first blue, green, red (B02, B03, B04, B08)",
  });
  const bands = h("p", { class: "now" });
  const plane = h("div", { class: "scene", hidden: true });
  const list = h("ol", { class: "results", "aria-label": "Patches" });
  let files: GivenFile[] = [];
  /** Of the patches' pictures. */
  let addresses: string[] = [];

  const run = taskControls(app, "Cut and caption", async ({ signal }) => {
    const asked = {
      ...{ files, order: order.value as BandOrder, size: numberIn(size), most: numberIn(most) },
      caption: app.model?.captioner !== undefined,
    };
    bands.textContent = "";
    plane.replaceChildren();
    list.replaceChildren();
    plane.hidden = true;
    for (const address of addresses) URL.revokeObjectURL(address);
    addresses = [];
    const captions = new Map<number, HTMLElement[]>();
    let scene = { width: 1, height: 1 };
    const onEvent = (event: SceneEvent) => {
      if (event.type === "scene") {
        scene = event;
        bands.textContent = event.bands;
        plane.hidden = false;
        plane.style.aspectRatio = `${event.width} / ${event.height}`;
        plane.style.maxWidth = `${(80 * event.width) / event.height}vh`; // a square scene is seen whole, and stays square
        reveal(plane);
      } else if (event.type === "caption") {
        for (const element of captions.get(event.index)!) element.textContent = event.text;
      } else {
        const { index, x, y, size: side, longitude, latitude, picture } = event.patch;
        const url = URL.createObjectURL(picture);
        addresses.push(url);
        const inPlace = h("figcaption");
        const inList = h("p", { class: "caption" });
        const percent = (value: number, of: number) => `${((100 * value) / of).toFixed(3)}%`;
        const style = `left:${percent(x, scene.width)};top:${percent(y, scene.height)};width:${percent(side, scene.width)};height:${percent(side, scene.height)}`;
        plane.append(h("figure", { style, "aria-hidden": "true" }, h("img", { src: url, alt: "" }), inPlace));
        const place = `${Math.abs(latitude).toFixed(4)}° ${latitude < 0 ? "S" : "N"}, ${Math.abs(longitude).toFixed(4)}° ${longitude < 0 ? "W" : "E"}`;
        list.append(h("li", {}, h("img", { src: url, alt: "" }), h("div", {}, h("p", { class: "name" }, place), inList)));
        captions.set(index, [inPlace, inList]);
      }
    };
    const { patches, left, beyond } = await app.client.call("scene", asked, { signal, onEvent });
    const what = asked.caption ? "captioned" : "cut";
    const without = left > 0 ? `, ${counted(left, "was", "were")} left out for clouds or missing pixels` : "";
    const more = `The scene has ${counted(beyond, "patch", "patches")} more: for them give a larger number of patches at most, or larger patches.`;
    return `${counted(patches, `patch is ${what}`, `patches are ${what}`)}${without}.${beyond > 0 ? ` ${more}` : ""}`;
  });
  run.startButton.disabled = true;
  const chosen = h("span", { class: "about" });
  const take = (given: GivenFile[]) => {
    files = given.filter(({ path }) => /\.tiff?$/i.test(path));
    const isOwn = given.some(({ path }) => /\.jp2$/i.test(path));
    const none = isOwn
      ? "Sentinel-2's own files are JPEG 2000: convert them, gdal_translate B04.jp2 B04.tif."
      : "None of these is a GeoTIFF.";
    chosen.textContent = files.length === 0 ? none : shownNames(files);
    run.startButton.disabled = files.length === 0;
  };
  const panel = h(
    "div",
    {},
    h(
      "p",
      {},
      "A scene of Sentinel-2 L2A as GeoTIFF: one file with red, green and blue or with all bands in ESA's order, or a file a band with B04, B03 and B02 in their names (with SCL, patches with clouds are left out). Pick the files together, or drop them or their folder here.",
    ),
    h("div", { class: "row" }, fileButton("Pick GeoTIFFs", { multiple: true, accept: ".tif,.tiff" }, take), chosen),
    h(
      "div",
      { class: "row" },
      field("Pixels of a patch", size),
      field("Patches at most", most),
      field("Bands of one file", order),
      run.element,
    ),
    bands,
    plane,
    list,
  );
  dropZone(app, panel, take);
  return panel;
}

/** The first few names: the folder of a product has many. */
function shownNames(files: readonly GivenFile[]): string {
  const names = files.slice(0, NAMES).map(({ path }) => path);
  return files.length > NAMES ? `${names.join(", ")} and ${files.length - NAMES} more` : names.join(", ");
}
