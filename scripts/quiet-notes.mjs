// A part of npm run release:version: all packages are released together, and changesets gives one without a note an empty section in its changelog. This
// says there that nothing changed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { isMain, publicPackages } from "./lib/workspace.mjs";

/** What a changelog says of a version of a package that has no note of its own. */
export const NO_CHANGES = "No changes of its own: released together with the other packages.";

/** A changelog whose newest version says so where it said nothing. */
export function withQuietNote(changelog) {
  return changelog.replace(/^(# .+\n\n## .+\n)\s*(?=## |$)/, `$1\n${NO_CHANGES}\n\n`).replace(/\n+$/, "\n");
}

/** Writes it into the changelogs of some packages. */
export function writeQuietNotes(packages) {
  for (const path of packages.map(({ dir }) => join(dir, "CHANGELOG.md")).filter(existsSync)) {
    const changelog = readFileSync(path, "utf8");
    const quiet = withQuietNote(changelog);
    if (quiet !== changelog) writeFileSync(path, quiet);
  }
}

if (isMain(import.meta)) {
  readArguments("");
  writeQuietNotes(publicPackages());
}
