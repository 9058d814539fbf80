import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { errorCodes } from "./lib/error-codes.mjs";
import { filesBelow, publicPackages, repository } from "./lib/workspace.mjs";

const ERROR_CODES = errorCodes();

it("docs/errors.md has a row for every code that an error can have, and for no other", () => {
  const page = readFileSync(join(repository, "docs/errors.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, code]) => code);
  expect(ERROR_CODES.length).toBeGreaterThan(15);
  expect(rows.toSorted()).toEqual(ERROR_CODES.toSorted());
});

it("every code is one that some source throws", () => {
  const sources = publicPackages().flatMap(({ dir }) => filesBelow(join(dir, "src"), ".ts"));
  const texts = sources.filter((file) => !file.endsWith(".test.ts")).map((file) => readFileSync(file, "utf8"));
  const code = [...texts, readFileSync(join(repository, "packages/internal/src/checks.ts"), "utf8")].join("\n");
  expect(ERROR_CODES.filter((each) => !code.includes(`"${each}"`))).toEqual([]);
});

it("every package exports the type of its errors' codes", () => {
  for (const { dir, name } of publicPackages())
    expect(readFileSync(join(dir, "src/index.ts"), "utf8"), name).toContain('export type { RsdixErrorCode } from "@rsdix/internal";');
});
