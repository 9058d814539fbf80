// npm run bench -- SUITE [options]: runs bench/SUITE.mjs or bench/SUITE/run.mjs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [suite = "", ...rest] = process.argv.slice(2);
const script = [join(here, `${suite}.mjs`), join(here, suite, "run.mjs")].find((path) => /^[\w-]+$/.test(suite) && existsSync(path));
if (!script || suite === "run" || suite === "machine") {
  const suites = readdirSync(here, { withFileTypes: true })
    .filter(({ name }) => !["run.mjs", "machine.mjs", "results"].includes(name))
    .map(({ name }) => name.replace(/\.mjs$/, ""));
  console.error(`npm run bench -- SUITE: the suites are ${suites.join(", ")}`);
  process.exit(2);
}
const { status } = spawnSync(process.execPath, [script, ...rest], { stdio: "inherit" });
process.exit(status ?? 1);
