import { readFileSync } from "node:fs";
import { BaseSequencer, ForksPoolWorker, type PoolOptions, type TestSpecification } from "vitest/node";

type WorkerRequest = Parameters<ForksPoolWorker["send"]>[0];

/**
 * What a test file does to its process that another one could see: mocks and spies, the environment, the working folder, signals, workers that are
 * counted, what all modules share. Such a file has a process of its own, and so has one that starts programs, which it compares with its process.
 */
const DISTURBS =
  /\bvi\.(?!fn\b|waitFor\b|waitUntil\b)|\bprocess\.(?:env|chdir|on|once|exitCode|kill|memoryUsage|umask|std(?:out|err))\b|\benv\.[A-Z]|\bdelete env|\bassign\((?:process\.)?env|\b(?:register|remove)(?:Kernel|Backend|Gradient)\(|env\(\)\.set|worker_threads|child_process|\/built-cli"|async_hooks|getActiveResources|\/proc\/self|\bglobalThis\b|defineProperty|\.prototype\b|\bgc\(/;

const known = new Map<string, boolean>();

/** Whether a test file needs a process that no other file has used, and that none uses after it. */
export function needsOwnProcess(file: string): boolean {
  const found = known.get(file) ?? DISTURBS.test(readFileSync(file, "utf8"));
  known.set(file, found);
  return found;
}

/** How many files a process takes one after the other: it grows with each. */
const FILES_OF_A_PROCESS = 25;

/**
 * Processes that take one test file of a project after another, so that TensorFlow.js and the packages' sources are loaded once and not for each: a
 * quarter of a second of the processor's time a file. Files that would disturb others have one of their own.
 */
class SharedForksWorker extends ForksPoolWorker {
  override readonly name = "shared-forks";
  private taken = 0;
  private isTaken = false;

  override send(message: WorkerRequest): void {
    if (message.type === "run") {
      this.taken += message.context.files.length;
      this.isTaken ||= message.context.files.some(({ filepath }) => needsOwnProcess(filepath));
    }
    super.send(message);
  }

  /** Asked of a process that has run files of the same project. */
  canReuse({ context }: { context: { files: readonly { filepath: string }[] } }): boolean {
    return !this.isTaken && this.taken < FILES_OF_A_PROCESS && !context.files.some(({ filepath }) => needsOwnProcess(filepath));
  }
}

export const sharedForks = {
  name: "shared-forks",
  createPoolWorker: (options: PoolOptions) => new SharedForksWorker(options),
};

/** Projects whose files take minutes: begun last, they would leave all processors but one idle. The others follow in the order of their letters. */
const LONG = ["studio", "demo", "notebooks", "train"];

/** Long projects first, and in each the files with a process of their own before those that share one, which ends where another kind of file comes. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files); // by project, and in it those that failed or took long the last time first
    const projects = [...LONG, ...sorted.map(({ project }) => project.name)]; // whose first place counts
    const place = ({ project, moduleId }: TestSpecification) => 2 * projects.indexOf(project.name) + (needsOwnProcess(moduleId) ? 0 : 1);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
