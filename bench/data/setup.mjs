// Makes the peer and the images in the folder of bench/backend's (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): PyTorch (about 6 GB, as for
// bench/models) with torchvision, and 2,000 JPEG files (175 MB). Needs python3 with venv. What is there already stays.
//
//   node bench/data/setup.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { peersFolder } from "../backend/peers.mjs";
import { here, IMAGES, paths, SIDES, versions } from "./peers.mjs";

const run = (command, args) => execFileSync(command, args, { cwd: peersFolder, stdio: ["ignore", "inherit", "inherit"] });
mkdirSync(paths.images, { recursive: true });
if (!existsSync(paths.python)) run("python3", ["-m", "venv", "python"]);
const packages = Object.entries(versions).map(([name, version]) => `${name}==${version}`);
run(paths.python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
run(paths.python, [join(here, "images.py"), paths.images, String(IMAGES), ...SIDES.map(String)]);
console.log(`The images are in ${paths.images}`);
