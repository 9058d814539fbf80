// Every figure of @rsdix/metrics beside aac-metrics and pycocoevalcap with their Java programs, on the same captions: times of whole processes, start-up
// included unless the row says otherwise, how far SPICE's scores and tuples agree, and sizes. Scores are compared before they are timed, and sides take
// turns. Writes bench/results/metrics.json (rows left out keep their earlier figures). Once before: npm run build, and node bench/metrics/setup.mjs.
//
//   npm run bench -- metrics [--only ngram,ptb,meteor,spice,all,retrieval,size] [--quick]
//
// --quick: one run each, nothing written.
import { mkdirSync } from "node:fs";
import { installed } from "../../scripts/lib/installed.mjs";
import { askedSections, measureRows } from "../each.mjs";
import { needs, paths } from "./peers.mjs";
import { retrieval } from "./retrieval.mjs";

const { all, meteor, ngram, ptb, size, spice } = await installed(() => import("./sections.mjs"));

const sections = { ngram, ptb, meteor, spice, all, retrieval, size };
const { wanted, quick } = askedSections("metrics", Object.keys(sections), needs);
mkdirSync(paths.folder, { recursive: true }); // what is measured without the tools hands its files over in it, too

process.exit(await measureRows(quick ? undefined : "metrics", wanted, (section) => sections[section]({ quick })));
