// What scripts write: to readers that may have gone, and to places that a user names.
import { accessSync, constants, lstatSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Ends the script, without a word, when nobody reads its output any more, as in `npm run bench | head`: what it does next, nobody would see. console.log
 * hides that from a script, which would go on.
 */
export function endWithoutReader() {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listeners("error").includes(endAtPipe)) continue;
    stream.on("error", endAtPipe);
  }
}

function endAtPipe(error) {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
}

/**
 * Why a file, or a folder, can't be written at a path: a link that leads nowhere, something of another kind, there or above it, or no permission;
 * undefined where it can. What is missing above it is made.
 */
export function placeProblem(path, wanted) {
  for (let at = path; ; at = dirname(at)) {
    const found = kindOf(at);
    if (found === "nothing") continue;
    if (found === "broken link") return `${at} is a link that leads nowhere. Remove it, or name another place.`;
    if (at === path && found !== wanted) return `${at} is a ${found}. Name a ${wanted}.`;
    if (at !== path && found === "file") return `${path} can't be made: ${at} is a file. Name another place.`;
    return (found === "folder" ? takesFolders(at) : isWritable(at))
      ? undefined
      : `${at} can't be written to. Change its permissions, or name another place.`;
  }
}

/** What is at a path: "nothing" also where a folder above it is none, or can't be looked into. */
function kindOf(path) {
  const link = lookedAt(lstatSync, path);
  if (!link) return "nothing";
  const found = link.isSymbolicLink() ? lookedAt(statSync, path) : link;
  return !found ? "broken link" : found.isDirectory() ? "folder" : "file";
}

function lookedAt(look, path) {
  try {
    return look(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes(error.code)) throw error;
    return undefined;
  }
}

/** Found by trying: below /proc a permission says that it can be done, and mkdirSync, told to make all folders of a path, never returns. */
function takesFolders(folder) {
  try {
    rmdirSync(mkdtempSync(join(folder, ".rsdix-")));
    return true;
  } catch {
    return false;
  }
}

function isWritable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
