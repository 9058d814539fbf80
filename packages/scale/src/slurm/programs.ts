import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fail } from "@rsdix/internal";

/** A task of an array, as Slurm's queue has it. */
export interface QueuedTask {
  /** The array's job. */
  readonly job: string;
  /** Slurm's word, such as "PENDING". */
  readonly state: string;
  /** Why it waits, in Slurm's word, such as "Resources". */
  readonly reason: string;
}

/** Tasks of jobs by `<the job's name>/<index>`. */
export type Queue = ReadonlyMap<string, QueuedTask>;

const run = promisify(execFile);
/** Slurm's own size of arrays, where it doesn't say another. */
const MAX_ARRAY = 1001;
const MAX_OUTPUT = 1 << 30;
/** States that a task doesn't leave. All others, those that later versions will have among them, are taken for work that goes on. */
const ENDED = new Set(
  "BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED LAUNCH_FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED RECONFIG_FAIL REVOKED TIMEOUT".split(" "),
);
/** States in which a task has a node. */
const RUNNING = new Set("COMPLETING CONFIGURING RESIZING RUNNING SIGNALING STAGE_OUT STOPPED SUSPENDED".split(" "));

/** What does shards where there is no Slurm. */
const INSTEAD = "Without Slurm, processes of this machine do shards (--jobs), or workers of a Redis (--on redis).";

export const hasEnded = ({ state }: QueuedTask) => ENDED.has(state);
export const isRunning = ({ state }: QueuedTask) => RUNNING.has(state);

/** Runs one of Slurm's programs, and gives what it said. */
export async function slurm(program: "sbatch" | "scontrol" | "squeue", args: readonly string[], advice: string): Promise<string> {
  // The variables of squeue hide jobs and columns from whoever set them for reading.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SQUEUE_")));
  try {
    return (await run(program, args, { env, maxBuffer: MAX_OUTPUT, windowsHide: true })).stdout;
  } catch (error) {
    const { code, message, stderr = "" } = error as Error & { code?: unknown; stderr?: string };
    if (code === "ENOENT")
      fail(
        "MISSING_DEPENDENCY",
        `Slurm's program ${program} is not on the PATH: give the command where the cluster's programs are, as on its login node (Debian: apt-get install ` +
          `slurm-client). ${INSTEAD}`,
        error,
      );
    if (/could not establish a configuration source|s_p_parse_file: cannot stat file/i.test(stderr))
      fail(
        "MISSING_DEPENDENCY",
        `Slurm's program ${program} finds no slurm.conf: name the cluster's in SLURM_CONF, or give the command on its login node. ${INSTEAD}`,
        error,
      );
    const said = (stderr.trim() || message).replaceAll(/\s*\n\s*/g, "; ");
    return fail("PROCESS_FAILED", `${program} failed: ${said.replace(/\.$/, "")}. ${advice}`, error);
  }
}

/** How many tasks an array may have here. */
export async function mostTasks(): Promise<number> {
  const text = await slurm("scontrol", ["show", "config"], "Slurm's controller is needed: is it there (scontrol ping)?");
  const of = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  const indices = of(/^MaxArraySize\s*=\s*(\d+)/im); // indices are below it
  const limits = [Number.isFinite(indices) ? indices : MAX_ARRAY, of(/^MaxJobCount\s*=\s*(\d+)/im), of(/\bmax_array_tasks=(\d+)/i)];
  const most = Math.min(...limits);
  return most >= 1
    ? most
    : fail("PROCESS_FAILED", "This Slurm takes no arrays of jobs: its MaxArraySize is 0. Ask who runs it to allow some.");
}

/** What Slurm's queue has of jobs with these names: tasks that wait or run, and, for some minutes, those that have ended. */
export async function readQueue(names: readonly string[]): Promise<Queue> {
  const queue = new Map<string, QueuedTask>();
  if (names.length === 0) return queue;
  const args = ["--noheader", "--array", "--states=all", `--name=${names.join(",")}`, "--format=%j|%K|%F|%T|%r"];
  const text = await slurm("squeue", args, "Without the queue nobody knows what still runs: try again when Slurm's controller answers.");
  for (const line of text.split("\n")) {
    const [name, index, job, state, ...reason] = line.trim().split("|");
    if (state !== undefined) queue.set(`${name}/${index}`, { job: job!, state, reason: reason.join("|") });
  }
  return queue;
}
