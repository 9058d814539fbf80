#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { runCli } from "./cli/run-cli";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const controller = new AbortController();
let last = Number.NEGATIVE_INFINITY;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Under npx one Ctrl-C may come twice, from the terminal and forwarded: what follows at once is the same one.
    if (performance.now() - last < 1000) return;
    last = performance.now();
    if (controller.signal.aborted) endNow(signal); // files are written whole or not at all
    controller.abort(new Error("interrupted"));
  });
}

/** Ends at once, by the signal itself, as `process.exit` would wait for a disk that does not answer. */
function endNow(signal: NodeJS.Signals): void {
  process.once("exit", () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  process.exit(130);
}

// `rsdix-data list | head`: nobody reads on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`error: WRITE_FAILED: The output could not be written: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on("error", () => undefined); // nobody can be told
const { stdout, stderr } = process;
process.exitCode = await runCli(process.argv.slice(2), { stdout, stderr, signal: controller.signal }, version);
