import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, vi } from "vitest";
import { startSuite } from "../bench/start.mjs";
import { summary } from "../bench/suites.mjs";
import { scratchFolder } from "../test/scratch-folder.ts";
import { repository } from "./lib/workspace.mjs";

/**
 * A suite that shows a row, starts a process of its own as suites do for their peers, which fills a folder of temporary files, writes its id and that
 * folder to a file, and measures on for a minute.
 */
function endlessSuite() {
  const folder = scratchFolder();
  const [script, told] = [join(folder, "suite.mjs"), join(folder, "told.json")];
  const peer = `let n = 0; setInterval(() => require("node:fs").writeFileSync(process.argv[1] + "/" + n++, ""), 1)`;
  const code = `
import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
console.log("  a thing, cpu: 1 ms against 2, ratio 2.000");
const files = mkdtempSync(join(tmpdir(), "rsdix-endless-"));
const peer = spawn(process.execPath, ["-e", ${JSON.stringify(peer)}, files], { stdio: "ignore" });
writeFileSync(${JSON.stringify(`${told}.new`)}, JSON.stringify({ pid: peer.pid, files }));
renameSync(${JSON.stringify(`${told}.new`)}, ${JSON.stringify(told)});
setTimeout(() => {}, 60_000);
`;
  writeFileSync(script, code);
  return { script, started: () => vi.waitUntil(() => existsSync(told) && JSON.parse(readFileSync(told, "utf8")), { timeout: 30_000 }) };
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
const hasEnded = (pid) => vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });

it.skipIf(process.platform === "win32")(
  "cuts a suite off with all that it started and its temporary files, and counts the rows that it had shown",
  async () => {
    const { script, started } = endlessSuite();
    const { status, rows } = await startSuite(script, [], 20);
    expect({ status, rows }).toEqual({ status: "late", rows: 1 });
    const { pid, files } = await started();
    await hasEnded(pid);
    expect(existsSync(files), files).toBe(false);
  },
);

it.skipIf(process.platform === "win32").each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])("%s ends the suite and all that it started, and leaves no files of it", async (signal, expected) => {
  const { script, started } = endlessSuite();
  const start = pathToFileURL(join(repository, "bench/start.mjs"));
  const code = `import { startSuite } from "${start}"; await startSuite(${JSON.stringify(script)}, []);`;
  const bench = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: "ignore" });
  const { pid, files } = await started();
  const exit = new Promise((resolve) => bench.on("close", resolve));
  bench.kill(signal);
  expect(await exit).toBe(expected);
  await hasEnded(pid);
  expect(existsSync(files), files).toBe(false);
});

it("gives the exit code of a suite that ends, and removes what it leaves in a temporary folder of its own", async () => {
  const folder = scratchFolder();
  const [script, told] = [join(folder, "suite.mjs"), join(folder, "told")];
  const code = `
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
writeFileSync(join(tmpdir(), "left"), "");
writeFileSync(${JSON.stringify(told)}, tmpdir());
process.exit(3);
`;
  writeFileSync(script, code);
  expect(await startSuite(script, [])).toEqual({ status: 3, rows: 0 });
  const files = readFileSync(told, "utf8");
  expect([files === tmpdir(), existsSync(files)]).toEqual([false, false]);
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
