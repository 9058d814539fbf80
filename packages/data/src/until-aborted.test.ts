import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../test/refusal";
import { untilAborted } from "./until-aborted";

const never = () => new Promise<never>(() => undefined);
const aborted = (message: string, cause?: unknown) => refusal("ABORTED", exactly(message), { cause });

/** A signal whose listeners are counted. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { controller, signal, listeners: () => listeners };
}

describe("untilAborted", () => {
  it("gives what the work gives, and leaves no listener", async () => {
    const { signal, listeners } = counted();
    expect(
      await untilAborted(
        signal,
        () => "",
        () => 5,
      ),
    ).toBe(5);
    expect(
      await untilAborted(
        signal,
        () => "",
        async () => 6,
      ),
    ).toBe(6);
    expect(
      await untilAborted(
        undefined,
        () => "",
        async () => 7,
      ),
    ).toBe(7);
    const failure = new Error("off");
    await expect(
      untilAborted(
        signal,
        () => "",
        () => Promise.reject(failure),
      ),
    ).rejects.toBe(failure);
    await expect(
      untilAborted(
        signal,
        () => "",
        () => {
          throw failure;
        },
      ),
    ).rejects.toBe(failure);
    expect(listeners()).toBe(0);
  });

  it("ends with the signal, though the work never does, and leaves no listener", async () => {
    const { controller, signal, listeners } = counted();
    let done = 3;
    const run = untilAborted(signal, () => `stopped after ${done}`, never);
    expect(listeners()).toBe(1);
    done = 4;
    controller.abort("enough");
    await expect(run).rejects.toEqual(aborted("stopped after 4", "enough"));
    expect(listeners()).toBe(0);
  });

  it("has one listener, however much waits for one signal", async () => {
    const { controller, signal, listeners } = counted();
    const runs = Array.from({ length: 20 }, (_, i) =>
      untilAborted(
        signal,
        () => `stopped ${i}`,
        () => (i < 5 ? Promise.resolve(i) : never()),
      ),
    );
    expect(listeners()).toBe(1);
    expect(await Promise.all(runs.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
    expect(listeners()).toBe(1);
    controller.abort();
    const rest = await Promise.allSettled(runs.slice(5));
    expect(rest.map((run) => run.status === "rejected" && run.reason.message)).toEqual(
      Array.from({ length: 15 }, (_, i) => `stopped ${i + 5}`),
    );
    expect(listeners()).toBe(0);
  });

  it("begins nothing after the signal, and takes nothing that came with it", async () => {
    const controller = new AbortController();
    const both = () => {
      controller.abort("now");
      return 1;
    };
    await expect(untilAborted(controller.signal, () => "stopped", both)).rejects.toEqual(aborted("stopped", "now"));
    let begun = false;
    const work = () => {
      begun = true;
    };
    await expect(untilAborted(controller.signal, () => "stopped", work)).rejects.toEqual(aborted("stopped", "now"));
    expect(begun).toBe(false);
  });

  it("hears what fails after the signal", async () => {
    const controller = new AbortController();
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("late"); // unheard it would end the process
    };
    const run = untilAborted(controller.signal, () => "stopped", late);
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
