// Makes what @rsdix/models is measured against, beside the peers of bench/backend (whose setup.mjs comes first): @huggingface/transformers, and GPT-2 small
// of random weights as an ONNX file for it. What is there already stays.
//
//   node bench/models/setup.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { versions as backend, paths, peersFolder } from "../backend/peers.mjs";
import { gpt2Folder, TRANSFORMERS } from "./peers.mjs";

const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
const node = join(peersFolder, "node");
mkdirSync(node, { recursive: true });
if (!existsSync(join(node, "package.json"))) writeFileSync(join(node, "package.json"), '{ "private": true }\n');
// Without scripts: those of onnxruntime-node would fetch CUDA's libraries.
const packages = [`onnxruntime-node@${backend.onnxruntime}`, `@huggingface/transformers@${TRANSFORMERS}`];
run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages], node);
if (!existsSync(join(gpt2Folder, "onnx", "model.onnx"))) {
  run(paths.python, [fileURLToPath(new URL("onnx_gpt2.py", import.meta.url)), gpt2Folder], peersFolder);
}
console.log(`The peers are in ${peersFolder}`);
