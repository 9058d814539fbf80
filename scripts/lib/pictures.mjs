import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./workspace.mjs";

/** Where tests of pages leave pictures of them: `artefacts/` of an example, which Git ignores and CI keeps. */
export function pictures(root = repository) {
  return readdirSync(join(root, "examples"))
    .map((name) => `examples/${name}/artefacts`)
    .map((folder) => ({ folder, count: picturesIn(join(root, folder)) }))
    .filter(({ count }) => count > 0);
}

function picturesIn(folder) {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".png")).length;
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return 0;
    throw error;
  }
}
