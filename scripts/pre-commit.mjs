// What a commit should not break and a few seconds can tell: formatting and lint of what is staged, paths of a machine, long sources, manifests.
// `git config core.hooksPath .githooks` lets git run it. `npm test` has everything else.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

/** Each check: its name, and the command that ends with 0 where all is well. */
const CHECKS = [
  [
    "lint and formatting of what is staged (npm run format mends most)",
    join(repository, "node_modules/@biomejs/biome/bin/biome"),
    ...["check", "--staged", "--error-on-warnings", "--no-errors-on-unmatched", "--colors=off"],
  ],
  ["no paths of a machine", join(repository, "scripts/check-sources.mjs"), "paths"],
  ["length of sources", join(repository, "scripts/check-sources.mjs"), "lengths"],
  ["manifests", join(repository, "scripts/check-manifests.mjs")],
];

function run(cwd, [name, script, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("close", (code) => resolve(code === 0 ? [] : [`${name}\n${output.trimEnd()}`]));
  });
}

/** The checks that fail in a working copy, each with what it said. */
export async function preCommitProblems(cwd = repository, checks = CHECKS) {
  return (await Promise.all(checks.map((check) => run(cwd, check)))).flat();
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
