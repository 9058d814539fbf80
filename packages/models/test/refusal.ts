import { expect } from "vitest";

/** What a refused call throws: an error of ours with this code, whose message matches; `message: /x/` alone would match anything. */
export function refusal(code: string, message: RegExp): Error {
  return expect.objectContaining({ name: "RsdixError", code, message: expect.stringMatching(message) }) as Error;
}
