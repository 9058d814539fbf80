// What the suites' setup.mjs have in common: programs that bring peers to their folder.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths, peersFolder } from "./peers.mjs";

/** Runs a program in the peers' folder, or another one, and shows what it says. */
export const run = (command, args, cwd = peersFolder) => execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });

/** Installs packages of Python, which all suites share. */
export function pip(...args) {
  if (!existsSync(paths.python)) run("python3", ["-m", "venv", "python"]);
  run(paths.python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...args]);
}

/** Installs packages of npm in a folder. Without scripts: onnxruntime-node's would fetch CUDA's libraries. */
export function npmInstall(folder, ...packages) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "package.json"))) writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages], folder);
}
