import { expect } from "vitest";

/** What a refused call throws: an error of ours with this code, and with a message that matches. */
export function refusal(code: string, message: RegExp | string = /./): Error {
  return expect.objectContaining({ name: "RsdixError", code, message: expect.stringMatching(message) }) as Error;
}
