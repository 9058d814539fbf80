import { expect } from "vitest";

/** What a refused call throws: an error of ours with this code, a message that matches a pattern or one of Vitest's matchers, and the cause that is given. */
export function refusal(code: string, message: RegExp | string = /./, more: { cause?: unknown } = {}): Error {
  const wanted = typeof message === "string" || message instanceof RegExp ? expect.stringMatching(message) : message;
  return expect.objectContaining({ name: "RsdixError", code, message: wanted, ...more }) as Error;
}

/** The pattern of one text, from its start to its end. */
export function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`);
}
