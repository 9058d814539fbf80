#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { stoppedBySignals } from "@rsdix/internal";
import { runCli } from "./cli/run-cli";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const controller = stoppedBySignals();
// `rsdix-data list | head`: nobody reads on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`error: WRITE_FAILED: The output could not be written: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on("error", () => undefined); // nobody can be told
const { stdout, stderr } = process;
process.exitCode = await runCli(process.argv.slice(2), { stdout, stderr, signal: controller.signal }, version);
