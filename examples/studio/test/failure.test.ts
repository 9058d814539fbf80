import { describe, expect, it } from "vitest";
import { failureOf } from "../src/worker/failure";

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("what a person is told of an error", () => {
  it("is what our own errors say, which say what to do", () => {
    expect(failureOf(coded("NO_MODEL", "Load a model first (step 2)."), false)).toEqual({
      code: "NO_MODEL",
      message: "Load a model first (step 2).",
    });
  });

  it.each([
    [new TypeError("Failed to compile fragment shader."), "Failed to compile fragment shader"],
    [new DOMException("A requested file could not be found.", "NotFoundError"), "A requested file could not be found"],
    ["gone", "gone"],
    [null, "null"],
    [new Error(""), "Error"],
  ])("has a way out where a library threw %s", (error, reason) => {
    expect(failureOf(error, false)).toEqual({
      code: "FAILED",
      message: `This can't be done, for a reason that wasn't foreseen (${reason}). What is loaded is still there: try again. Should it fail again, choose another backend (step 1), or reload the page.`,
    });
  });

  it("tells of a graphics card that is lost, also where the task was stopped, without words for programmers", () => {
    const lost = coded("DEVICE_LOST", "The GPU's device was lost (webgpu): gone. Call startBackend() again.");
    const message = "The graphics card was lost while this ran: start it again when the page computes again.";
    for (const isStopped of [true, false]) expect(failureOf(lost, isStopped)).toEqual({ code: "DEVICE_LOST", message });
    expect(failureOf(coded("DEVICE_LOST", "Training ended."), false).message).toBe("Training ended.");
    expect(failureOf(coded("ANY", "stopped"), true)).toEqual({ code: "ABORTED", message: "stopped" });
  });
});
