import { TaskError } from "../client";
import type { CallName, Progress } from "../protocol";
import type { App } from "./app";
import { h } from "./dom";

/** What is waited for; the rest is over before anybody reads that. */
const TASKS: Readonly<Partial<Record<CallName, string>>> = {
  ...{ startBackend: "the backend to start", measureBackends: "the backends to be measured", loadModel: "a model to be loaded" },
  ...{ saveModel: "the download to be prepared", keepTrained: "a model to be kept", addImages: "images to be added" },
  ...{ caption: "the captions", classify: "the classes", search: "the search", map: "the map" },
  ...{ scene: "the scene", tune: "the training" },
};

/** What a task may say while it runs. */
export interface Running {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** A button that starts a task, one that stops it, and how far it is. What the task gives is said; nothing, where it gives undefined. */
export function taskControls(app: App, label: string, run: (running: Running) => Promise<string | undefined>) {
  let stop: AbortController | undefined;
  const bar = h("progress", { max: 1, hidden: true, "aria-label": `${label}: progress` });
  const about = h("span", { class: "about" });
  const startButton = h("button", { type: "button", class: "primary", onclick: () => void start() }, label);
  const stopButton = h(
    "button",
    { type: "button", hidden: true, onclick: () => stop?.abort(new TaskError("ABORTED", "Stopped.")) },
    "Stop",
  );
  const element = h("div", { class: "controls" }, startButton, stopButton, bar, about);

  async function start(): Promise<void> {
    if (stop) return;
    stop = new AbortController();
    const focused = document.activeElement;
    const hadFocus = focused === startButton || focused?.closest("[hidden]") != null; // what started it was hidden
    startButton.disabled = true;
    stopButton.hidden = false;
    bar.hidden = false;
    bar.removeAttribute("value");
    if (hadFocus) stopButton.focus();
    app.say(`${label}…`);
    app.busy++;
    app.client.followWaiting(stop.signal, (behind) => {
      about.textContent = behind ? `waits for ${TASKS[behind] ?? "another task"}` : "";
      app.say(behind ? `${label} ${about.textContent}.` : `${label}…`);
    });
    try {
      const progress = ({ what, done, total }: Progress) => {
        if (total > 0) bar.value = done / total;
        about.textContent = `${what}: ${Math.round((100 * done) / Math.max(1, total))} %`;
      };
      const said = await run({ signal: stop.signal, progress });
      app.done(startButton);
      if (said !== undefined) app.say(said);
    } catch (error) {
      app.fail(error, startButton);
    } finally {
      const stopHadFocus = document.activeElement === stopButton;
      stop = undefined;
      app.busy--;
      startButton.disabled = false;
      stopButton.hidden = true;
      bar.hidden = true;
      about.textContent = "";
      if (stopHadFocus) startButton.focus();
    }
  }
  return { element, start, startButton };
}
