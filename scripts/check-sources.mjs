// What holds for every file of the repository: no path of somebody's machine, sources that are read in one sitting, and no twins in tests.
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { notOneOf, readArguments } from "./lib/arguments.mjs";
import { isMain, repository, trackedFiles } from "./lib/workspace.mjs";

const MAX_LINES = 300;
/** Of a comment in a line of its own; code is formatted to fewer. */
const MAX_COMMENT = 160;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
const SOURCES = /\.([mc]?[jt]s|css|c|cc|cpp|h|hpp|py|java|sh|ya?ml|md|html|txt)$/;
/** What may have more lines, and why. */
const MAY_BE_LONGER = [
  [/^docs\/benchmarks\.md$/, "a row for each result, made by npm run bench"],
  [/(^|\/)CHANGELOG\.md$/, "made of the notes of every release"],
  [/^examples\/notebooks\/notebooks\/.*\.html$/, "a notebook: a text to read from top to bottom, and its cells"],
  [/^golden\/.*\.txt$/, "data: a caption a line"],
];
const TESTS = /\.test\.m?[jt]s$|(^|\/)test\/.*\.ts$/;
/** What tests have in one place, which place that is, and which files have their own all the same, and why. */
export const TWINS = [
  {
    what: /\bmkdtemp(Sync)?\(/,
    instead: "scratchFolder of test/scratch-folder.ts",
    but: {
      "packages/train/test/doc-runs.test.ts": "below node_modules, where imports of what is written there are found",
      "scripts/bench-start.test.mjs": "in the text of a program",
      "scripts/shared-forks.test.mjs": "it tests what removes a scratch folder",
      "test/scratch-folder.ts": "it makes them",
    },
  },
  {
    what: /\bobjectContaining\(\{\s*(name: "RsdixError",\s*)?code\b/,
    instead: "refusal of test/refusal.ts",
    but: { "test/refusal.ts": "it makes them" },
  },
];
const HOMES = ["home", "work", "root", "Users"];
/** A path that starts at one of the homes: after a space, a quote, a bracket or `=`, not inside a URL or a longer path. */
const MACHINE_PATH = new RegExp(`(?:^|[\\s"'\`(\\[{<=:,])(/(?:${HOMES.join("|")})/[\\w.-]+)`, "m");

/** The first path of a machine in a text, if there is one. */
export function machinePath(text) {
  return MACHINE_PATH.exec(text)?.[1];
}

/** What a tracked path holds: a file's bytes; of a link, which may lead to a folder or nowhere, where it leads; undefined of a submodule. */
function contentOf(root, path) {
  const file = join(root, path);
  const found = lstatSync(file);
  if (found.isSymbolicLink()) return Buffer.from(readlinkSync(file));
  return found.isFile() ? readFileSync(file) : undefined;
}

/** Text files, outside fixtures, that name a path of a machine. */
export function checkPaths(root = repository, files = trackedFiles(root)) {
  return files
    .filter((path) => !path.split("/").includes("fixtures"))
    .flatMap((path) => {
      const content = contentOf(root, path);
      const found = !content || content.includes(0) ? undefined : machinePath(content.toString("utf8"));
      return found ? [`${path}: names ${found}, a path of one machine`] : [];
    });
}

/** Sources, tests, scripts, style sheets and pages that are too long; fixtures, which are data, aren't looked at. */
export function checkLengths(root = repository, limit = MAX_LINES, files = trackedFiles(root)) {
  return files
    .filter((path) => SOURCES.test(path) && !path.split("/").includes("fixtures") && !MAY_BE_LONGER.some(([which]) => which.test(path)))
    .map((path) => ({ path, lines: (contentOf(root, path) ?? "").toString("utf8").replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${limit}: split it by concept`);
}

/** Comments of TypeScript, JavaScript and C++ that no editor shows in a line; but for what can't be broken, as an address. */
export function checkComments(root = repository, files = trackedFiles(root)) {
  const isLong = (line) => line.length > MAX_COMMENT && COMMENT.test(line) && line.lastIndexOf(" ", MAX_COMMENT) > line.length / 3;
  return files
    .filter((path) => /\.([mc]?[jt]s|cc|cpp|h|c)$/.test(path) && !path.split("/").includes("fixtures"))
    .flatMap((path) => {
      const lines = (contentOf(root, path) ?? "").toString("utf8").split("\n");
      const long = lines.flatMap((line, i) => (isLong(line) ? [i + 1] : []));
      return long.map((line) => `${path}:${line}: a comment of more than ${MAX_COMMENT} characters: break the line`);
    });
}

/** Tests that write themselves what there is in one place; `twins` says what. */
export function checkTwins(root = repository, files = trackedFiles(root), twins = TWINS) {
  return files
    .filter((path) => TESTS.test(path) && !path.split("/").includes("fixtures"))
    .flatMap((path) => {
      const text = (contentOf(root, path) ?? "").toString("utf8");
      const found = twins.filter(({ what, but }) => !Object.hasOwn(but, path) && what.test(text));
      return found.map(({ what, instead }) => `${path}:${text.slice(0, text.search(what)).split("\n").length}: take ${instead}`);
    });
}

if (isMain(import.meta)) {
  const check = (_, [what = ""]) => notOneOf("The check", what, ["lengths", "paths"]);
  const [what] = readArguments("lengths | paths", { most: 1, check }).args;
  const problems = what === "lengths" ? [...checkLengths(), ...checkComments(), ...checkTwins()] : checkPaths();
  for (const problem of problems) console.log(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
