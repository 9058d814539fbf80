// Where @huggingface/transformers and its models live: outside the repository, made by setup.mjs, never needed by a test.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths as backendPaths, peersFolder, versions as pinned } from "../backend/peers.mjs";

/** Pinned: what the results name. */
export const versions = {
  transformersJs: "4.3.1",
  onnxruntime: pinned.onnxruntime,
  torch: pinned.torch,
  onnx: pinned.onnx,
  numpy: pinned.numpy,
  onnxscript: "0.7.2",
  transformers: "5.24.0",
};

const node = join(peersFolder, "node");
export const paths = {
  node,
  python: backendPaths.python,
  transformersJs: join(node, "node_modules", "@huggingface", "transformers", "dist", "transformers.node.mjs"),
  models: join(backendPaths.models, "transformers"),
};

const models = ["clip", "clip_sharded", "clip_bin", "siglip", "gpt2", "bert"];

/** What setup.mjs writes last of a model, or of all. */
export const filesOf = (...names) => (names.length > 0 ? names : models).map((name) => join(paths.models, name, "made"));

export const here = fileURLToPath(new URL(".", import.meta.url));
