import { encodeSafetensors, parseSafetensors } from "@rsdix/models";
import type { CheckpointStore, RunDetails } from "@rsdix/train";
import type { Handler, PausedRun } from "../protocol";
import { notice } from "./notice";
import { needSecure, refuse, whyNotKept } from "./session";

const DATABASE = "rsdix-studio";
const STORE = "runs";
const KEY = "current";

/** What is kept of a run: all or, by the database's transactions, nothing of a step. */
interface KeptRun {
  readonly run: PausedRun;
  readonly fingerprint: string;
  readonly details: RunDetails;
  readonly tensors: Uint8Array<ArrayBuffer>;
}

/** The run that was stopped, if there is one. */
export const keptRun = async (): Promise<PausedRun | undefined> => (await read())?.run;

/** The same, for the page. */
export const pausedRun: Handler<"pausedRun"> = async () => (await keptRun()) ?? null;

/** Forgets it. */
export const forgetRun = (): Promise<void> => change((store) => store.delete(KEY));

/** The same, for the page. */
export const discardRun: Handler<"discardRun"> = async () => {
  await alone(forgetRun);
  return null;
};

/** Does what changes the run that is kept, unless another tab of the studio is at it. */
export function alone<T>(work: () => Promise<T>): Promise<T> {
  needSecure("keep the state of a training");
  return navigator.locks.request(DATABASE, { ifAvailable: true }, async (lock) => {
    if (!lock) refuse("BUSY", "Another tab of the studio is training: wait for it, or stop it there.");
    return work();
  });
}

/** Checkpoints of the one run that this browser keeps; `describe` tells of the run what the page shows after a reload. */
export function browserCheckpoints(describe: (step: number) => PausedRun): CheckpointStore {
  let isTold = false;
  return {
    async save({ step, fingerprint, tensors, details }) {
      const run = describe(step);
      if (step === run.options.steps) return `step ${step}, which is the model that is loaded`; // over: there is nothing to go on with
      const kept: KeptRun = { run, fingerprint, details, tensors: encodeSafetensors(tensors) };
      try {
        await change((store) => store.put(kept, KEY));
      } catch (error) {
        if (!isTold)
          notice(`The browser can't keep the state of step ${step}: ${whyNotKept(error)}. Training goes on; an older state is untouched.`);
        isTold = true;
      }
      return `step ${step} in this browser`;
    },
    async latest() {
      const kept = await read();
      if (!kept) return undefined;
      const { run, fingerprint, details, tensors } = kept;
      return {
        step: run.step,
        fingerprint,
        details,
        tensors: parseSafetensors(tensors).tensors,
        location: `step ${run.step} in this browser`,
      };
    },
    clear: forgetRun,
  };
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return promised(request);
}

async function read(): Promise<KeptRun | undefined> {
  const database = await open();
  try {
    return (await promised(database.transaction(STORE).objectStore(STORE).get(KEY))) as KeptRun | undefined;
  } finally {
    database.close();
  }
}

async function change(act: (store: IDBObjectStore) => IDBRequest): Promise<void> {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    act(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the transaction was aborted"));
    });
  } finally {
    database.close();
  }
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database failed"));
  });
}
