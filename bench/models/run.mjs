// Every figure of @rsdix/models beside @huggingface/transformers: images, texts, captions and tokens a second, load time, peak memory, and installed size.
// Both sides hold the same random weights, on two threads; embeddings and ids are compared before they are timed, and sides take turns. Ids and pixels
// come in: tokenizers and image processors aren't timed. Writes bench/results/models.json (rows left out keep their earlier figures) and draws
// models.svg from it. Once before: node bench/models/setup.mjs, and npm run build.
//
//   npm run bench -- models [--only load,clip-image] [--backend native,wasm] [--quick]
//
// --only: sections (throughput, load, memory, size), or what is measured (clip-image, load-gpt2). --quick: one run each, nothing written.
import { BACKENDS, listed, notListed, readArguments, refuse } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { comesWith, measureRows, possible } from "../each.mjs";
import { drawFigure } from "./figure.mjs";
import { loadMemory, trainMemory } from "./memory.mjs";
import { filesOf, paths } from "./peers.mjs";
import { loadMemories, loads, throughputs, trainMemories } from "./rows.mjs";
import { load, size, throughput } from "./sections.mjs";

const beside = [paths.transformersJs, ...filesOf()];
/** `needs`: what setup.mjs makes for a row. */
const sections = [
  { section: "throughput", measure: throughput, rows: throughputs, needs: () => beside },
  { section: "load", measure: load, rows: loads, needs: () => beside },
  { section: "memory", measure: loadMemory, rows: loadMemories, needs: ({ folder }) => filesOf(folder) },
  { section: "memory", measure: trainMemory, rows: trainMemories, needs: () => [paths.python, ...filesOf()] }, // they come after its packages
  { section: "size", measure: size, rows: [{ kind: "size", name: "installed size" }], needs: () => [paths.transformersJs] },
];
const names = [...sections.map(({ section }) => section), ...sections.flatMap(({ rows }) => rows.map(({ kind }) => kind))];
const usage = "[--only SECTION | ROW,...] [--backend NAME,...] [--quick]";
const { options } = readArguments(usage, {
  options: { only: { type: "string" }, backend: { type: "string", default: "native,wasm" }, quick: { type: "boolean", default: false } },
  check: ({ only, backend }) => notListed("--only", only, names) ?? notListed("--backend", backend, BACKENDS),
});
const { only, quick } = options;
const jobs = listed(options.backend).flatMap((backend) =>
  sections.flatMap(({ rows, ...of }) => rows.map((row) => ({ ...of, row, backend }))),
);
const named = jobs.filter(({ row, backend }) => row.backends?.includes(backend) ?? true);
const asked = named.filter(({ section, row }) => !only || listed(only).some((part) => part === section || part === row.kind));
if (asked.length === 0) refuse(`Nothing of --only ${only} is measured on ${options.backend}: it's for native.`, usage);
await installed(() => import("@rsdix/backend")); // here rather than in each process that is started
const wanted = possible(
  asked,
  ({ needs, row }) => comesWith("bench/models/setup.mjs", needs(row)),
  ({ row }) => row.kind,
);

const measure = (job) => job.measure(job.row, { backend: job.backend, quick });
const nameOf = ({ row, backend }) => `${row.kind}, ${backend}`;
const code = await measureRows(quick ? undefined : "models", wanted, measure, { nameOf });
if (!quick) await drawFigure();
process.exit(code);
