import { spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = join(root, `node_modules/.cache/rsdix/output-${process.pid}.mjs`);

// A process that writes to both streams for a while, as the command does.
const SOURCE = `
import { watchOutput } from ${JSON.stringify(join(root, "packages/train/src/cli/output-errors.ts"))};
watchOutput(process.stdout, process.stderr, { stop: () => process.exit(5), exit: (code) => process.exit(code) });
for (let i = 0; i < 5; i++) {
  if (process.argv[2] === "out") process.stdout.write("line\\n");
  process.stderr.write("progress\\n");
  await new Promise((done) => setTimeout(done, 20));
}
process.exitCode = 7;
`;

beforeAll(async () => {
  await mkdir(join(root, "node_modules/.cache/rsdix"), { recursive: true });
  await build({
    stdin: { contents: SOURCE, resolveDir: root, loader: "ts" },
    bundle: true,
    outfile: program,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
});
afterAll(() => rm(program, { force: true }));

describe.runIf(existsSync("/dev/full"))("Where nothing can be written", () => {
  const run = (what: string, stdio: ["ignore", number | "pipe", number | "pipe"]) =>
    spawnSync(process.execPath, [program, what], { stdio, encoding: "utf8" });
  const full = () => openSync("/dev/full", "w");

  it("what was asked for ends in a line that says so, and no stack", () => {
    const { status, stderr } = run("out", ["ignore", full(), "pipe"]);
    expect(status).toBe(1);
    expect(stderr.replaceAll("progress\n", "")).toBe(
      "error: WRITE_FAILED: The output cannot be written: ENOSPC: no space left on device, write.\n",
    );
  });

  it("the work goes on without what it tells", () => {
    expect(run("out", ["ignore", "pipe", full()])).toMatchObject({ status: 7, stdout: "line\n".repeat(5) });
  });

  it("both: it ends all the same", () => {
    expect(run("out", ["ignore", full(), full()]).status).toBe(1);
  });
});
