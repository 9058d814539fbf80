// Runs the built demo in full on one backend and holds its numbers against what it promises: they come from learning, on regions never seen; on wasm, which
// computes the same everywhere, its scores also against those that README shows.
//   node scripts/check-demo.mjs wasm
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BACKENDS, notOneOf, readArguments } from "./lib/arguments.mjs";
import { scratchFolder } from "./lib/scratch-folder.mjs";
import { missingLines, shownOutput } from "./lib/shown-output.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

/** What of a demo's summary falls short: a line each. */
export function shortfalls(summary) {
  const { clip, baselines, captioner, bestFixedCaption, chanceTop1, classes, patches } = summary;
  const demands = [
    [patches >= 3000, `at least 3,000 patches, got ${patches}`],
    [classes.length >= 8 && classes.length <= 11, `eight to eleven classes, got ${classes.length}`],
    [clip.top1 >= 7 * chanceTop1, `top-1 at least seven times chance (${chanceTop1}), got ${clip.top1}`],
    [clip.top1 > baselines.colourNearestNeighbour, `top-1 above the colour baseline ${baselines.colourNearestNeighbour}, got ${clip.top1}`],
    [bestFixedCaption.bleu4 < 0.35, `the best fixed caption below 0.35 BLEU-4, got ${bestFixedCaption.bleu4}`],
    [bestFixedCaption.corpus.bleu4 < 0.35, `the best fixed caption below 0.35 corpus BLEU-4, got ${bestFixedCaption.corpus.bleu4}`],
    [captioner.bleu4 >= 1.3 * bestFixedCaption.bleu4, `BLEU-4 at least 1.3 times ${bestFixedCaption.bleu4}, got ${captioner.bleu4}`],
    [
      captioner.corpus.bleu4 >= 1.3 * bestFixedCaption.corpus.bleu4,
      `corpus BLEU-4 at least 1.3 times ${bestFixedCaption.corpus.bleu4}, got ${captioner.corpus.bleu4}`,
    ],
  ];
  return demands.filter(([met]) => !met).map(([, text]) => `expected ${text}`);
}

/** The scores that README shows and a demo on wasm didn't print: the rows of its tables, not the sentences, place and time below. */
export function staleScores(printed, readme = readFileSync(join(repository, "README.md"), "utf8")) {
  const shown = shownOutput(readme, "7. Scores on regions never seen");
  const rows = shown.slice(0, shown.indexOf("8. Report")).filter((line) => !line.endsWith("."));
  return missingLines(rows, printed).map((line) => `expected what README shows, as nearly as engines compute the same: ${line.trim()}`);
}

/** Runs a program, shows what it prints, and gives its lines. */
async function printedBy(args) {
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
  const printed = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    console.log(line);
    printed.push(line);
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`The demo ended with exit code ${status}.`);
  return printed;
}

if (isMain(import.meta)) {
  const check = (_, [name]) => notOneOf("The backend", name, ["auto", "tensorflow", ...BACKENDS]);
  const [backend = "auto"] = readArguments("[BACKEND]", { most: 1, check }).args;
  const scratch = scratchFolder("rsdix-demo-");
  const args = ["examples/demo/dist/main.js", "--out", join(scratch, "report"), "--data", join(scratch, "data"), "--backend", backend];
  const printed = await printedBy(args);
  const summary = JSON.parse(readFileSync(join(scratch, "report", "summary.json"), "utf8"));
  const problems = [...shortfalls(summary), ...(backend === "wasm" ? staleScores(printed) : [])];
  if (summary.seconds > 600)
    console.log(
      `It took ${summary.seconds.toFixed(0)} s, more than the ten minutes it is meant to take; no failure, since machines differ.`,
    );
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
