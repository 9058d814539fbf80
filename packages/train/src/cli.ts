#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { stoppedBySignals } from "@rsdix/internal";
import { watchOutput } from "./cli/output-errors";
import { runCli } from "./cli/run-cli";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const controller = stoppedBySignals();
const { stdout, stderr } = process;
watchOutput(stdout, stderr, { stop: (reason) => controller.abort(reason), exit: (code) => process.exit(code) });
process.exitCode = await runCli(process.argv.slice(2), { stdout, stderr, signal: controller.signal }, version);
