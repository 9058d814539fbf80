// npm run bench [-- --quick]: every suite with its peers, where they are installed, one after another, and the table in docs/benchmarks.md.
// npm run bench -- SUITE [options]: bench/SUITE.mjs or bench/SUITE/run.mjs alone. npm run bench -- table: the table of the results as they are.
//
// A suite leaves out what its missing peers are needed for, and says how to get them. Without the native backend, wasm is measured. --quick: what each suite
// shows in seconds, three minutes in all; nothing is written. Without it: hours, and 10 GB on the disk of the temporary folder.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explain, refuse } from "../scripts/lib/arguments.mjs";
import { installed } from "../scripts/lib/installed.mjs";
import { endWithoutReader } from "../scripts/lib/output.mjs";
import { LEFT_OUT, nativeIsThere } from "./machine.mjs";
import { resultsOf } from "./rows.mjs";
import { startSuite } from "./start.mjs";
import { obstacle, SUITES, summary } from "./suites.mjs";
import { writeTable } from "./table.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const QUICK_SECONDS = 180;

endWithoutReader();
const [suite, ...rest] = process.argv.slice(2);
const usage = `[--quick | table | SUITE ITS-OPTIONS ...], of the suites ${SUITES.map(({ name }) => name).join(", ")}`;
if (["--help", "-h"].includes(suite)) explain(usage);
const isAll = suite === undefined || suite === "--quick";
if (!isAll && suite !== "table" && !scriptOf(suite)) wrong(`There is no suite "${suite}".`);
if ((isAll || suite === "table") && rest.length > 0) wrong(`"${rest[0]}" is one argument too many.`);
if (isAll) await installed(() => import("@rsdix/backend")); // said once, and not by each suite
if (isAll) process.exit(await runAll(suite === "--quick"));
else if (suite === "table") writeTable();
else process.exit(await runOne(suite, rest));

function wrong(problem) {
  refuse(problem, usage);
}

async function runOne(name, args) {
  const written = () => statSync(resultsOf(name), { throwIfNoEntry: false })?.mtimeMs;
  const before = written();
  const { status } = await startSuite(scriptOf(name), args);
  if (written() !== before) writeTable(); // --quick keeps nothing
  return status;
}

async function runAll(isQuick) {
  const backend = (await nativeIsThere()) ? "native" : "wasm";
  const hasCard = spawnSync("nvidia-smi", ["-L"]).status === 0;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const told = { ran: [], partly: [], failed: [], leftOut: [] };
  for (const [i, each] of SUITES.entries()) {
    const why = obstacle(each, { hasCard, isQuick });
    if (why) {
      told.leftOut.push(`${each.name}: ${why}`);
      continue;
    }
    console.log(`\n${each.name}: ${each.about} (${backend})`);
    const after = SUITES.slice(i + 1).filter((other) => !obstacle(other, { hasCard, isQuick })).length;
    const left = QUICK_SECONDS - seconds();
    const limit = isQuick ? Math.min(left, Math.max(5, (2 * left) / (after + 1))) : Infinity; // twice its share: most need less
    const { status, rows } = await startSuite(scriptOf(each.name), (isQuick ? each.quick : each.all)(backend), limit);
    if (status === "late" && rows > 0) told.partly.push(`${each.name} after ${rows} row${rows === 1 ? "" : "s"}`);
    else if (status === "late") told.leftOut.push(`${each.name}: cut off, for the rest to have their time`);
    else if (status === LEFT_OUT) told.leftOut.push(`${each.name}: it says above what it lacks`);
    else told[status === 0 ? "ran" : "failed"].push(each.name);
  }
  if (!isQuick) writeTable();
  const { lines, code } = summary(told, seconds());
  console.log(`\n${lines.join("\n")}`);
  return code;
}

function scriptOf(name) {
  if (!SUITES.some((each) => each.name === name)) return undefined;
  return [join(here, `${name}.mjs`), join(here, name, "run.mjs")].find(existsSync);
}
