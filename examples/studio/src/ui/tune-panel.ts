import type { TaskError } from "../client";
import type { CaptionsState, ModelPart, PausedRun, TuneEvent, TuneOptions } from "../protocol";
import type { App } from "./app";
import { LossCurve } from "./curve";
import { counted, field, h, numberIn, replaceKeepingFocus, reveal, select } from "./dom";
import { downloadList } from "./download-list";
import { type Running, taskControls } from "./task";

/** Characters of a kept model's name. */
const MOST_NAME = 100;

/** Trains the model on the captions that were dropped; stopped runs are kept in the browser. */
export function tunePanel(app: App): HTMLElement {
  const part = select({ "image-text": "The image-text model", captioner: "The captioner" });
  const number = (value: number, attributes: object) => h("input", { type: "number", value, ...attributes });
  const steps = number(100, { min: 1, max: 100_000 });
  const batchSize = number(8, { min: 2, max: 512 });
  const rate = number(0.0001, { min: 0, step: "any" });
  const distil = h("input", { type: "checkbox", id: "distil" });
  const curve = new LossCurve();
  const now = h("p", { class: "now" });
  const paused = h("div", { class: "paused", hidden: true });
  const downloads = downloadList(app);
  /** What was stopped in this page, and is kept as a run only. */
  let stopped: { readonly part: ModelPart; readonly version: number } | undefined;
  /** The captions of the training that the line of `now` tells of. */
  let trainedOn: CaptionsState | undefined;
  let run: PausedRun | null = null;
  /** Whether the captioner is chosen only because the model has nothing else. */
  let isForced = false;
  part.addEventListener("change", () => {
    isForced = false;
  });

  const options = (): TuneOptions => ({
    ...{ part: part.value as ModelPart, steps: numberIn(steps), batchSize: numberIn(batchSize) },
    ...{ learningRate: numberIn(rate), distil: distil.checked && part.value === "image-text" },
  });
  async function go(chosen: TuneOptions, resume: boolean, { signal, progress }: Running): Promise<string> {
    const history = resume ? (run?.history ?? []) : [];
    let hasBegun = false;
    const wasUnsaved = app.unsaved.has(chosen.part);
    const onEvent = ({ step, steps: all, loss, itemsPerSecond }: TuneEvent) => {
      if (!hasBegun) {
        curve.begin(history, chosen.steps); // only now: a training that is refused leaves the curve of the one before
        reveal(curve.element);
        hasBegun = true;
      }
      curve.add(step, loss);
      app.unsaved.add(chosen.part);
      downloads.clear();
      trainedOn = app.captions;
      now.textContent = `Step ${step} of ${all}: loss ${loss.toFixed(4)}, ${itemsPerSecond.toFixed(1)} images a second.`;
      progress({ what: "training", done: step, total: all });
    };
    try {
      const { step, finished, kept, model } = await app.client.call("tune", { options: chosen, resume }, { signal, onEvent });
      app.model = model;
      if (step === 0) return "Stopped before the first step; the model is as it was.";
      if (!finished && kept === step) app.unsaved.delete(chosen.part);
      else app.unsaved.add(chosen.part);
      stopped = kept === step ? { part: chosen.part, version: model.version } : undefined;
      app.changed();
      if (finished) return `Trained for ${counted(step, "step", "steps")}. Download the model below, or try it in the other tabs.`;
      if (kept === step) return `Stopped after step ${step}; it is kept in this browser.`;
      const last = kept === undefined ? "" : ` what is kept is of step ${kept}.`;
      return `Stopped after step ${step}, which this browser could not keep:${last} Download the model below.`;
    } catch (error) {
      if ((error as TaskError).code === "NOT_A_NUMBER" && !wasUnsaved) app.unsaved.delete(chosen.part); // it is again as it was
      throw error;
    } finally {
      await look();
    }
  }
  const start = taskControls(app, "Train", (running) => go(options(), false, running));
  const resume = taskControls(app, "Go on", (running) => go(run!.options, true, running));
  const discard = async () => {
    await app.client.call("discardRun", {});
    if (stopped && stopped.version === app.model?.version) app.unsaved.add(stopped.part); // now only this page has it
    stopped = undefined;
    await look();
    app.say("The run was discarded.");
  };

  async function look(): Promise<void> {
    run = await app.client.call("pausedRun", {});
    paused.hidden = run === null;
    if (!run) return replaceKeepingFocus(paused, [], start.startButton);
    curve.begin(run.history, run.options.steps);
    const what = run.options.part === "captioner" ? "the captioner" : "the image-text model";
    const needs = "It goes on with the same model loaded and the same folder dropped.";
    const shown = [
      h(
        "p",
        {},
        `A run was stopped after step ${run.step} of ${run.options.steps}: ${what} of ${run.modelName}, on ${run.dataset}. ${needs}`,
      ),
      h(
        "div",
        { class: "row" },
        resume.element,
        h(
          "button",
          { type: "button", class: "quiet", onclick: () => void discard().catch((error: unknown) => app.fail(error)) },
          "Discard it",
        ),
      ),
    ];
    replaceKeepingFocus(paused, shown);
  }
  const save = taskControls(app, "Prepare the download", async ({ signal }) => {
    const wanted = part.value as ModelPart;
    const saved = await app.client.call("saveModel", { part: wanted }, { signal });
    downloads.show(wanted, saved);
    return `${saved.length} files are ready below.`;
  });

  const keepName = h("input", { type: "text", autocomplete: "off", maxlength: MOST_NAME });
  const nameToKeep = () => keepName.value.trim() || "my model";
  const keep = taskControls(app, "Keep it in this browser", async ({ signal }) => {
    const { model, replaced } = await app.client.call("keepTrained", { name: nameToKeep() }, { signal });
    app.model = model;
    app.unsaved.clear();
    stopped = undefined;
    app.changed();
    return `${model.name} is kept${replaced ? " in the place of the one of that name" : ""}: it can be loaded after a reload, and offline.`;
  });
  const sayWhatKeepDoes = () => {
    keep.startButton.textContent = app.keptNames.has(nameToKeep()) ? `Replace ${nameToKeep()} in this browser` : "Keep it in this browser";
  };
  keepName.addEventListener("input", sayWhatKeepDoes);
  app.addEventListener("kept", sayWhatKeepDoes);
  app.follow(() => {
    const { captions, model } = app;
    if (model && !model.imageText && part.value !== "captioner") {
      part.value = "captioner";
      isForced = true;
    } else if (isForced && model?.imageText) {
      part.value = "image-text"; // which the model before hadn't
      isForced = false;
    }
    if (trainedOn && trainedOn === captions) return; // it tells of the training on them
    trainedOn = undefined;
    now.textContent = captions
      ? `${counted(captions.images, "image", "images")} with ${counted(captions.captions, "caption", "captions")} (${captions.source}).`
      : "Drop a folder with images and captions: captions.csv (filename,caption), captions.jsonl, a data set's JSON, or lake.txt beside lake.png.";
  });
  void look().catch((error: unknown) => app.fail(error));
  return h(
    "div",
    {},
    paused,
    now,
    h(
      "div",
      { class: "row top" },
      field("Train", part),
      field("Steps", steps),
      field("Images a step", batchSize),
      field("Learning rate", rate),
    ),
    h("div", { class: "check" }, distil, h("label", { for: "distil" }, "Self-distillation from a moving average (image-text model)")),
    start.element,
    curve.element as unknown as HTMLElement,
    h("h3", {}, "The model as it is now"),
    h("div", { class: "row" }, save.element),
    downloads.element,
    h("div", { class: "row" }, field("Its name", keepName, "Unless told otherwise: my model"), keep.element),
  );
}
