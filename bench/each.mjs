// What a suite measures, part by part: one that fails is said so, and costs the others nothing.

/**
 * Measures each job in its turn.
 *
 * @param jobs - what is measured
 * @param nameOf - what a job is called where it fails
 * @param measure - measures a job, and shows and keeps what it found
 * @returns the suite's exit code: 1 where a job failed
 */
export async function measureEach(jobs, nameOf, measure) {
  let code = 0;
  for (const job of jobs) {
    try {
      await measure(job);
    } catch (error) {
      code = 1;
      console.error(`${nameOf(job)} FAILED: ${reasonOf(error)}`);
    }
  }
  return code;
}

/** A process that ended tells all that it said, with a stack trace: the line that names the error is enough. */
function reasonOf({ message }) {
  return message.split("\n").find((line) => /Error:/.test(line)) ?? message;
}
