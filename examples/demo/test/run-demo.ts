import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchFolder } from "../../../test/scratch-folder";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const SIGNAL_ITSELF = new URL("./signal-itself.mjs", import.meta.url).href;

/** A signal that the demo sends itself as soon as what it printed matches. */
interface OwnSignal {
  signal: NodeJS.Signals;
  when: RegExp;
}

/** How a run of the built demo ended. */
export interface DemoRun {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  /** What it printed on both streams. */
  output: string;
}

/** The built demo as a user runs it. */
export function runDemo(
  args: string[],
  onOutput: (output: string, child: ChildProcess) => void = () => {},
  own?: OwnSignal,
): Promise<DemoRun> {
  if (!existsSync(MAIN)) throw new Error("The demo is not built: run npm run build first.");
  const preloaded = own ? ["--import", SIGNAL_ITSELF] : [];
  const env = { ...process.env, ...(own && { DEMO_SIGNAL: own.signal, DEMO_SIGNAL_WHEN: own.when.source }) };
  const child = spawn(process.execPath, [...preloaded, MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      onOutput(output, child);
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** Folders that are gone after the tests. */
export class Scratch {
  private readonly root = scratchFolder("file");

  path(name: string): string {
    return join(this.root, name);
  }

  copy(from: string, to: string): string {
    cpSync(this.path(from), this.path(to), { recursive: true });
    return this.path(to);
  }

  removeExcept(...kept: string[]): void {
    for (const name of readdirSync(this.root)) if (!kept.includes(name)) rmSync(this.path(name), { recursive: true, force: true });
  }
}

/** The scores of a report, without what differs between two runs of the same: time and memory. */
export function scoresOf(report: string): Record<string, unknown> {
  const { seconds: _, peakMemoryBytes: __, ...scores } = JSON.parse(readFileSync(join(report, "summary.json"), "utf8"));
  return scores;
}

/** The training steps of a report, stage by stage, without times. */
export function stepsOf(report: string): Record<string, Record<string, unknown>[]> {
  const stages: Record<string, Record<string, unknown>[]> = {};
  for (const line of readFileSync(join(report, "run.jsonl"), "utf8").trim().split("\n")) {
    const { seconds: _, itemsPerSecond: __, ...record } = JSON.parse(line);
    if (record.type !== "step") continue;
    stages[record.stage] ??= [];
    stages[record.stage]!.push(record);
  }
  return stages;
}
