// The codes of our errors, as packages/internal/src/error.ts has them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./workspace.mjs";

export function errorCodes() {
  const source = readFileSync(join(repository, "packages/internal/src/error.ts"), "utf8");
  const [, union] = /export type RsdixErrorCode =([^;]+);/.exec(source);
  return [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
}
