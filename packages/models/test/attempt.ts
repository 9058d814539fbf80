import { processorTime } from "../../../test/processor-time";

/** Runs what may fail, and returns the error and the seconds of the processor that it took. */
export async function attempt(run: () => unknown) {
  const seconds = processorTime();
  let error: unknown;
  try {
    await run();
  } catch (caught) {
    error = caught;
  }
  return { error, seconds: seconds() };
}
