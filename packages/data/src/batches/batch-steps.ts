import type { BatchStream, Made } from "./batch-stream";
import { stop } from "./slots";

/** One stream for all steps that are asked for. Calls take turns: two at a time would each start workers. */
export function stepTaker(open: (step: number) => Promise<BatchStream>): { take(step: number): Promise<Made>; close(): Promise<void> } {
  let kept: BatchStream | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let closings = 0; // what was asked for before a close ends with it
  const end = async () => {
    const stream = kept;
    kept = undefined;
    await stream?.close();
  };
  const takeNow = async (step: number, asked: number) => {
    const check = () => {
      if (asked !== closings) throw stop();
    };
    check();
    try {
      if (kept?.next !== step) {
        await end();
        kept = await open(step);
        check();
      }
      return await kept.take();
    } catch (error) {
      await end();
      throw error;
    }
  };
  return {
    take(step) {
      const asked = closings;
      const made = turn.then(() => takeNow(step, asked));
      turn = made.catch(() => undefined);
      return made;
    },
    async close() {
      closings++;
      const last = turn;
      await end();
      await last; // a stream that was being opened is closed by then
    },
  };
}
