import { CliOutput } from "@rsdix/internal";

/** How often progress is shown, in milliseconds. */
const PROGRESS_EVERY = 100;

/** One run of the command: what it says, and how it ends. */
export class CliSession extends CliOutput {
  /** What the program ends with. */
  exitCode = 0;

  /** What shows how many are done. */
  counter(what: string): (progress: { readonly done: number; readonly total?: number }) => void {
    let last = Number.NEGATIVE_INFINITY;
    return ({ done, total }) => {
      const now = performance.now();
      if (now - last < PROGRESS_EVERY && done !== total) return;
      last = now;
      this.progress(`${done.toLocaleString("en")}${total === undefined ? "" : ` of ${total.toLocaleString("en")}`} ${what}`);
    };
  }
}
