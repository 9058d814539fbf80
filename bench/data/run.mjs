// Every figure of reading data sets beside torchvision's DataLoader: images a second from JPEG files to normalised pixels, the first batch, memory over a
// long run; opening an annotation; augmentations. Both sides resize as Pillow does and are compared before they are timed; sides take turns. Writes
// bench/results/data.json (rows left out keep their earlier figures). Once before: node bench/data/setup.mjs, and npm run build.
//
//   npm run bench -- data [--only throughput,first,memory,captions,augment] [--quick]
//
// --quick: one run each, nothing written.
import { askedSections, measureRows } from "../each.mjs";
import { needs } from "./peers.mjs";
import { augmentations, captions, firstBatch, memory, throughput } from "./sections.mjs";

const sections = { throughput, first: firstBatch, memory, captions, augment: augmentations };
const { wanted, quick } = askedSections("data", Object.keys(sections), needs);

process.exit(await measureRows(quick ? undefined : "data", wanted, (section) => sections[section]({ quick })));
