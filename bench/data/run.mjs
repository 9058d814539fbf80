// Every figure of reading data sets beside torchvision's DataLoader: images a second from JPEG files to normalised pixels, the first batch, memory over a
// long run; opening an annotation; augmentations. Both sides resize as Pillow does and are compared before they are timed; sides take turns. Writes
// bench/results/data.json (rows left out keep their earlier figures). Once before: node bench/data/setup.mjs, and npm run build.
//
//   npm run bench -- data [--only throughput,first,memory,captions,augment] [--quick]
//
// --quick: one run each, nothing written.
import { listed, notListed, readArguments } from "../../scripts/lib/arguments.mjs";
import { comesWith, measureRows, possible } from "../each.mjs";
import { needs } from "./peers.mjs";
import { augmentations, captions, firstBatch, memory, throughput } from "./sections.mjs";

const sections = { throughput, first: firstBatch, memory, captions, augment: augmentations };
const names = Object.keys(sections);
const { options } = readArguments("[--only SECTION,...] [--quick]", {
  options: { only: { type: "string", default: names.join(",") }, quick: { type: "boolean", default: false } },
  check: ({ only }) => notListed("--only", only, names),
});
const wanted = possible(listed(options.only), (section) => comesWith("bench/data/setup.mjs", needs[section]));

process.exit(await measureRows(options.quick ? undefined : "data", wanted, (section) => sections[section](options)));
