// Packs every package as npm would publish it, and the native backend's binary of this platform: `node scripts/pack.mjs <folder>`. What lies in the
// folder then installs together, with no registry that has these packages: `npm install <folder>/*.tgz`. The Containerfile makes its image of it.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { publicPackages, repository } from "./lib/workspace.mjs";

const folder = process.argv[2];
if (!folder) {
  console.error("Say which folder the packages go to: node scripts/pack.mjs <folder>");
  process.exit(2);
}
const to = resolve(folder);
mkdirSync(to, { recursive: true });

run("node", "scripts/build.mjs", "./packages/*");
run("node", "packages/backend-native/scripts/platform-package.mjs");
const binary = join("packages/backend-native/npm", `${process.platform}-${process.arch}`);
for (const dir of [...publicPackages().map((each) => each.dir), join(repository, binary)])
  run("npm", "pack", dir, "--pack-destination", to, "--loglevel=error");

function run(program, ...args) {
  const { status } = spawnSync(program, args, { cwd: repository, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}
