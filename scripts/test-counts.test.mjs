import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "./lib/temporary-folder.mjs";
import { countTests, lintIsSilent } from "./lib/test-counts.mjs";

function count(report, exitedWell) {
  const file = join(temporaryFolder(), "report.json");
  writeFileSync(
    file,
    JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...report }),
  );
  return countTests(file, exitedWell);
}

it("counts passed, failed and skipped tests", () => {
  expect(count({ numPassedTests: 5, numPendingTests: 1, numTodoTests: 1 }, true)).toMatchObject({ passed: 5, failed: 0, skipped: 2 });
  const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] }];
  expect(count({ numPassedTests: 1, numFailedTests: 1, testResults }, false)).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
});

it("never counts a broken run as passed", () => {
  expect(count({ numPassedTests: 2, testResults: [{ status: "failed", assertionResults: [] }] }, false)).toMatchObject({ failed: 1 });
  expect(count({ numPassedTests: 2 }, false)).toMatchObject({ passed: 2, failed: 1 });
  expect(count({}, true)).toMatchObject({ failed: 1, problem: "no test ran" });
  expect(countTests(join(tmpdir(), "rsdix-there-is-no-report.json"), true)).toMatchObject({ failed: 1 });
});

it("takes a lint run for clean only when it says nothing", () => {
  expect(lintIsSilent("Checked 31 files in 13ms. No fixes applied.\n")).toBe(true);
  expect(lintIsSilent("Checked 31 files in 13ms. No fixes applied.\nFound 1 info.\n")).toBe(false);
  expect(lintIsSilent("")).toBe(false);
});
