// The form that CONTRIBUTING.md asks of a commit's message: `node scripts/commit-message.mjs FILE`, which .githooks/commit-msg runs.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { readArguments } from "./lib/arguments.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

const TYPES = ["feat", "fix", "perf", "refactor", "docs", "test", "bench", "build", "ci", "chore"];
/** One part of the tree, or several: `data`, `core-losses,train`, `data, image`, `docs/guides`. */
const SCOPE = String.raw`[\w.-]+(?:(?:, ?|/)[\w.-]+)*`;
const SUBJECT = new RegExp(String.raw`^(?:${TYPES.join("|")})(?:\(${SCOPE}\))?!?: \S`);
const LONGEST = 120;
/** Who signed or helped is no reason. */
const TRAILER = /^[A-Z][a-z]+(?:-[a-z]+)*-by: /;
/** A change above this says why it is made, below its subject. */
const EXPLAINED_ABOVE = { files: 3, lines: 40 };
/** What git, the repository's host and changesets write themselves, and what is folded into another commit. */
const MERGED = String.raw`(?:(?:remote-tracking )?branch(?:es)?|tags?|commits?) '|pull request #\d|[\da-f]{7,40} into |\w+://`;
const GIT_WROTE = new RegExp(
  String.raw`^(?:Merge (?:${MERGED})|(?:Revert|Reapply) ".*"$|Version Packages(?: \([\w-]+\))?$|(?:fixup|squash|amend)! )`,
);

/** What is wrong with a commit's message, one sentence each; `files` and `lines` are how much the commit changes. */
export function messageProblems(message, { files, lines }) {
  const [text] = message.split(/^# -+ >8 -+$/m); // below it is the diff that commit --verbose shows
  const [subject, ...rest] = text
    .replaceAll(/^#.*\n?/gm, "")
    .trim()
    .split("\n");
  if (GIT_WROTE.test(subject)) return [];
  const problems = [];
  if (!SUBJECT.test(subject)) problems.push(`the first line is "type(scope): what changes", of the types ${TYPES.join(", ")}`);
  if (subject.length > LONGEST) problems.push(`the first line has ${subject.length} characters, at most ${LONGEST}: the rest goes below`);
  if (rest.length > 0 && rest[0].trim() !== "") problems.push("an empty line follows the first");
  const isLarge = files > EXPLAINED_ABOVE.files || lines > EXPLAINED_ABOVE.lines;
  if (isLarge && rest.every((line) => line.trim() === "" || TRAILER.test(line)))
    problems.push(`it changes ${lines} lines in ${files} files: say below the first line why`);
  return problems;
}

/** How much is staged. */
export function stagedSize(cwd = repository) {
  const { stdout, stderr, status } = spawnSync("git", ["diff", "--cached", "--numstat"], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`git diff failed: ${stderr}`);
  return sizeOf(stdout);
}

/** How much a change is, of what `git --numstat` says of it: of each file lines added and taken away, a tab between them. */
export function sizeOf(numstat) {
  const rows = numstat.split("\n").filter(Boolean);
  const count = (text) => (text === "-" ? 0 : Number(text)); // "-" of what is no text
  const linesOf = (row) => {
    const [added, removed] = row.split("\t");
    return count(added) + count(removed);
  };
  return { files: rows.length, lines: rows.reduce((sum, row) => sum + linesOf(row), 0) };
}

if (isMain(import.meta)) {
  const check = (_, [file]) => {
    if (!file) return "Say which file the message is in.";
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? undefined : `There is no file "${file}".`;
  };
  const [file] = readArguments("FILE", { most: 1, check }).args;
  const problems = messageProblems(readFileSync(file, "utf8"), stagedSize());
  for (const problem of problems) console.error(`the commit's message: ${problem}`);
  process.exit(problems.length > 0 ? 1 : 0);
}
