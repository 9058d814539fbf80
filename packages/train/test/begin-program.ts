import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { CliRun } from "../../../test/run-in-process";

/** Begins a program of {@link buildCli} in a process of its own, which a test may end before it ends itself. */
export function beginProgram(
  program: string,
  args: readonly string[],
  { cwd }: { cwd?: string } = {},
): { child: ChildProcessWithoutNullStreams; ended: Promise<CliRun> } {
  const child = spawn(process.execPath, [program, ...args], { cwd });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, out, err }));
  return { child, ended };
}
