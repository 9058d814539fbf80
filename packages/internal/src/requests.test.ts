import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exactly, refusal } from "../../../test/refusal";
import { thrownBy } from "../test/thrown-by";
import { checkAborted, failStatus, Interrupted, pauseAfter, stallTimer } from "./index";

const PATIENCE = { attempts: 4, firstDelayMs: 300, stallMs: 1000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  { failures: 1, details: {}, ms: 300 },
  { failures: 3, details: {}, ms: 1200 },
  { failures: 3, details: { waitMs: 0 }, ms: 0 },
  { failures: 1, details: { waitMs: 2000 }, ms: 2000 },
])("a pause is twice as long after each failure, but as long as the server asks: %j", async ({ failures, details, ms }) => {
  let done = false;
  const paused = pauseAfter(new Interrupted("x", details), failures, PATIENCE, undefined).then(() => {
    done = true;
  });
  if (ms > 0) await vi.advanceTimersByTimeAsync(ms - 1);
  expect(done).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await paused;
});

it("a signal that was aborted is told with its reason", () => {
  checkAborted(undefined, "a.bin");
  checkAborted(new AbortController().signal, "a.bin");
  const reason = new Error("enough");
  expect(() => checkAborted(AbortSignal.abort(reason), "a.bin")).toThrow(
    refusal("ABORTED", exactly("Loading a.bin was stopped."), { cause: reason }),
  );
});

describe("stallTimer", () => {
  it("aborts when a request was awaited for too long, and says so", () => {
    const timer = stallTimer(1000, undefined, "a.bin");
    vi.advanceTimersByTime(999);
    timer.restart();
    vi.advanceTimersByTime(999);
    timer.rest();
    vi.advanceTimersByTime(5000);
    expect(timer.signal.aborted).toBe(false);
    timer.restart();
    vi.advanceTimersByTime(1000);
    expect(timer.signal.aborted).toBe(true);
    const cause = new Error("aborted");
    const error = thrownBy(() => timer.explain(cause));
    expect(error).toBeInstanceOf(Interrupted);
    expect(error).toMatchObject({ message: "nothing came for 1 seconds", cause });
  });

  it("aborts with the caller's signal, also one that was aborted before", () => {
    const controller = new AbortController();
    const timer = stallTimer(1000, controller.signal, "a.bin");
    controller.abort();
    const before = stallTimer(1000, controller.signal, "a.bin");
    for (const { signal, explain } of [timer, before]) {
      expect(signal.aborted).toBe(true);
      expect(() => explain(new Error("aborted"))).toThrow(refusal("ABORTED"));
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["release", "close", "explain"] as const)("leaves no timer and no listener after %s", (end) => {
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    const timer = stallTimer(1000, signal, "a.bin");
    timer[end](new Error("another reason"));
    expect(timer.signal.aborted).toBe(end === "close");
    expect(vi.getTimerCount()).toBe(0);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});

describe("failStatus", () => {
  const failing = (status: number, retryAfter: string | null = null) =>
    thrownBy(() =>
      failStatus(status, (name) => (name === "Retry-After" ? retryAfter : null), "a.bin", {
        ...{ told: `HTTP ${status}`, hint: " Look.", passing: "it is busy" },
      }),
    );

  it.each([
    [404, "FILE_NOT_FOUND", "Can't load a.bin: there is none (HTTP 404). Look."],
    [410, "FILE_NOT_FOUND", "Can't load a.bin: there is none (HTTP 410). Look."],
    [401, "DOWNLOAD_FAILED", "Can't load a.bin: access is denied (HTTP 401). Look."],
    [403, "DOWNLOAD_FAILED", "Can't load a.bin: access is denied (HTTP 403). Look."],
    [418, "DOWNLOAD_FAILED", "Can't load a.bin: the server answered HTTP 418."],
  ])("of %i is final", (status, code, message) => {
    expect(failing(status)).toEqual(refusal(code, exactly(message)));
  });

  it.each([408, 429, 500, 503])("of %i may pass, after the time that the server asks for", (status) => {
    expect(failing(status)).toBeInstanceOf(Interrupted);
    expect(failing(status)).toMatchObject({ message: "it is busy", details: {} });
    expect(failing(status, "30")).toMatchObject({ details: { waitMs: 30_000 } });
    expect(failing(status, "tomorrow")).toMatchObject({ message: "it is busy", details: {} });
    const message = "Can't load a.bin: the server asks to wait 31 seconds (HTTP STATUS). Try again then.".replace("STATUS", `${status}`);
    expect(failing(status, "31")).toEqual(refusal("DOWNLOAD_FAILED", exactly(message)));
  });
});
