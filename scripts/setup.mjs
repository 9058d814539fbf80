// Installs what package-lock.json names, once: a second run with nothing changed costs no time.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, statSync } from "node:fs";
import { tooOld } from "./lib/node-floor.mjs";

const old = tooOld(process.version);
if (old) {
  console.error(old);
  process.exit(1);
}
const { readArguments } = await import("./lib/arguments.mjs"); // not above: what it imports, versions of Node lack that are refused
readArguments("");
if (lstatSync("node_modules", { throwIfNoEntry: false })?.isSymbolicLink()) {
  console.error(
    "node_modules is a link: npm ci would empty the folder that it leads to, and the packages in it are those of another folder.\nRemove the link (not the folder), and run the command again: it installs what is needed here.",
  );
  process.exit(1);
}
const marker = "node_modules/.package-lock.json";
if (!existsSync(marker) || statSync(marker).mtimeMs < statSync("package-lock.json").mtimeMs) {
  console.log("Installing dependencies (npm ci) ..."); // with what builds and tests, also where NODE_ENV says production
  const { status } = spawnSync("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier"], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}
