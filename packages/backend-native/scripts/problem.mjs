// What stops a build, in a line that says what to do; anything else that is thrown is a mistake in these scripts.
export class BuildProblem extends Error {}

/** A problem of the machine, not of the sources: a compiler, pip or the network is missing. */
export class MissingTool extends BuildProblem {}

/** The last line that a program wrote before it failed: where compilers, pip and strip say why. */
export function lastLine(error) {
  const lines = `${error.stderr ?? ""}`.trim().split("\n");
  return lines.at(-1)?.trim() || error.message.split("\n")[0];
}

/** Runs a script's `main`; a problem is one line and exit code 1, or 2 when something is missing. */
export async function report(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BuildProblem)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof MissingTool ? 2 : 1;
  }
}
