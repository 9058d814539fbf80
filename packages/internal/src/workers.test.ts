import { Worker as Thread } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { fail, revive, sentError, threadHandle, webWorkerHandle } from "./index";

/** A thread that runs a script. */
const started = (script: string) => threadHandle<unknown, unknown>(new Thread(script, { eval: true }));

/** The next message, or why there is none. */
const heard = (handle: ReturnType<typeof started>) => new Promise((resolve) => handle.listen(resolve, resolve));

describe("threadHandle", () => {
  it("posts and hears messages", async () => {
    const handle = started(
      'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (x) => parentPort.postMessage(x + 1));',
    );
    const answer = heard(handle);
    handle.post(1);
    expect(await answer).toBe(2);
    await handle.terminate();
  });

  it("tells once that a thread ended by itself", async () => {
    expect(await heard(started("process.exit(3);"))).toEqual(new Error("it exited with code 3"));
    const reasons: unknown[] = [];
    const thread = new Thread('throw new Error("wrong");', { eval: true }); // it fails, and exits then
    threadHandle(thread).listen(
      () => undefined,
      (reason) => reasons.push(reason),
    );
    await new Promise((resolve) => thread.on("exit", resolve));
    expect(reasons).toEqual([new Error("wrong")]);
  });

  it("tells nothing of a thread that it ended", async () => {
    const reasons: unknown[] = [];
    const handle = started("setInterval(() => {}, 1000);");
    handle.listen(
      () => undefined,
      (reason) => reasons.push(reason),
    );
    await handle.terminate();
    expect(reasons).toEqual([]);
  });
});

describe("webWorkerHandle", () => {
  it("hears messages, and tells of one failure and none after the end", async () => {
    const posted: unknown[] = [];
    const worker = { postMessage: (...args: unknown[]) => posted.push(args), terminate: () => posted.push("end") } as unknown as Worker;
    const handle = webWorkerHandle<number, number>(worker);
    const told: unknown[] = [];
    handle.listen(
      (message) => told.push(message),
      (reason) => told.push(reason),
    );
    handle.post(1);
    worker.onmessage!({ data: 2 } as MessageEvent);
    worker.onerror!({ message: "" } as ErrorEvent);
    worker.onmessageerror!({} as MessageEvent);
    await handle.terminate();
    expect(posted).toEqual([[1, []], "end"]);
    expect(told).toEqual([2, new Error("its script could not be loaded")]);
  });
});

describe("sentError", () => {
  it.each([() => fail("FILE_CORRUPT", "no image"), () => JSON.parse("{")])("case %#: an error is revived as it was", (call) => {
    try {
      call();
    } catch (error) {
      const { name, code, message, stack } = error as Error & { code?: string };
      const again = revive(structuredClone(sentError(error))) as typeof error;
      expect(again).toMatchObject({ ...(code && { name, code }), message, stack });
    }
    expect.assertions(1);
  });
});
