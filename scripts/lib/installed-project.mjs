// A project as a stranger makes it: the packed packages installed by npm in an empty folder, and what its programs, pages and types say.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./pack.mjs";
import { repository } from "./workspace.mjs";

/** The peers that an application brings, at the versions that the repository tests with. */
const PEERS = [
  ...["@tensorflow/tfjs", "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-backend-wasm"],
  ...["sharp", "@types/node"],
];

/** True where npm failed for want of a network, of which no package is to blame. */
export function isOffline(stderr) {
  return /\bcode (?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(stderr);
}

/** Installs the tarballs, and the peers that are not optional, into a new project. Throws with what npm says. */
export function installProject(folder, packed) {
  mkdirSync(folder, { recursive: true });
  const version = (name) => JSON.parse(readFileSync(join(repository, "node_modules", name, "package.json"), "utf8")).version;
  const dependencies = Object.fromEntries([
    ...PEERS.map((name) => [name, version(name)]),
    ...packed.map(({ name, tarball }) => [name, `file:${tarball}`]),
  ]);
  write(folder, "package.json", JSON.stringify({ name: "stranger", private: true, type: "module", dependencies }));
  const { status, stdout, stderr } = npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  if (status !== 0 && isOffline(stderr)) throw Object.assign(new Error("npm reaches no registry"), { code: "OFFLINE" });
  if (status !== 0 || stderr !== "") throw new Error(`npm install failed or was not silent:\n${stderr}${stdout}`);
}

/** What may be imported: `@rsdix/image/node` and the like, each with what its manifest offers. */
export function entriesOf({ name, manifest }) {
  return Object.entries(manifest.exports)
    .filter(([subpath]) => subpath !== "./package.json")
    .map(([subpath, target]) => ({ specifier: `${name}${subpath.slice(1)}`, forBrowsers: subpath !== "./node" && "default" in target }));
}

/** Runs a program in the project: it must end well, write nothing to stderr, and print `expected` last. */
export function programProblems(folder, file, code, expected, args = []) {
  write(folder, file, code);
  const run = spawnSync(process.execPath, [...args, file], { cwd: folder, encoding: "utf8", timeout: 120_000 });
  const well = run.status === 0 && run.stderr === "" && run.stdout.trim().split("\n").at(-1) === expected;
  return well
    ? []
    : [`${file} failed, was not silent, or did not print ${expected}:\n${run.stdout}${run.stderr}${run.error?.message ?? ""}`];
}

/** Writes one file of the project, with the folders it needs. */
export function write(folder, path, text) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}
