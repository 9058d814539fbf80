// Makes the package of one platform out of its build: `node scripts/platform-package.mjs [--target=<platform>-<arch>] [--glibc=2.28]` ->
// npm/<platform>-<arch>, to be packed or published with npm. Users get it as an optional dependency of @rsdix/backend-native. With --glibc it
// fails when the binary needs a newer C library than that.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, HERE } from "./build.mjs";
import { isStarted, readOptions } from "./command.mjs";
import { BuildProblem, report } from "./problem.mjs";
import { packageName, TARGETS } from "./targets.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The manifest of a platform's package, which holds `files`; its version is that of the package it belongs to. */
export function platformManifest(parent, target, files) {
  const { name, version, license, homepage, bugs, repository, engines } = parent;
  return {
    name: packageName(target),
    version,
    description: `The binary of ${name} for ${target}: kernels and OpenBLAS`,
    license: `${license} AND BSD-3-Clause-Attribution AND GPL-3.0-with-GCC-exception`,
    homepage,
    bugs,
    repository,
    main: "rsdix.node",
    files,
    engines,
    ...TARGETS[target].npm,
  };
}

/** Builds and packs for `target`; fails when the package is larger than it may be. */
async function makePackage(target, glibc) {
  if (!TARGETS[target]) throw new BuildProblem(`There is no package for ${target}, only for ${Object.keys(TARGETS).join(", ")}.`);
  const { addon, licence } = await build({ target });
  if (!licence)
    throw new BuildProblem("RSDIX_OPENBLAS has no licence (*.dist-info/licenses/LICENSE.txt), without which nothing may be published.");
  if (glibc) checkGlibc(addon, glibc);
  const folder = folderOf(target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(dirname(addon)).filter((file) => /^rsdix\.node$|scipy_openblas\.(so|dylib|dll)$/.test(file))) {
    copyFileSync(join(dirname(addon), file), join(folder, file));
  }
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  copyFileSync(licence, join(folder, "LICENSE-OPENBLAS.txt"));
  writeFileSync(join(folder, "README.md"), readme(target));
  const parent = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(platformManifest(parent, target, readdirSync(folder)), undefined, 2)}\n`);
  const bytes = unpackedSize(folder);
  const { limit } = TARGETS[target];
  const size = `${(bytes / 1e6).toFixed(2)} MB unpacked, of ${limit / 1e6} MB that it may take`;
  if (bytes > limit) throw new BuildProblem(`${packageName(target)}: ${size}.`);
  return `${folder}: ${size}`;
}

/** The versions of glibc that a library's symbols are from, the newest last. */
export function glibcVersions(symbols) {
  const versions = new Set([...symbols.matchAll(/GLIBC_(\d+\.\d+)/g)].map(([, version]) => version));
  return [...versions].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

function checkGlibc(addon, allowed) {
  const [newest] = glibcVersions(execFileSync("objdump", ["-T", addon], { encoding: "utf8" })).slice(-1);
  if (newest.localeCompare(allowed, "en", { numeric: true }) > 0) {
    throw new BuildProblem(`${addon} needs glibc ${newest}, more than ${allowed}: build it on an older system, such as manylinux_2_28.`);
  }
}

function folderOf(target) {
  return join(root, "npm", target);
}

function unpackedSize(folder) {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

function readme(target) {
  return `# ${packageName(target)}

The binary that [\`@rsdix/backend-native\`](https://www.npmjs.com/package/@rsdix/backend-native) loads on ${target}: its kernels (\`rsdix.node\`, Apache-2.0) and OpenBLAS as NumPy
builds it, with parts of LAPACK and of GCC's runtime library (\`LICENSE-OPENBLAS.txt\`: BSD, and GPL with the GCC runtime library exception). Install that package, not this one.
`;
}

if (isStarted(import.meta)) {
  const options = { target: { type: "string", default: HERE }, glibc: { type: "string" } };
  const { target, glibc } = readOptions("[--target SYSTEM-PROCESSOR] [--glibc VERSION]", options);
  await report(async () => console.log(await makePackage(target, glibc)));
}
