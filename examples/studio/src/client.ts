import type { CallName, Calls, Moved, Reply, Request } from "./protocol";

/** What went wrong in the worker, with its code. */
export class TaskError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "TaskError";
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onEvent: (event: never) => void;
  readonly signal: AbortSignal | undefined;
}

/** How a call is followed and stopped. */
export interface CallOptions<N extends CallName> {
  readonly onEvent?: (event: Calls[N]["event"]) => void;
  readonly signal?: AbortSignal;
}

/** The page's side of the protocol. */
export class Client {
  private readonly waiting = new Map<number, Waiting>();
  private readonly watched = new WeakMap<AbortSignal, (behind: CallName | undefined) => void>();
  private next = 1;
  /** Called when a graphics card was lost, and the worker computes again. */
  onMoved: (moved: Moved) => void = () => undefined;

  constructor(
    private readonly worker: Worker,
    base: string,
    onNotice: (text: string) => void,
  ) {
    this.post({ type: "base", url: base });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.type === "notice") return onNotice(data.text);
      if (data.type === "moved") return this.onMoved(data.moved);
      const call = this.waiting.get(data.id);
      if (!call) return;
      if (data.type === "waiting") return void (call.signal && this.watched.get(call.signal)?.(data.behind));
      if (data.type === "event") return call.onEvent(data.event as never);
      this.waiting.delete(data.id);
      if (data.type === "result") call.resolve(data.result);
      else call.reject(new TaskError(data.code, data.message));
    };
    worker.onerror = (event) => {
      const error = new TaskError("WORKER_FAILED", event.message || "The worker could not be loaded. Reload the page.");
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
      onNotice(error.message);
    };
  }

  /** Asks the worker for a task. */
  call<N extends CallName>(name: N, params: Calls[N]["params"], options: CallOptions<N> = {}): Promise<Calls[N]["result"]> {
    const id = this.next++;
    const { signal, onEvent = () => undefined } = options;
    return new Promise((resolve, reject) => {
      const stop = () => this.post({ type: "stop", id });
      const over = () => signal?.removeEventListener("abort", stop);
      this.waiting.set(id, {
        resolve: (result) => {
          over();
          resolve(result as Calls[N]["result"]);
        },
        reject: (error) => {
          over();
          reject(error);
        },
        onEvent: onEvent as (event: never) => void,
        signal,
      });
      this.post({ type: "call", id, name, params });
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  }

  /** Tells for which other task the calls that are stopped by a signal wait; undefined: they run. */
  followWaiting(signal: AbortSignal, tell: (behind: CallName | undefined) => void): void {
    this.watched.set(signal, tell);
  }

  private post(request: Request): void {
    this.worker.postMessage(request);
  }
}
