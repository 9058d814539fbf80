// Makes the peer in the folder of bench/backend's (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): @huggingface/transformers and onnxruntime-node
// (about 470 MB), PyTorch and transformers for Python (about 6 GB, most of it CUDA's libraries, which PyTorch's wheel on PyPI loads even where only its
// CPU part runs), and models of random weights (2.3 GB) that both sides load. Needs python3 with venv, and npm. What is there already stays.
//
//   node bench/models/setup.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { npmInstall, pip, run } from "../backend/installing.mjs";
import { here, paths, versions } from "./peers.mjs";

readArguments("");

mkdirSync(paths.models, { recursive: true });

const packages = ["torch", "onnx", "numpy", "onnxscript", "transformers"].map((name) => `${name}==${versions[name]}`);
pip(...packages);

const { transformersJs, onnxruntime } = versions;
npmInstall(paths.node, `@huggingface/transformers@${transformersJs}`, `onnxruntime-node@${onnxruntime}`);

run(paths.python, [join(here, "models.py"), paths.models]);
console.log(`The peer is in ${paths.node}, its models in ${paths.models}`);
