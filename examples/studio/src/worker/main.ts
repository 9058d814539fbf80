/** The worker: takes calls, runs those that use the model one after another, and answers. */
import type { CallName, Handler, Reply, Request } from "../protocol";
import { measureBackends, startBackend } from "./backend";
import { addImages, clearImages } from "./images";
import { forgetModel, inspectModel, keepTrained, loadModel, memory, saveModel, storedModels } from "./models";
import { setNotice, setTellMoved } from "./notice";
import { setBase } from "./place";
import { enqueue } from "./queue";
import { discardRun, pausedRun } from "./runs";

type Handlers = { readonly [N in CallName]: Handler<N> };

// What isn't needed at once is loaded with the first call that needs it.
const handlers: Handlers = {
  ...{
    startBackend,
    measureBackends,
    inspectModel,
    loadModel,
    storedModels,
    forgetModel,
    saveModel,
    keepTrained,
    addImages,
    clearImages,
    memory,
    pausedRun,
    discardRun,
  },
  caption: async (params, context) => (await import("./caption")).caption(params, context),
  classify: async (params, context) => (await import("./classify")).classify(params, context),
  search: async (params, context) => (await import("./search")).search(params, context),
  map: async (params, context) => (await import("./map")).map(params, context),
  scene: async (params, context) => (await import("./scene")).scene(params, context),
  tune: async (params, context) => (await import("./tune")).tune(params, context),
};

/** These touch neither the model nor the images. */
const FREE: ReadonlySet<CallName> = new Set(["storedModels", "inspectModel", "pausedRun", "memory"]);

const running = new Map<number, AbortController>();

const post = (reply: Reply) => self.postMessage(reply);
setNotice((text) => post({ type: "notice", text }));
setTellMoved((moved) => post({ type: "moved", moved }));

async function run({ id, name, params }: Extract<Request, { type: "call" }>, signal: AbortSignal): Promise<void> {
  try {
    if (signal.aborted) throw Object.assign(new Error(`"${name}" was stopped before it began.`), { code: "ABORTED" });
    const handler = handlers[name] as Handler<CallName>;
    const emit = (event: unknown) => post({ type: "event", id, event });
    post({ type: "result", id, result: await handler(params as never, { emit, signal }) });
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    post({
      type: "error",
      id,
      code: signal.aborted ? "ABORTED" : typeof code === "string" ? code : "FAILED",
      message: message || String(error),
    });
  } finally {
    running.delete(id);
  }
}

self.onmessage = ({ data }: MessageEvent<Request>) => {
  if (data.type === "base") return setBase(data.url);
  if (data.type === "stop") {
    running.get(data.id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(data.id, controller);
  if (FREE.has(data.name)) void run(data, controller.signal);
  else enqueue(() => run(data, controller.signal));
};
