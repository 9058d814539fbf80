// Makes the peer in the folder of bench/backend's (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): @huggingface/transformers and onnxruntime-node
// (about 470 MB), PyTorch and transformers for Python (about 6 GB, most of it CUDA's libraries, which PyTorch's wheel on PyPI loads even where only its
// CPU part runs), and models of random weights (2.3 GB) that both sides load. Needs python3 with venv, and npm. What is there already stays.
//
//   node bench/models/setup.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { peersFolder } from "../backend/peers.mjs";
import { here, paths, versions } from "./peers.mjs";

readArguments("");

const run = (command, args, cwd = peersFolder) => execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
for (const folder of [paths.node, paths.models]) mkdirSync(folder, { recursive: true });

if (!existsSync(paths.python)) run("python3", ["-m", "venv", "python"]);
const packages = ["torch", "onnx", "numpy", "onnxscript", "transformers"].map((name) => `${name}==${versions[name]}`);
run(paths.python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);

if (!existsSync(join(paths.node, "package.json"))) writeFileSync(join(paths.node, "package.json"), '{ "private": true }\n');
const { transformersJs, onnxruntime } = versions;
const wanted = [`@huggingface/transformers@${transformersJs}`, `onnxruntime-node@${onnxruntime}`];
// Without scripts: onnxruntime-node's would fetch CUDA's libraries.
run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], paths.node);

run(paths.python, [join(here, "models.py"), paths.models]);
console.log(`The peer is in ${paths.node}, its models in ${paths.models}`);
