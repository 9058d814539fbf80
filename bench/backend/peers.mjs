// Where the peers live: outside the repository, made by setup.mjs, never needed by a test.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// biome-ignore lint/suspicious/noUndeclaredEnvVars: no cached task reads it
export const peersFolder = process.env.RSDIX_BENCH_PEERS ?? join(homedir(), ".cache", "rsdix-bench");

/** Pinned: what the results name. */
export const versions = { torch: "2.15.0", onnx: "1.23.2", onnxruntime: "1.30.0", openblas: "0.3.34.481.3", numpy: "2.4.6" };

export const paths = {
  python: join(peersFolder, "python", "bin", "python"),
  onnxruntime: join(peersFolder, "node", "node_modules", "onnxruntime-node", "dist", "index.js"),
  openblas: join(peersFolder, "bin", "openblas"),
  mklAvx512: join(peersFolder, "bin", "mkl-avx512.so"),
  models: join(peersFolder, "models"),
};

/** The environment of every process that is timed: two threads, and kernels chosen by the processor rather than by a preset. */
export function benchEnvironment(threads, extra = {}) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, LD_PRELOAD: ___, ...env } = process.env;
  const count = String(threads);
  return { ...env, RSDIX_THREADS: count, OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, ...extra };
}

export const here = fileURLToPath(new URL(".", import.meta.url));
