/** A stream that a process writes to. */
interface Output {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  write(text: string): unknown;
}

/** How a process ends. */
interface Ends {
  /** As by Ctrl-C: what runs is stopped, and keeps what it has. */
  stop(reason: Error): void;
  exit(code: number): void;
}

/**
 * What becomes of a command whose output cannot be written. Where nobody reads on, as in `rsdix fit clip --json | head`, it is stopped, so that a training
 * keeps its steps; what has said all ends well. Where what was asked for cannot be written, as on a full disk, it says so in a line and ends. What goes on is
 * only told: where that cannot be, the work goes on.
 *
 * @param stdout - what was asked for goes here.
 * @param stderr - progress, and what went wrong.
 * @param ends - how the process ends.
 */
export function watchOutput(stdout: Output, stderr: Output, ends: Ends): void {
  stderr.on("error", () => undefined);
  stdout.on("error", (error) => {
    if (error.code === "EPIPE") return ends.stop(new Error("nobody reads the output"));
    stderr.write(`error: WRITE_FAILED: The output cannot be written: ${error.message}.\n`);
    ends.exit(1);
  });
}
