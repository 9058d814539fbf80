// Every figure of @rsdix/metrics beside aac-metrics and pycocoevalcap with their Java programs, on the same captions: times of whole processes, start-up
// included unless the row says otherwise, how far SPICE's scores and tuples agree, and sizes. Scores are compared before they are timed, and sides take
// turns. Writes bench/results/metrics.json (rows left out keep their earlier figures). Once before: npm run build, and node bench/metrics/setup.mjs.
//
//   npm run bench -- metrics [--only ngram,ptb,meteor,spice,all,retrieval,size] [--quick]
//
// --quick: one run each, nothing written.

import { listed, notListed, readArguments } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { measureRows } from "../each.mjs";
import { possible } from "../machine.mjs";
import { needs } from "./peers.mjs";
import { retrieval } from "./retrieval.mjs";

const { all, meteor, ngram, ptb, size, spice } = await installed(() => import("./sections.mjs"));

const sections = { ngram, ptb, meteor, spice, all, retrieval, size };
const names = Object.keys(sections);
const { options } = readArguments("[--only SECTION,...] [--quick]", {
  options: { only: { type: "string", default: names.join(",") }, quick: { type: "boolean", default: false } },
  check: ({ only }) => notListed("--only", only, names),
});
const how = "Not all reference tools and captions are there: node bench/metrics/setup.mjs makes them.";
const wanted = possible(listed(options.only), (section) => needs[section], String, how);

process.exit(await measureRows(options.quick ? undefined : "metrics", wanted, (section) => sections[section](options)));
