// What the gate of documentation says of code, for its tests.
import { appendFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docsCoverage } from "../docs-coverage.mjs";
import { temporaryFolder } from "./temporary-folder.mjs";
import { repository } from "./workspace.mjs";

/** What is missing of more names of the package that lacks nothing. */
export function missingOf(code, files = {}) {
  const root = join(temporaryFolder(), "workspace");
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  const sources = join(root, "packages/complete/src");
  appendFileSync(join(sources, "index.ts"), code);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(sources, name), text);
  const { gaps } = docsCoverage(root, {});
  return gaps.filter((gap) => gap.startsWith("packages/complete")).map((gap) => gap.replace(/^\S+ /, ""));
}
