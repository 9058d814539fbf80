// Packs every package as npm would publish it, and the native backend's binary of this platform: `node scripts/pack.mjs <folder>`. What lies in the
// folder then installs together, with no registry that has these packages: `npm install <folder>/*.tgz`. The Containerfile makes its image of it.
// --without-native leaves the binary out, which needs a C++ compiler and pip; --json tells what is packed, and its files, as JSON.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { placeProblem } from "./lib/output.mjs";
import { packInto, promiseProblems } from "./lib/pack.mjs";
import { publicPackages, repository } from "./lib/workspace.mjs";

const check = (_, [folder]) => (folder ? placeProblem(resolve(folder), "folder") : "Say which folder the packages go to.");
const { options, args } = readArguments("FOLDER [--without-native] [--json]", {
  options: { "without-native": { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  most: 1,
  check,
});
const [folder] = args;
const to = resolve(folder);
mkdirSync(to, { recursive: true });

run("scripts/build.mjs", "./packages/*", "--types");
const packages = publicPackages();
if (!options["without-native"]) {
  run("packages/backend-native/scripts/platform-package.mjs");
  packages.push({ folder: `backend-native/npm/${process.platform}-${process.arch}` });
}
const packed = packInto(to, packages);
if (options.json) console.log(JSON.stringify(packed));
else for (const { name, version, tarball } of packed) console.log(`${name} ${version}: ${tarball}`);
const manifests = publicPackages().map(({ manifest }) => manifest);
const problems = packed.flatMap((one) => {
  const manifest = manifests.find(({ name }) => name === one.name);
  return manifest ? promiseProblems(one, manifest) : [];
});
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

function run(...args) {
  const toStderr = options.json ? 2 : "inherit"; // what builds may print isn't JSON
  const { status } = spawnSync(process.execPath, args, { cwd: repository, stdio: ["inherit", toStderr, "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}
