import { checkOptions, checkSignal, fail, show } from "@rsdix/internal";

/** Where the command writes: `process.stdout` is one. */
export interface DataCliStream {
  /** Takes a text. */
  write(text: string): unknown;
  /** Whether a person is looking on. */
  readonly isTTY?: boolean;
  /** Characters in a line of a terminal. */
  readonly columns?: number;
}

/** What the command runs with. */
export interface DataCliIo {
  /** Gets what was asked for. */
  readonly stdout: DataCliStream;
  /** Gets progress, and what went wrong. */
  readonly stderr: DataCliStream;
  /** Stops the command. */
  readonly signal: AbortSignal;
}

/** How the command is part of another program. */
export interface RunDataCliOptions {
  /** What its help calls it; "rsdix-data" unless told otherwise. */
  readonly name?: string;
  /** What it says of `--version`. */
  readonly version: string;
}

/**
 * The command `rsdix-data` inside of another program: `list`, `describe`, `verify`, `convert`, `patches`.
 *
 * @param args - the arguments after the command's name.
 * @param io - where it writes, and what stops it.
 * @param options - the name that its help is to have, and the version.
 * @returns what a process is to end with: 0 when all is well, 1 for problems of data, 2 for a wrong command or a package that is missing, 130 when it was
 * stopped. What goes wrong is written to `io.stderr`, and not thrown.
 * @throws RsdixError INVALID_ARGUMENT for arguments that are no list of texts, nothing to write to, or no signal; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { runDataCli } from "@rsdix/data/node";
 * let text = "";
 * const stream = { write: (more: string) => void (text += more) };
 * const io = { stdout: stream, stderr: stream, signal: new AbortController().signal };
 * const code = await runDataCli(["describe", "--help"], io, { name: "rsdix data", version: "1.0.0" });
 * if (code !== 0 || !text.startsWith("Usage: rsdix data describe")) throw new Error("expected its help");
 * ```
 */
export async function runDataCli(args: readonly string[], io: DataCliIo, options: RunDataCliOptions): Promise<number> {
  const { name = "rsdix-data", version } = checkOptions(options, ["name", "version"], "runDataCli");
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== "string"))
    fail("INVALID_ARGUMENT", `args must be a list of texts, such as ["list"]; got ${show(args)}.`);
  if (typeof io?.stdout?.write !== "function" || typeof io.stderr?.write !== "function")
    fail("INVALID_ARGUMENT", `io must have stdout and stderr to write to, as process has; got ${show(io)}.`);
  if (io.signal === undefined) fail("INVALID_ARGUMENT", "io must have a signal, which stops the command: new AbortController().signal.");
  checkSignal(io.signal);
  if (typeof name !== "string" || typeof version !== "string")
    fail("INVALID_ARGUMENT", `name and version must be texts, got ${show(name)} and ${show(version)}.`);
  const { runCli } = await import("./run-cli"); // with the parser of arguments, which nothing else of this module needs
  return runCli(args, io, version, name);
}
