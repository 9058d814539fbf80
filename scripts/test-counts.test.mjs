import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { countTests, lintIsSilent, skippedTests } from "./lib/test-counts.mjs";

function count(report, exitedWell) {
  const file = join(scratchFolder(), "report.json");
  writeFileSync(
    file,
    JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...report }),
  );
  return countTests(file, exitedWell);
}

it("tells what was skipped, by file, with the names that say why", () => {
  const folder = scratchFolder();
  const test = (status, title, ...ancestorTitles) => ({ status, title, ancestorTitles });
  const testResults = [
    {
      name: join(folder, "a/redis.test.ts"),
      assertionResults: [test("skipped", "x", "queue (no Redis)", "deep"), test("skipped", "y", "queue (no Redis)")],
    },
    { name: join(folder, "b.test.ts"), assertionResults: [test("passed", "x"), test("todo", "later"), test("failed", "z", "b")] },
    { name: join(folder, "c.test.ts"), assertionResults: [test("passed", "x")] },
  ];
  writeFileSync(join(folder, "report.json"), JSON.stringify({ testResults }));
  expect(skippedTests(join(folder, "report.json"), folder)).toEqual([
    "a/redis.test.ts: 2 skipped, of queue (no Redis)",
    "b.test.ts: 1 skipped, of later",
  ]);
  expect(skippedTests(join(folder, "gone.json"), folder)).toEqual([]);
});

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
