import { vi } from "vitest";
import type { Models } from "../src/load-models";

/** Has the captioner begin nothing until it is released: so long all that comes waits, however slow the machine is. */
export function holdCaptions({ captioner }: Models) {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const captionStream = captioner.captionStream.bind(captioner);
  const calls = vi.spyOn(captioner, "captionStream").mockImplementation(async function* (...asked) {
    await released;
    yield* captionStream(...asked);
  });
  return { calls, release };
}
