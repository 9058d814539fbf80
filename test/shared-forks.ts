import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseSequencer, ForksPoolWorker, type PoolOptions, type TestSpecification } from "vitest/node";

type WorkerRequest = Parameters<ForksPoolWorker["send"]>[0];

/**
 * What a test file does to its process that another one could see: mocks and spies, the environment, the working folder, signals, workers that are
 * counted, what all modules share. Such a file has a process of its own, and so has one that starts programs, which it compares with its process.
 */
const DISTURBS =
  /\bvi\.(?!fn\b|waitFor\b|waitUntil\b)|\bprocess\.(?:env|chdir|on|once|exitCode|kill|memoryUsage|umask|std(?:out|err))\b|\benv\.[A-Z]|\bdelete env|\bassign\((?:process\.)?env|\b(?:register|remove)(?:Kernel|Backend|Gradient)\(|env\(\)\.set|worker_threads|child_process|\/built-cli"|async_hooks|getActiveResources|\/proc\/self|(?<!typeof )\bglobalThis\b|\brequire\.cache\b|defineProperty|\.prototype\b|\bgc\(/;

/** The same by names that are imported. */
const DISTURBS_BY_NAME = /\{[^}]*\b(?:chdir|on|once|exitCode|kill|memoryUsage|umask|std(?:out|err))\b[^}]*\} from "node:process"/;

/** Helpers here are made for files that share a process. */
const HERE = dirname(fileURLToPath(import.meta.url));

const known = new Map<string, boolean>();

/** Whether a test file needs a process that no other file has used, and that none uses after it: for what it does itself, or by its package's helpers. */
export function needsOwnProcess(file: string): boolean {
  const found = known.get(file) ?? disturbs(file, new Set());
  known.set(file, found);
  return found;
}

function disturbs(file: string, seen: Set<string>): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  return DISTURBS.test(text) || DISTURBS_BY_NAME.test(text) || helpersOf(file, text).some((helper) => disturbs(helper, seen));
}

/** What a test, or a helper, imports of its package's folder test/, and what else imports Vitest: sources do what they do in any process. */
function helpersOf(file: string, text: string): string[] {
  const imported = [...text.matchAll(/\b(?:from|import) ?\(?"(\.[^"]*)"/g)].map(([, path = ""]) => resolve(dirname(file), path));
  const files = imported.flatMap((path) => [path, `${path}.ts`].filter((name) => /\.m?ts$/.test(name) && existsSync(name)).slice(0, 1));
  return files.filter((name) => dirname(name) !== HERE && !name.endsWith(".test.ts") && isHelper(name));
}

const isHelper = (file: string) => /[\\/]test[\\/]/.test(file) || readFileSync(file, "utf8").includes(' from "vitest"');

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

/**
 * Projects whose files take minutes, or wait for Redis and Slurm: begun last, they would leave processors idle. The others follow in the order of their
 * letters.
 */
const LONG = ["studio", "demo", "notebooks", "scale", "train"];

/** Long projects first, and in each the files with a process of their own before those that share one, which ends where another kind of file comes. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files); // by project, and in it those that failed or took long the last time first
    const projects = [...LONG, ...sorted.map(({ project }) => project.name)]; // whose first place counts
    const place = ({ project, moduleId }: TestSpecification) => 2 * projects.indexOf(project.name) + (needsOwnProcess(moduleId) ? 0 : 1);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
