// How ours and each peer are started and asked.
import { join } from "node:path";
import { startChild } from "./child.mjs";
import { benchEnvironment, here, paths, versions } from "./peers.mjs";
import { SHAPES } from "./rows.mjs";

const node = (script, threads, args = [], extra = {}) =>
  startChild(process.execPath, [join(here, script), ...args], benchEnvironment(threads, extra));
const python = (threads, extra) => startChild(paths.python, [join(here, "torch_peer.py")], benchEnvironment(threads, extra));

/** `core`, where given, holds OpenBLAS to a processor's kernels: Haswell's are AVX2. */
const held = (core) => (core ? { OPENBLAS_CORETYPE: core } : {});

async function openblas(threads, core) {
  const child = await startChild(paths.openblas, [String(threads)], benchEnvironment(threads, held(core)));
  const ask = ({ workload, repeats }) => {
    const [, size, form] = workload.split("-");
    const [m, k, n] = SHAPES[size];
    const lines = { dx: [m, n, k, "nt"], dw: [k, m, n, "tn"] };
    return child.ask([...(lines[form] ?? [m, k, n, "nn"]), repeats].join(" "));
  };
  return { ...child, ask };
}

async function torchSdpa(threads) {
  const child = await python(threads, { LD_PRELOAD: paths.mklAvx512 });
  return { ...child, ask: (request) => child.ask({ ...request, workload: `${request.workload}-sdpa` }) };
}

const torch = `PyTorch ${versions.torch}`;
const ort = `onnxruntime-node ${versions.onnxruntime}`;

const onAvx512 = [paths.python, paths.mklAvx512];
const onnx = [paths.onnxruntime, ...["vit-b32", "gpt2"].map((model) => join(paths.models, `${model}.onnx`))];

/** `files`: what setup.mjs makes for a peer. */
export const peers = {
  openblas: { name: `OpenBLAS ${versions.openblas} from C`, files: [paths.openblas], start: openblas },
  torch: {
    name: `${torch} eager, its MKL on AVX-512 kernels`,
    files: onAvx512,
    start: (threads) => python(threads, { LD_PRELOAD: paths.mklAvx512 }),
  },
  "torch-shipped": { name: `${torch} eager, as shipped`, files: [paths.python], start: (threads) => python(threads, {}) },
  "torch-sdpa": { name: `${torch} scaled_dot_product_attention, AVX-512`, files: onAvx512, start: torchSdpa },
  onnxruntime: { name: ort, files: onnx, start: (threads) => node("ort-peer.mjs", threads, [String(threads)]) },
  "onnxruntime-fused": {
    name: `${ort}, graph of its own fused operators`,
    files: onnx,
    start: (threads) => node("ort-peer.mjs", threads, [String(threads), "-fused"]),
  },
  tfjs: { name: "stock tfjs 4.22.0 on wasm", files: [], start: (threads) => node("stock-tfjs.mjs", threads) },
};

export const startOurs = (backend, threads, core) => node("ours.mjs", threads, [backend], held(core));
