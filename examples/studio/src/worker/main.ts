/** The worker: takes calls, runs those that use the model one after another, and answers. */
import type { CallName, Handler, Reply, Request } from "../protocol";
import { measureBackends, startBackend } from "./backend";
import { failureOf } from "./failure";
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
    const handler = handlers[name] as Handler<CallName>;
    const emit = (event: unknown) => post({ type: "event", id, event });
    post({ type: "result", id, result: await handler(params as never, { emit, signal }) });
  } catch (error) {
    post({ type: "error", id, ...failureOf(error, signal.aborted) });
  } finally {
    running.delete(id);
  }
}

/** Calls that use the models, the one that runs first. */
const line: { readonly id: number; readonly name: CallName }[] = [];

/** Runs a call after those before it. It is told what it waits for, and when it is stopped while it waits, it ends at once. */
function inLine(call: Extract<Request, { type: "call" }>, signal: AbortSignal): void {
  const { id, name } = call;
  line.push(call);
  if (line.length > 1) post({ type: "waiting", id, behind: line[0]!.name });
  const leave = () => {
    line.splice(line.indexOf(call), 1);
    running.delete(id);
    post({ type: "error", id, code: "ABORTED", message: `"${name}" was stopped before it began.` });
  };
  signal.addEventListener("abort", leave, { once: true });
  enqueue(async () => {
    if (signal.aborted) return; // it has left the line
    signal.removeEventListener("abort", leave);
    for (const { id: other } of line) post({ type: "waiting", id: other, behind: other === id ? undefined : name });
    await run(call, signal);
    line.shift();
  });
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
  else inLine(data, controller.signal);
};
