// What the gate of documentation says of code, for its tests.
import { appendFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/scratch-folder.ts";
import { docsCoverage } from "../docs-coverage.mjs";
import { repository } from "./workspace.mjs";

/** What is missing of more names of the package that lacks nothing, but for where they are from. */
export const missingOf = (code, files) => gapsOf(code, { files }).filter((gap) => !gap.endsWith(": no @see that says where it is from"));

/** What is missing of more names of that package, with a list of those without a source. */
export function gapsOf(code, { files = {}, withoutSource = [] } = {}) {
  const root = join(scratchFolder(), "workspace");
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  const sources = join(root, "packages/complete/src");
  appendFileSync(join(sources, "index.ts"), code);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(sources, name), text);
  const { gaps } = docsCoverage(root, withoutSource);
  return gaps.filter((gap) => !gap.startsWith("packages/gaps")).map((gap) => gap.replace(/^\S+ /, ""));
}
