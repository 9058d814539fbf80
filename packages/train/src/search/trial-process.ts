import { type ChildProcess, spawn } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import { endWithUs } from "./end-with-us";

/** How long a process that is told to stop may take, to write a checkpoint for example. */
const GRACE_MS = 10_000;
/** How much of the end of its output is looked at for what went wrong, in bytes. */
const TAIL = 16_384;

/** A process that could not even be started; the next one could not either. */
export class CannotStart extends Error {}

/** How a trial's program is run. */
export interface TrialProcessOptions {
  /** The file that its output goes to. */
  readonly output: string;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Threads of the native backend, unless RSDIX_THREADS says another number; its own choice where there is none. */
  readonly threads?: number;
  /** Where it is run; the present folder unless told otherwise. */
  readonly cwd?: string;
}

/**
 * Runs a trial's program to its end, its output going to a file. Stopped by the signal it is asked to end, with all that it started, and killed where it
 * takes too long; it does not outlive this process, even where that is killed.
 */
export async function runTrialProcess(
  [program, ...args]: readonly string[],
  { output, signal, threads, cwd }: TrialProcessOptions,
): Promise<void> {
  const file = await open(output, "w+").catch((error: Error) => fail("WRITE_FAILED", `Cannot write ${output}: ${error.message}.`, error));
  try {
    // A group of its own: Ctrl-C in the terminal comes to us, who tell the group.
    const group = process.platform !== "win32";
    const env = { ...(threads !== undefined && { RSDIX_THREADS: String(threads) }), ...process.env };
    const options = { env, detached: group, windowsHide: true, ...(cwd !== undefined && { cwd }) };
    const child = spawn(program!, args, { ...options, stdio: ["ignore", file.fd, file.fd] });
    const { code, by, error } = await untilEnd(child, group, signal);
    if (error) throw new CannotStart(`${program} cannot be started: ${error.message}.`, { cause: error });
    // Even where it ended well: it may have ended early, as it was asked to.
    if (signal?.aborted) fail("ABORTED", "The trial was stopped.", signal.reason);
    if (code === 0) return;
    const last = await lastLine(file);
    const how = by === null ? `ended with ${code}` : `was killed by ${by}`;
    fail("PROCESS_FAILED", `The trial's process ${how}${last && `: ${last}`}`);
  } finally {
    await file.close();
  }
}

interface End {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  readonly error?: Error;
}

async function untilEnd(child: ChildProcess, group: boolean, signal: AbortSignal | undefined): Promise<End> {
  const ended = new Promise<End>((resolve) => {
    child.once("error", (error) => child.pid === undefined && resolve({ code: null, by: null, error }));
    child.once("exit", (code, by) => resolve({ code, by }));
  });
  const id = child.pid === undefined ? undefined : group ? -child.pid : child.pid;
  const unwatch = id === undefined ? undefined : endWithUs(id);
  const kill = (how: NodeJS.Signals) => {
    if (id === undefined) return;
    try {
      process.kill(id, how);
    } catch {
      // It has ended.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), GRACE_MS);
  };
  const forget = killAtExit(() => kill("SIGKILL"));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const end = await ended;
    if (signal?.aborted) kill("SIGKILL"); // what it started and left behind
    return end;
  } finally {
    unwatch?.();
    clearTimeout(timer);
    forget();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What is to be killed where this process ends, or its terminal is gone. */
const atExit = new Set<() => void>();
const onExit = () => {
  for (const kill of atExit) kill();
};
const onHangUp = () => process.exit(129);

/** Has something killed when this process ends; gives what lets it be. */
function killAtExit(kill: () => void): () => void {
  if (atExit.size === 0) process.on("exit", onExit).on("SIGHUP", onHangUp); // once for all: many listeners look like a leak
  atExit.add(kill);
  return () => {
    atExit.delete(kill);
    if (atExit.size === 0) process.off("exit", onExit).off("SIGHUP", onHangUp);
  };
}

/** The last line that says what is wrong, else the last that says anything: help may follow an error. */
async function lastLine(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, TAIL);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  const lines = buffer.toString("utf8").split(/[\r\n]+/);
  const telling = lines.findLast((line) => /\berror\b/i.test(line)) ?? lines.findLast((line) => line.trim() !== "") ?? "";
  return telling.trim().slice(0, 500);
}
