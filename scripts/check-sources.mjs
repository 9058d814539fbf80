// What holds for every file of the repository: no path of somebody's machine, and sources that are read in one sitting.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, isMain, publicPackages, repository, shown, trackedFiles } from "./lib/workspace.mjs";

const MAX_LINES = 300;
const HOMES = ["home", "work", "root", "Users"];
/** A path that starts at one of the homes: after a space, a quote, a bracket or `=`, not inside a URL or a longer path. */
const MACHINE_PATH = new RegExp(`(?:^|[\\s"'\`(\\[{<=:,])(/(?:${HOMES.join("|")})/[\\w.-]+)`, "m");

/** The first path of a machine in a text, if there is one. */
export function machinePath(text) {
  return MACHINE_PATH.exec(text)?.[1];
}

/** Tracked text files, outside fixtures, that name a path of a machine. */
export function checkPaths(root = repository) {
  return trackedFiles(root)
    .filter((path) => !path.split("/").includes("fixtures"))
    .flatMap((path) => {
      const content = readFileSync(join(root, path));
      const found = content.includes(0) ? undefined : machinePath(content.toString("utf8"));
      return found ? [`${path}: names ${found}, a path of one machine`] : [];
    });
}

/** Sources of packages that are too long. */
export function checkLengths(root = repository, limit = MAX_LINES) {
  return [...publicPackages(root).map(({ dir }) => dir), join(root, "packages/internal")]
    .flatMap((dir) => filesBelow(join(dir, "src"), ".ts")) // not data that lies among them, such as a packed WordNet
    .map((file) => ({ file, lines: readFileSync(file, "utf8").replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > limit)
    .map(({ file, lines }) => `${shown(file, root)}: ${lines} lines, at most ${limit}: split it by concept`);
}

if (isMain(import.meta)) {
  const problems = process.argv[2] === "lengths" ? checkLengths() : checkPaths();
  for (const problem of problems) console.log(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
