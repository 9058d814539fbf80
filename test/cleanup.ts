/** What is to be done when a test, or a file of tests, has ended. `setup.ts` does it. */
const works: Record<"test" | "file", (() => unknown)[]> = { test: [], file: [] };

/**
 * For helpers, in place of hooks of their own: those would be Vitest's for the first file only where files share a process, as a module that is there is
 * not run again.
 */
export function afterTest(work: () => unknown): void {
  works.test.push(work);
}

/** The same, once all tests of the file have ended. */
export function afterFile(work: () => unknown): void {
  works.file.push(work);
}

/** Does what was asked for, the last first; all of it, whatever of it fails. */
export async function cleanUp(after: "test" | "file"): Promise<void> {
  const failed: unknown[] = [];
  for (const work of works[after].splice(0).reverse())
    await Promise.resolve()
      .then(work)
      .catch((error) => failed.push(error));
  if (failed.length > 0) throw new AggregateError(failed, `What follows a ${after} failed: ${failed.join(", ")}`);
}
