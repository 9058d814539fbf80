import type { CliOutput } from "./cli-output";
import type { RsdixError, RsdixErrorCode } from "./error";

/** What a shell is told: data that are wrong, a command that is wrong, an interruption. */
export const EXIT = { data: 1, usage: 2, interrupted: 130 } as const;
/** Errors that another command, or another installation, mends. */
const USAGE: readonly RsdixErrorCode[] = ["INVALID_ARGUMENT", "UNKNOWN_OPTION", "MISSING_DEPENDENCY"];

/** Says in one line what is wrong, `inWords` of the command; gives what the program ends with. */
export function tellError(thrown: unknown, output: CliOutput, inWords: (message: string) => string): number {
  const error = thrown as Error & Partial<RsdixError>;
  const message = inWords(error.message.replaceAll(/\s*\n\s*/g, " "));
  if (output.signal.aborted && (error.code === "ABORTED" || error === output.signal.reason)) {
    output.note(`Stopped: ${message}`);
    return EXIT.interrupted;
  }
  if (error.name !== "RsdixError") {
    output.note(`error: ${message} (unexpected: --debug shows where)`);
    return EXIT.data;
  }
  output.note(`error: ${error.code}: ${message}`);
  return USAGE.includes(error.code!) ? EXIT.usage : EXIT.data;
}

/** In Node: a controller that SIGINT and SIGTERM abort. The second of them ends the process, as files are written whole or not at all. */
export function stoppedBySignals(): AbortController {
  const controller = new AbortController();
  let last = Number.NEGATIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // Under npx one Ctrl-C may come twice, from the terminal and forwarded: what follows at once is the same one.
      if (performance.now() - last < 1000) return;
      last = performance.now();
      if (controller.signal.aborted) endNow(signal);
      controller.abort(new Error("interrupted"));
    });
  }
  return controller;
}

/** Ends at once, and after what `exit` has others do: by the signal itself, as `process.exit` would wait for a disk that does not answer. */
function endNow(signal: NodeJS.Signals): void {
  process.once("exit", () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  process.exit(130);
}
