import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, vi } from "vitest";
import { startSuite } from "../bench/start.mjs";
import { summary } from "../bench/suites.mjs";
import { temporaryFolder } from "./lib/temporary-folder.mjs";
import { repository } from "./lib/workspace.mjs";

/**
 * A suite that shows a row, makes a temporary folder and starts a process of its own as suites do for their peers, tells of both by a file, and measures on for
 * a minute.
 */
function endlessSuite() {
  const folder = temporaryFolder();
  const [script, pid] = [join(folder, "suite.mjs"), join(folder, "pid")];
  const code = `
import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
const made = mkdtempSync(tmpdir() + "/rsdix-endless-");
writeFileSync(made + "/large", "");
console.log("  a thing, cpu: 1 ms against 2, ratio 2.000");
const peer = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
writeFileSync(${JSON.stringify(`${pid}.new`)}, JSON.stringify({ pid: peer.pid, made }));
renameSync(${JSON.stringify(`${pid}.new`)}, ${JSON.stringify(pid)});
setTimeout(() => {}, 60_000);
`;
  writeFileSync(script, code);
  return { script, started: () => vi.waitUntil(() => existsSync(pid) && JSON.parse(readFileSync(pid, "utf8")), { timeout: 30_000 }) };
}

/** A process that has ended and waits for its parent to notice counts as ended. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "");
  } catch {
    return false;
  }
}
async function leavesNothing({ pid, made }) {
  await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });
  expect(existsSync(made)).toBe(false);
}

it.skipIf(process.platform === "win32")("cuts a suite off with all that it started, and counts the rows that it had shown", async () => {
  const { script, started } = endlessSuite();
  const { status, rows } = await startSuite(script, [], 8);
  expect({ status, rows }).toEqual({ status: "late", rows: 1 });
  await leavesNothing(await started());
});

it.skipIf(process.platform === "win32").each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])("%s ends the suite and all that it started", async (signal, expected) => {
  const { script, started } = endlessSuite();
  const start = pathToFileURL(join(repository, "bench/start.mjs"));
  const code = `import { startSuite } from "${start}"; await startSuite(${JSON.stringify(script)}, []);`;
  const bench = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: "ignore" });
  const told = await started();
  const exit = new Promise((resolve) => bench.on("close", resolve));
  bench.kill(signal);
  expect(await exit).toBe(expected);
  await leavesNothing(told);
});

it("gives the exit code of a suite that ends", async () => {
  const script = join(temporaryFolder(), "suite.mjs");
  writeFileSync(script, "process.exit(3);\n");
  expect(await startSuite(script, [])).toEqual({ status: 3, rows: 0 });
});

it("says what was cut off with something to show, and fails where nothing was measured", () => {
  const none = { ran: [], partly: [], failed: [], leftOut: ["gpu: it has no quick form"] };
  expect(summary(none, 3.2)).toEqual({
    lines: ["0 suites ran in 3 s: none", "left out: gpu: it has no quick form", "Nothing was measured."],
    code: 1,
  });
  expect(summary({ ...none, partly: ["losses after 3 rows"] }, 180)).toEqual({
    lines: [
      "0 suites ran in 180 s: none",
      "cut off: losses after 3 rows, for the rest to have their time",
      "left out: gpu: it has no quick form",
    ],
    code: 0,
  });
  expect(summary({ ...none, ran: ["data"], failed: ["models"] }, 9).code).toBe(1);
});
