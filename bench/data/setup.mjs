// Makes the peer and the files in the folder of bench/backend's (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): PyTorch (about 6 GB, as for
// bench/models) with torchvision, 2,000 JPEG files (175 MB), and an annotation of the size of NWPU-Captions. Needs python3 with venv. What is there
// already stays.
//
//   node bench/data/setup.mjs
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { pip, run } from "../backend/installing.mjs";
import { annotation, imageNames } from "./captions.mjs";
import { here, IMAGES, paths, SIDES, versions } from "./peers.mjs";

readArguments("");

for (const folder of [paths.images, paths.captions]) mkdirSync(folder, { recursive: true });
pip(...Object.entries(versions).map(([name, version]) => `${name}==${version}`));
run(paths.python, [join(here, "images.py"), paths.images, String(IMAGES), ...SIDES.map(String)]);
const text = annotation();
writeFileSync(join(paths.captions, "dataset_nwpu.json"), text);
writeFileSync(join(paths.captions, "names.json"), JSON.stringify(["dataset_nwpu.json", ...imageNames(JSON.parse(text))].sort()));
console.log(`The images are in ${paths.images}`);
