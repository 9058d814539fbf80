import { afterEach, expect, it, vi } from "vitest";
import { progressLine } from "./progress-line";
import { CliSession } from "./session";

afterEach(() => void vi.restoreAllMocks());

/** What is written of 2,000 images of which one is done a second, twenty times. */
function written(isTTY: boolean): string {
  let [text, now] = ["", 0];
  const stream = { isTTY, columns: 80, write: (more: string) => (text += more) };
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const say = progressLine(new CliSession({ stdout: stream, stderr: stream, signal: new AbortController().signal }), "images embedded");
  for (let done = 1; done <= 20; done++) {
    now += 1000;
    say({ done, total: 2000 });
  }
  return text;
}

it("Progress is a line every ten seconds where nobody looks on, and one that changes on a terminal", () => {
  expect(written(false)).toBe("10 of 2,000 images embedded\n20 of 2,000 images embedded\n");
  const shown = written(true);
  expect(shown).not.toContain("\n");
  expect(shown.split("\r\u001b[K").slice(1)).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1} of 2,000 images embedded`));
});
