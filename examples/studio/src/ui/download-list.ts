import type { ModelPart } from "../protocol";
import type { App } from "./app";
import { h, sizeOf } from "./dom";

/** The files of the model as it is now, to be downloaded; they go when its weights are others. */
export function downloadList(app: App) {
  const element = h("ul", { class: "stored", "aria-label": "Files of the trained model" });
  let addresses: string[] = [];
  let version: number | undefined;

  const clear = () => {
    element.replaceChildren();
    for (const address of addresses) URL.revokeObjectURL(address);
    addresses = [];
  };
  const show = (part: ModelPart, files: readonly { readonly name: string; readonly file: Blob }[]) => {
    clear();
    version = app.model?.version;
    const left = new Set(files.map(({ name }) => name));
    addresses = files.map(({ file }) => URL.createObjectURL(file));
    const entries = files.map(({ name, file }, i) => {
      const onclick = () => {
        left.delete(name);
        if (left.size === 0) app.unsaved.delete(part); // the page may be left when all of them were fetched
      };
      const link = h("a", { href: addresses[i]!, download: name, onclick }, name);
      return h("li", {}, link, h("span", { class: "about" }, sizeOf(file.size)));
    });
    element.append(...entries);
  };
  app.addEventListener("change", () => app.model?.version !== version && clear());
  return { element, show, clear };
}
