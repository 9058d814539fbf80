// The one command before a change is merged: every gate and every test, each reported, none of them hidden.
// The last line is `N passed, N failed`; a gate counts as one test beside vitest's.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { gitProblem } from "./lib/git-problem.mjs";
import { inLanes } from "./lib/lanes.mjs";
import { pictures } from "./lib/pictures.mjs";
import { scratchFolder } from "./lib/scratch-folder.mjs";
import { countTests, lintIsSilent, skippedTests } from "./lib/test-counts.mjs";
import { findChromium, NO_CHROMIUM } from "./lib/webgpu.mjs";
import { publicPackages, repository } from "./lib/workspace.mjs";

const { options } = readArguments("[--without-demo]", { options: { "without-demo": { type: "boolean", default: false } } });
const problem = gitProblem(repository);
if (problem) {
  console.error(`npm test asks git which files are the repository's${problem}`);
  process.exit(1);
}
const total = { passed: 0, failed: 0, skipped: 0 };
const running = new Set();
process.once("exit", () => {
  for (const child of running) child.kill(); // where nobody reads the output any more
});

/** Runs a program of node_modules/.bin, or a script with Node; the output is kept, and shown as it comes when `live`. */
function run(command, args, { live = false } = {}) {
  const program = command.endsWith(".mjs") ? process.execPath : join(repository, "node_modules/.bin", command);
  const argv = command.endsWith(".mjs") ? [join(repository, "scripts", command), ...args] : args;
  return new Promise((resolve) => {
    const child = spawn(program, argv, {
      cwd: repository,
      shell: process.platform === "win32",
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", CI: "1" },
    });
    running.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on("close", (code) => {
      running.delete(child);
      resolve({ ok: code === 0, missing: code === 2, output });
    });
  });
}

const seconds = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

/** One gate, one line, with what it measured as a note; its whole output when it fails. */
async function gate(name, check, started = performance.now()) {
  const { ok, output, note } = await check();
  total[ok ? "passed" : "failed"]++;
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${seconds(started)})${note ? `: ${note}` : ""}`);
  if (!ok) console.log(output.trimEnd().replace(/^/gm, "       "));
  return ok;
}

/** A gate for what not every machine can do: without a compiler, pip or a browser it says so, and counts as neither passed nor failed. */
async function optionalGate(name, instead, command, args, noteOf = () => undefined) {
  const started = performance.now();
  const result = await run(command, args);
  if (!result.missing) return gate(name, () => ({ ...result, note: noteOf(result.output) }), started);
  console.log(`left out: ${name}: ${instead}: ${lastLine(result.output)}`);
  return false;
}

async function lint() {
  const { ok, output } = await run("biome", ["ci", ".", "--error-on-warnings", "--max-diagnostics=200", "--colors=off"]);
  return { ok: ok && lintIsSilent(output), output };
}

function build(...options) {
  return run("turbo", ["run", "build", "--output-logs=errors-only", ...options]);
}

/** A package is checked only when it could be built: otherwise what lies in its dist is an older build. */
async function checkPackage(name, folder) {
  const built = await build(`--filter=${name}`);
  if (!built.ok) return { ok: false, output: `not checked, because it could not be built\n${built.output}` };
  const result = await run("check-package.mjs", [folder]);
  return { ...result, note: /^size: (.*)$/m.exec(result.output)?.[1] };
}

async function browserBundles() {
  const result = await run("check-browser.mjs", []);
  return { ...result, note: lastLine(result.output) };
}

async function unitTests() {
  const report = join(scratchFolder("rsdix-test-"), "report.json");
  const started = performance.now();
  console.log("       unit tests and documentation examples");
  const { ok } = await run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`], { live: true });
  const counts = countTests(report, ok);
  for (const key of Object.keys(total)) total[key] += counts[key];
  const problem = counts.problem ? `: ${counts.problem}` : "";
  for (const line of skippedTests(report, repository)) console.log(`       ${line}`);
  if (!findChromium()) console.log(`left out: the notebooks and the studio in a browser, which count as skipped: ${NO_CHROMIUM}`);
  console.log(`${counts.failed > 0 ? "FAILED" : "ok    "} unit tests (${seconds(started)})${problem}`);
}

const lastLine = (output) => output.trim().split("\n").at(-1);

/** One after another, as each asks for the build; then all of them together, as a stranger installs them. */
async function packages() {
  for (const { name, folder } of publicPackages()) await gate(`package ${name}`, () => checkPackage(name, folder));
  await optionalGate("packages installed in an empty project", "not tried", "check-install.mjs", [], lastLine);
}

/** A gate that is one program. */
const program = (name, command, ...args) => {
  return () => gate(name, () => run(command, args));
};

// Few gates keep two processors busy: as many as there are run at the same time, the longest first.
const lanes = Math.min(availableParallelism(), 4);

await gate("lint", lint); // alone: builds put files beside the sources, for a moment
let native = false;
await inLanes(lanes, [
  () => gate("build", () => build("--continue=dependencies-successful")),
  async () => {
    native = await optionalGate("native addon", "not built", "../packages/backend-native/scripts/build.mjs", []);
  },
  program("documentation examples extracted", "doc-examples.mjs"),
]);
await inLanes(lanes, [
  program("types", "tsc", "-p", "tsconfig.json"),
  () => gate("nothing of Node in browsers' bundles, by esbuild and Vite", browserBundles),
  program("types of documentation examples", "tsc", "-p", ".doc-examples/tsconfig.json"),
  program("nothing unused", "knip", "--no-progress"),
  program("documentation coverage", "docs-coverage.mjs"),
  program("documentation as a site", "docs-site.mjs"),
  program("manifests", "check-manifests.mjs"),
  program("the next release of all changesets, made in a copy", "release-dry.mjs"),
  program("no paths of a machine", "check-sources.mjs", "paths"),
  program("length of sources and comments, twins of tests", "check-sources.mjs", "lengths"),
  () => optionalGate("messages of commits", "not looked at", "check-commits.mjs", [], lastLine),
]);
await unitTests();
for (const { folder, count } of pictures()) console.log(`       ${count} pictures of pages in ${folder}`);

const demo = !options["without-demo"];
await inLanes(lanes, [
  () => optionalGate("losses and models on webgpu, webgl and wasm in a browser", "not run", "test-browser.mjs", ["--gate"]),
  ...(demo ? [program("the demo in full on wasm", "check-demo.mjs", "wasm")] : []),
  ...(demo && native ? [program("the demo in full on native", "check-demo.mjs", "native")] : []),
  () => optionalGate("losses on webgpu in Node", "not run", "test-webgpu.mjs", ["--gate"]),
  ...(native ? [() => optionalGate("native tests under AddressSanitizer", "not run", "test-sanitize.mjs", [])] : []),
  packages,
]);
if (!demo) console.log("left out: the demo in full (--without-demo)");

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed > 0 ? 1 : 0);
