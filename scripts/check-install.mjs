// What a stranger gets: every package is packed as npm would publish it, all are installed in an empty project elsewhere, and used there from Node
// (ES modules and CommonJS), TypeScript and a page of Vite's. Packages must have been built. `node scripts/check-install.mjs`
// --native: builds the native backend there, too, as README says, and multiplies by it; needs a C++ compiler and pip.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { buildPage, openPage } from "./lib/installed-page.mjs";
import { entriesOf, installProject, programProblems } from "./lib/installed-project.mjs";
import { SETUPS, typeProblems } from "./lib/installed-types.mjs";
import { packedProblems } from "./lib/pack.mjs";
import { scratchFolder } from "./lib/scratch-folder.mjs";
import { findChromium, NO_CHROMIUM } from "./lib/webgpu.mjs";
import { isMain, publicPackages, repository } from "./lib/workspace.mjs";

/** A loss, and metrics that read both of the packages' data files: the same lines in Node and in a page. */
const USE = `
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "@rsdix/backend";
import { infoNCE } from "@rsdix/core-losses";
import { meteor, spice } from "@rsdix/metrics";
await startBackend("cpu");
const pairs = tf.tensor2d([[1, 0], [0, 1]]);
const [loss] = await infoNCE(pairs, pairs, { logitScale: 0 }).data();
const candidates = ["two big planes are parked near a terminal ."];
const references = [["several large airplanes are parked near the terminal ."]];
const scores = [(await meteor(candidates, references)).meteor, (await spice(candidates, references)).spice];
const well = loss > 0.31 && loss < 0.32 && scores.every((score) => score > 0.2 && score < 1);
`;

/** In Node, after that: images are decoded, and wasm starts. */
const USE_IN_NODE = `
import { decodeImage, encodePng } from "@rsdix/image/node";
const image = await decodeImage(await encodePng({ width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) }));
await startBackend("wasm");
const onWasm = tf.tidy(() => tf.sum(tf.tensor1d(image.data)).dataSync()[0]);
console.log(well && onWasm === 510 ? "well" : [loss, scores, onWasm].join());
`;

/** Each command starts by the name that npm linked. */
function commandProblems(folder, { manifest }) {
  return Object.keys(manifest.bin ?? {}).flatMap((name) => {
    const run = spawnSync(join(folder, "node_modules/.bin", name), ["--help"], {
      cwd: folder,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    return run.status === 0 && run.stderr === ""
      ? []
      : [`${name} --help failed or was not silent:\n${run.stdout ?? ""}${run.stderr ?? ""}`];
  });
}

/** CommonJS: `import()` and `require`, which Node 22.12 calls experimental on stderr. */
function commonJsProblems(folder, entries) {
  const names = JSON.stringify(entries.map(({ specifier }) => specifier));
  const code = `const check = async () => {
  for (const name of ${names})
    for (const found of [await import(name), require(name)]) if (Object.keys(found).length === 0) throw new Error(name);
  console.log("well");
};
check();
`;
  const options = /^v22\.12\./.test(process.version) ? ["--disable-warning=ExperimentalWarning"] : [];
  return programProblems(folder, "commonjs.cjs", code, "well", options);
}

/** The native backend is built by the command that README names, and computes. */
function nativeProblems(folder) {
  const run = spawnSync(join(folder, "node_modules/.bin/rsdix-backend-native"), ["build"], { cwd: folder, encoding: "utf8" });
  if (run.status !== 0) return [`rsdix-backend-native build failed:\n${run.stdout}${run.stderr}`];
  const multiply = readFileSync(new URL("./lib/multiply.mjs", import.meta.url), "utf8");
  return programProblems(folder, "native.mjs", multiply, "well");
}

/** The tarballs that are installed, with their files, are those of the command that README names; what it packs is built. */
function packAsReadmeSays(folder) {
  const script = join(repository, "scripts/pack.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder, "--without-native", "--json"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`node scripts/pack.mjs FOLDER --without-native failed:\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** Every problem of the packed packages, and notes of what was looked at. */
async function checkInstall(folder, { native, packages = publicPackages(), chromium = findChromium() }) {
  const packed = packAsReadmeSays(join(folder, "packed"));
  const dirOf = (name) => packages.find((found) => found.name === name).dir;
  const problems = packed.flatMap((one) => packedProblems(one, dirOf(one.name)));
  const project = join(folder, "project");
  installProject(project, packed);
  const entries = packages.flatMap(entriesOf);
  const imports = (some) => some.map(({ specifier }, i) => `import * as entry${i} from "${specifier}";`).join("\n");
  const count = (some) => `[${some.map((_, i) => `entry${i}`)}].every((entry) => Object.keys(entry).length > 0)`;
  const forPages = entries.filter(({ forBrowsers }) => forBrowsers);
  problems.push(
    ...programProblems(project, "modules.mjs", `${imports(entries)}\nconsole.log(${count(entries)} ? "well" : "empty");\n`, "well"),
    ...programProblems(project, "use.mjs", USE + USE_IN_NODE, "well"),
    ...commonJsProblems(project, entries),
    ...packages.flatMap((found) => commandProblems(project, found)),
    ...SETUPS.flatMap((setup) => typeProblems(project, entries, setup)),
    ...(native ? nativeProblems(project) : []),
  );
  const page = `${imports(forPages)}\n${USE}document.title = well && ${count(forPages)} ? "well" : [loss, scores].join();\n`;
  const built = await buildPage(project, page);
  problems.push(...built, ...(built.length === 0 && chromium ? await openPage(project, chromium, "well") : []));
  const size = packed.reduce((sum, one) => sum + one.size, 0);
  const browser = chromium ? "opened in a browser" : `not opened: ${NO_CHROMIUM}`;
  const note = `${packed.length} packages of ${(size / 1e6).toFixed(1)} MB, ${entries.length} entries, ${SETUPS.length} setups of TypeScript, a page ${browser}${native ? ", the native backend built" : ""}`;
  return { problems, note };
}

if (isMain(import.meta)) {
  const { options } = readArguments("[--native]", { options: { native: { type: "boolean", default: false } } });
  const folder = scratchFolder("rsdix-install-");
  try {
    const { problems, note } = await checkInstall(folder, options);
    for (const problem of problems) console.log(problem);
    console.log(note);
    process.exitCode = problems.length > 0 ? 1 : 0;
  } catch (error) {
    if (error.code !== "OFFLINE") throw error;
    console.log("npm reaches no registry, so nothing can be installed");
    process.exitCode = 2;
  }
}
