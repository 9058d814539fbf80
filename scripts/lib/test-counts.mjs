// What the tools report, as numbers that cannot look better than the run was.
import { existsSync, readFileSync } from "node:fs";
import { shown } from "./workspace.mjs";

/**
 * Counts the tests in vitest's JSON report. A file that could not be loaded counts as a failed test, and so does a run that failed
 * without a failed test, left no report, or executed nothing.
 */
export function countTests(report, exitedWell) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, problem: "vitest left no report" };
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const skipped = numPendingTests + numTodoTests;
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  const failed = numFailedTests + brokenFiles.length;
  if (failed === 0 && !exitedWell) return { passed, failed: 1, skipped, problem: "vitest failed outside its tests" };
  if (passed + failed === 0) return { passed, failed: 1, skipped, problem: "no test ran" };
  return { passed, failed, skipped, problem: brokenFiles.length > 0 ? `${brokenFiles.length} files could not be run` : undefined };
}

/** What a JSON report has as skipped, a line a file: how many tests, and of what, whose names say what is missing; vitest shows neither. */
export function skippedTests(report, root) {
  if (!existsSync(report)) return [];
  return JSON.parse(readFileSync(report, "utf8")).testResults.flatMap(({ name, assertionResults }) => {
    const skipped = assertionResults.filter(({ status }) => status !== "passed" && status !== "failed");
    const groups = [...new Set(skipped.map(({ ancestorTitles: [first], title }) => first ?? title))];
    return skipped.length === 0 ? [] : [`${shown(name, root)}: ${skipped.length} skipped, of ${groups.join("; ")}`];
  });
}

/** Biome exits well with warnings and notes; here they fail as well. */
export function lintIsSilent(output) {
  return !/Found \d+ (error|warning|info)/.test(output) && /Checked \d+ files?/.test(output);
}
