// Where the peers of @rsdix/models live.
import { join } from "node:path";
import { paths, peersFolder } from "../backend/peers.mjs";

/** Pinned: what the results name. Its onnxruntime-node is the one of bench/backend. */
export const TRANSFORMERS = "4.3.1";
export const gpt2Folder = join(paths.models, "gpt2-transformers");
export const transformersPath = join(peersFolder, "node", "node_modules", "@huggingface", "transformers", "dist", "transformers.node.mjs");
