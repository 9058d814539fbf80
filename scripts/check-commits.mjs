// The form that CONTRIBUTING.md asks of commits, of all since it is asked of each: what the hook sees is what was committed where it is installed.
// Exit code 2 where the history isn't here, as in a shallow clone.
import { spawnSync } from "node:child_process";
import { messageProblems, sizeOf } from "./commit-message.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

/** The last commit before them. */
const BEFORE = "27099dea2c45b18ded87fb29049e5b178674bbbc";
const [COMMIT, FIELD] = ["\x01", "\x02"];

/** The commits after `before`, merges left out, and what is wrong with each one's message; undefined where that history isn't here. */
export function commitProblems(before, cwd = repository) {
  const git = (...args) => spawnSync("git", args, { cwd, encoding: "utf8", maxBuffer: 2 ** 30 });
  if (git("merge-base", "--is-ancestor", before, "HEAD").status !== 0) return undefined;
  const { stdout, stderr, status } = git("log", "--no-merges", "--numstat", `--format=${COMMIT}%h${FIELD}%B${FIELD}`, `${before}..HEAD`);
  if (status !== 0) throw new Error(`git log failed: ${stderr}`);
  const commits = stdout.split(COMMIT).slice(1);
  const problems = commits.flatMap((commit) => {
    const [hash, message, numstat] = commit.split(FIELD);
    return messageProblems(message, sizeOf(numstat)).map((problem) => `${hash} ${message.split("\n", 1)[0]}: ${problem}`);
  });
  return { count: commits.length, problems };
}

if (isMain(import.meta)) {
  readArguments("");
  const found = commitProblems(BEFORE);
  if (found === undefined) {
    console.log(`The history since ${BEFORE.slice(0, 8)} isn't in this clone: git fetch --unshallow brings it.`);
    process.exit(2);
  }
  for (const problem of found.problems) console.error(problem);
  console.log(`${found.count} commits`);
  process.exit(found.problems.length > 0 ? 1 : 0);
}
