/** A thread with a backend of its own, that does one fine-tuning: two of them use two cores, where the backend itself has one thread. */
import { parentPort, workerData } from "node:worker_threads";
import { startBackend } from "@rsdix/backend";
import type { FinetuneJob, FromWorker } from "./finetune";
import { readModel, saveClip } from "./model-files";
import { type ClipRun, trainClip } from "./train-clip";
import { clipTokenizer } from "./vocabularies";

const port = parentPort!;
const job = workerData as FinetuneJob;
const controller = new AbortController();
port.on("message", () => controller.abort(new Error("interrupted")));
const send = (message: FromWorker) => port.postMessage(message);

try {
  await startBackend(job.backend);
  const tokenizer = clipTokenizer();
  const run: ClipRun = {
    ...job.run,
    from: await readModel(job.from),
    tokenizer,
    signal: controller.signal,
    onRecord: (record) => send({ type: "record", record }),
  };
  await saveClip(job.to, await trainClip(run), job.run.settings.clip, tokenizer);
  send({ type: "done" });
} catch (error) {
  const { message, code, stack } = error as Error & { code?: string };
  send({ type: "error", message, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) });
}
port.close();
