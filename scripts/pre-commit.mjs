// What a commit should not break and a few seconds can tell: formatting and lint, paths of a machine, long sources, twins of tests, manifests; of what is
// staged, as it is staged: what else lies in the working copy isn't looked at. `git config core.hooksPath .githooks` lets git run it. `npm test` has
// everything else.
import { spawn, spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { checkManifests } from "./check-manifests.mjs";
import { checkComments, checkLengths, checkPaths, checkTwins } from "./check-sources.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

/** Each check: its name, and what it finds in a copy of what is staged, `{ root, files }`. */
const CHECKS = [
  ["lint and formatting (npm run format mends most)", lintProblems],
  ["no paths of a machine", ({ root, files }) => checkPaths(root, files)],
  [
    "length of sources and comments, twins of tests",
    ({ root, files }) => [...checkLengths(root, undefined, files), ...checkComments(root, files), ...checkTwins(root, files)],
  ],
  ["manifests", ({ root, files }) => (files.some(isOfPackages) ? checkManifests(root) : [])],
];

const BIOME = join(repository, "node_modules/@biomejs/biome/bin/biome");
const isOfPackages = (path) => /^packages\/.*\.(json|ts|mjs)$/.test(path);

function lintProblems({ root, files }) {
  const texts = files.filter((path) => lstatSync(join(root, path)).isFile()); // a link's text is elsewhere, and a submodule is another repository
  if (texts.length === 0) return [];
  const settings = ["--error-on-warnings", "--no-errors-on-unmatched", "--vcs-enabled=false", "--colors=off"];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIOME, "check", ...settings, ...texts], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? [] : [output.trimEnd()]));
  });
}

function git(cwd, args, input = "") {
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${error?.message ?? stderr}`);
  return stdout.split("\0").filter(Boolean);
}

/** Writes what is staged to a folder, with the settings and manifests that tell about it; `files` are those that the commit adds or changes. */
function copyStaged(cwd, root) {
  const files = git(cwd, ["diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z"]);
  const settings = git(cwd, ["ls-files", "-z", "--", "biome.json"]);
  const sources = files.some(isOfPackages) ? git(cwd, ["ls-files", "-z", "--", "packages"]).filter(isOfPackages) : [];
  const wanted = [...new Set([...files, ...settings, ...sources])];
  git(cwd, ["checkout-index", "-z", "--stdin", `--prefix=${root}${sep}`], wanted.map((path) => `${path}\0`).join(""));
  return { root, files };
}

/** The checks that fail for what is staged in a repository, each with what it said. */
export async function preCommitProblems(cwd = repository, checks = CHECKS) {
  const root = mkdtempSync(join(tmpdir(), "rsdix-staged-"));
  try {
    const copy = copyStaged(cwd, root);
    if (copy.files.length === 0) return [];
    const found = await Promise.all(checks.map(async ([name, check]) => ({ name, problems: await check(copy) })));
    return found.filter(({ problems }) => problems.length > 0).map(({ name, problems }) => `${name}\n${problems.join("\n")}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (isMain(import.meta)) {
  readArguments("");
  const started = performance.now();
  const problems = await preCommitProblems();
  for (const problem of problems) console.error(`before a commit: ${problem}\n`);
  if (problems.length > 0) console.error("git commit --no-verify commits all the same.");
  else console.log(`checked before the commit in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  process.exit(problems.length > 0 ? 1 : 0);
}
