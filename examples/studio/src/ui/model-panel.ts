import type { GivenFile, ModelChoice, ModelState, StoredModel } from "../protocol";
import type { App } from "./app";
import { card, field, h, replaceKeepingFocus, select, sizeOf } from "./dom";
import { dropZone, fileButton, lookAt } from "./picking";
import { type Running, taskControls } from "./task";

/** No captioner; the folder of one is "" at the top, and no folder has two slashes. */
const NONE = "//";

/** Loads models: files from disk, what lies beside the page, the hub, and what this browser has kept. */
export function modelPanel(app: App): HTMLElement {
  const now = h("p", { class: "now" });
  const keep = h("input", { type: "checkbox", checked: isSecureContext, disabled: !isSecureContext, id: "keep-model" });
  const hubId = h("input", { type: "text", placeholder: "openai/clip-vit-base-patch32", autocomplete: "off", spellcheck: "false" });
  const kept = h("ul", { class: "stored" });
  const noneServed = h(
    "p",
    { class: "why", hidden: true },
    "The demo's model isn't beside this page: who runs ",
    h("code", {}, "npm run demo"),
    ", and then builds the page, is offered it here.",
  );
  const parts = h("div", { class: "parts", hidden: true });
  let pending: ModelChoice | undefined;

  const load = taskControls(app, "Load", async (running) => {
    const choice = pending ?? { from: "hub", id: hubId.value.trim() };
    pending = undefined;
    try {
      return loaded(await app.client.call("loadModel", { choice, keep: keep.checked }, following(running)));
    } catch (error) {
      await list(); // another tab may have changed what is kept
      throw error;
    }
  });
  const following = ({ signal, progress }: Running) => ({ signal, onEvent: progress });
  const loaded = (model: ModelState) => {
    app.model = model;
    app.unsaved.clear();
    app.changed();
    return `${model.name} is loaded.`;
  };
  const start = (choice: ModelChoice) => {
    if (load.startButton.disabled) return app.say("Another model is being loaded: wait for it, or stop it.");
    pending = choice; // it takes it at once
    void load.start();
  };

  async function take(files: GivenFile[]): Promise<void> {
    try {
      await lookAt(files);
      const found = await app.client.call("inspectModel", { files });
      const [imageText, captioners] = (["image-text", "captioner"] as const).map((kind) => found.filter((each) => each.kind === kind));
      const encoder = imageText!.some(({ path }) => /(^|\/)encoder$/.test(path));
      if (captioners!.length <= 1 && (imageText!.length <= 1 || (encoder && captioners!.length === 1)))
        return start({ from: "files", files });
      const first = select(Object.fromEntries(imageText!.map(({ path }) => [path, path || "(top)"])));
      const second = select(
        { [NONE]: "none", ...Object.fromEntries(captioners!.map(({ path }) => [path, path || "(top)"])) },
        captioners![0]?.path,
      );
      const go = () => {
        parts.hidden = true;
        start({
          from: "files",
          files,
          ...(imageText!.length > 0 && { imageText: first.value }),
          ...(second.value !== NONE && { captioner: second.value }),
        });
      };
      parts.replaceChildren(
        h("p", {}, "These files hold several models:"),
        field("Image-text model", first, "A captioner needs the one that it was trained on."),
        field("Captioner", second),
        h("button", { type: "button", class: "primary", onclick: go }, "Load these"),
      );
      parts.hidden = false;
      first.focus();
    } catch (error) {
      app.fail(error);
    }
  }

  async function list(): Promise<void> {
    const { kept: here, served } = await app.client.call("storedModels", {});
    const entry = ({ id, name, bytes }: StoredModel, from: "kept" | "served") => {
      const forget = async () => {
        await app.client.call("forgetModel", { id });
        app.say(`${name} was removed from this browser.`);
        await list();
      };
      const isFirst = from === "served" && !app.model; // what a person who has no model begins with
      return h(
        "li",
        {},
        h("button", { type: "button", class: isFirst ? "primary" : undefined, onclick: () => start({ from, id }) }, `Load ${name}`),
        h("span", { class: "about" }, `${sizeOf(bytes)}, ${from === "kept" ? "kept in this browser" : "to be downloaded"}`),
        from === "kept" &&
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              "aria-label": `Remove ${name} from this browser`,
              onclick: () => void forget().catch((error: unknown) => app.fail(error)),
            },
            "×",
          ),
      );
    };
    noneServed.hidden = served.length > 0;
    app.keptNames = new Set(here.map(({ name }) => name));
    const keptOfServed = new Set(here.map(({ servedId }) => servedId)); // a model that was trained may have the name of one
    app.dispatchEvent(new Event("kept"));
    const entries = [
      ...here.map((each) => entry(each, "kept")),
      ...served.filter(({ id }) => !keptOfServed.has(id)).map((each) => entry(each, "served")),
    ];
    replaceKeepingFocus(kept, entries, hubId);
  }

  app.follow(() => {
    const { model } = app;
    now.textContent = model ? describe(model) : "No model is loaded.";
    void list().catch((error: unknown) => app.fail(error));
  });
  const panel = card(
    "model",
    "2. Model",
    now,
    kept,
    noneServed,
    h(
      "div",
      { class: "row" },
      fileButton("Pick a model's folder", { folder: true }, (files) => void take(files)),
      fileButton("Pick files", { multiple: true }, (files) => void take(files)),
    ),
    parts,
    field("Or an id of the Hugging Face hub", hubId),
    load.element,
    h("div", { class: "check" }, keep, h("label", { for: "keep-model" }, "Keep picked models in this browser, to work offline")),
  );
  hubId.addEventListener("keydown", (event) => event.key === "Enter" && void load.start());
  dropZone(app, panel, (files) => void take(files));
  return panel;
}

function describe({ name, imageText, captioner, parameters }: ModelState): string {
  const what = [
    imageText &&
      `${imageText.type}, images of ${imageText.imageSize} pixels${imageText.readsText ? "" : " (no tokenizer: it reads no text)"}`,
    captioner && "a captioner",
  ].filter(Boolean);
  return `${name}: ${what.join(", ")}; ${weights(parameters)} weights.`;
}

const weights = (count: number) => (count < 1e6 ? count.toLocaleString("en") : `${(count / 1e6).toFixed(1)} million`);
