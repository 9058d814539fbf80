// Builds one workspace to run it, with what it depends on (all without an argument), quietly: the log is shown only when the build
// fails. Type declarations are left out, since nothing that runs reads them; `npm run build`, or --types, makes them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { notOneOf, readArguments } from "./lib/arguments.mjs";
import { repository } from "./lib/workspace.mjs";

/** The names of all workspaces. */
function workspaces() {
  const folders = ["packages", "examples"].flatMap((part) =>
    readdirSync(join(repository, part)).map((name) => join(repository, part, name)),
  );
  const manifests = folders.map((folder) => join(folder, "package.json")).filter((file) => existsSync(file));
  return manifests.map((file) => JSON.parse(readFileSync(file, "utf8")).name);
}

const check = (_, [name]) => notOneOf("The workspace", name, [...workspaces(), "./packages/*"]);
const takes = { most: 1, check, options: { types: { type: "boolean", default: false } } };
const { options, args } = readArguments("[WORKSPACE, such as @rsdix/demo] [--types]", takes);
const [only] = args;
const types = options.types ? {} : { RSDIX_TYPES: "none" };
const started = Date.now();
process.stdout.write(`Building ${only ?? "all packages"} ... `);
const build = spawnSync("npx", ["turbo", "run", "build", "--output-logs=errors-only", ...(only ? [`--filter=${only}`] : [])], {
  encoding: "utf8",
  shell: process.platform === "win32",
  env: { ...process.env, ...types, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
});
if (build.status !== 0) {
  console.error(`failed\n${build.stdout ?? ""}${build.stderr ?? ""}`);
  process.exit(build.status ?? 1);
}
console.log(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
