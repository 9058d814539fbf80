import { webWorkerHandle } from "@rsdix/internal";
import type { ScoreReply, ScoreRequest, ScoreWorkerHandle } from "./evaluate/score-messages";

/** A web worker. */
export async function startWorker(): Promise<ScoreWorkerHandle> {
  const worker = new Worker(new URL("./score-worker.js", import.meta.url), { type: "module" });
  return webWorkerHandle(worker);
}

/** In a worker: hears the messages of the page that started it, and answers by the function that it gives. */
export async function serve(hear: (request: ScoreRequest) => void): Promise<(reply: ScoreReply) => void> {
  const scope = globalThis as unknown as {
    onmessage: (event: { data: ScoreRequest }) => void;
    postMessage(reply: ScoreReply): void;
  };
  scope.onmessage = ({ data }) => hear(data);
  return (reply) => scope.postMessage(reply);
}
