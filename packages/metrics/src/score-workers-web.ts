import type { ScoreReply, ScoreRequest, ScoreWorkerHandle } from "./evaluate/score-messages";

/** A web worker. */
export async function startWorker(): Promise<ScoreWorkerHandle> {
  const worker = new Worker(new URL("./score-worker.js", import.meta.url), { type: "module" });
  let over = false;
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onFailure) {
      const fail = (reason: unknown) => {
        if (!over) onFailure(reason);
        over = true;
      };
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onmessageerror = () => fail(new Error("a message could not be read"));
      worker.onerror = (event) => fail(event.error ?? new Error(event.message || "its script could not be loaded"));
    },
    async terminate() {
      over = true;
      worker.terminate();
    },
  };
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
