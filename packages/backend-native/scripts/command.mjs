// How these scripts are started. They are published, so they can't share what the repository's own scripts use.
import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** True when this module is the program that was started, also by way of a link. */
export function isStarted(meta) {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(meta.url));
}

/**
 * The options that a script was started with; one that it doesn't know ends it: what it does without it might be the wrong thing. --help says what it knows.
 */
export function readOptions(usage, options) {
  const line = `Usage: node ${relative(process.cwd(), process.argv[1]).replaceAll("\\", "/")} ${usage}`;
  try {
    const { help, ...values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }).values;
    if (!help) return values;
    console.log(line);
    process.exit(0);
  } catch (error) {
    if (!String(error.code).startsWith("ERR_PARSE_ARGS")) throw error;
    const [problem] = error.message.split("\n");
    console.error(`${problem}\n${line}`);
    process.exit(2);
  }
}
