import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fail, RsdixError } from "@rsdix/internal";
import type { JavaProgram } from "./java-options";
import { type JavaEnd, javaProblem } from "./java-problem";

/** A running program, as {@link runJava}'s caller talks to it. */
export interface JavaProcess {
  /** Writes to its input, and waits where that is full. */
  write(text: string): Promise<void>;
  /** The next line of its output. */
  nextLine(): Promise<string>;
}

/** Java's own settings: UTF-8 and numbers with points, whatever the machine is set to. */
const SETTINGS = ["-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US"];

/** How much of the error stream is kept for messages, in characters. */
const KEPT = 16_000;

/** Says to {@link runJava} that the process ended too early, which then finds out why. */
class Ended extends Error {}

/**
 * Runs a jar in one process: no shell in between, and ended however the call ends. `modules` are options for Java 9 and later, which
 * older ones would not start with; they go by the variable that only the later ones read.
 */
export async function runJava<T>(
  program: JavaProgram,
  args: readonly string[],
  modules: readonly string[],
  talk: (process: JavaProcess) => Promise<T>,
): Promise<T> {
  const { where, java, jar, memoryMB, timeoutMs, signal } = program;
  if (signal?.aborted) fail("ABORTED", `${where} was stopped before it began.`, signal.reason);
  const child = spawn(java, [`-Xmx${memoryMB}m`, ...SETTINGS, "-jar", jar, ...args], {
    stdio: "pipe",
    windowsHide: true,
    env: { ...process.env, JDK_JAVA_OPTIONS: [process.env.JDK_JAVA_OPTIONS, ...modules.map(quoted)].filter(Boolean).join(" ") },
  });

  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-KEPT);
  });
  child.stdin.on("error", () => {}); // a pipe that broke: how the process ended says why

  let killed = false;
  const kill = () => {
    killed = true;
    child.kill("SIGKILL");
  };
  const ended = new Promise<JavaEnd>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", (code, by) => resolve({ code, signal: by, error: undefined }));
    // What was killed is not waited for to close its pipes: a script that starts Java may have left them to it.
    child.once("exit", (code, by) => killed && resolve({ code, signal: by, error: undefined }));
  });
  let stopped: RsdixError | undefined;
  let onStop: () => void = () => {};
  const stopping = new Promise<void>((resolve) => {
    onStop = resolve;
  });
  const stop = (code: RsdixError["code"], message: string, cause?: unknown) => {
    stopped ??= new RsdixError(code, `${where}${message}`, { cause });
    onStop();
  };
  const onAbort = () => stop("ABORTED", " was stopped.", signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const late = `: Java wasn't done within the ${timeoutMs} ms of timeoutMs, and was ended.`;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop("PROCESS_FAILED", late), timeoutMs);

  const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const untilStop = async <V>(work: Promise<V>): Promise<V> => {
    const result = await Promise.race([work, stopping]);
    if (stopped) throw stopped;
    return result as V;
  };
  try {
    const result = await talk({
      write: async (text) => {
        if (!child.stdin.write(text)) await untilStop(Promise.race([once(child.stdin, "drain").catch(() => {}), ended]));
      },
      nextLine: async () => {
        const { done, value } = await untilStop(lines.next());
        if (done) throw new Ended();
        return value;
      },
    });
    child.stdin.end();
    const end = await untilStop(ended);
    if (end.error || end.code !== 0) throw javaProblem(program, end, said);
    return result;
  } catch (error) {
    throw error instanceof Ended ? javaProblem(program, await untilStop(ended), said) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      kill();
      await ended;
    }
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  }
}

/** As JDK_JAVA_OPTIONS is read: blanks separate, unless between quotes. */
function quoted(option: string): string {
  if (option.includes('"')) fail("INVALID_ARGUMENT", `Java takes no path with a quotation mark in its options, got ${option}.`);
  return `"${option}"`;
}
