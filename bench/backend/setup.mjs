// Makes the peers in a folder of their own (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default; about 7 GB, since PyTorch's wheel on PyPI loads CUDA's
// libraries even where only its CPU part runs). Needs python3 with venv, npm and a C compiler. What is there already stays.
//
//   node bench/backend/setup.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { npmInstall, pip, run } from "./installing.mjs";
import { here, paths, peersFolder, versions } from "./peers.mjs";

readArguments("");

mkdirSync(join(peersFolder, "bin"), { recursive: true });
mkdirSync(paths.models, { recursive: true });

const { torch, onnx, openblas, numpy } = versions;
pip(`torch==${torch}`, `onnx==${onnx}`, `numpy==${numpy}`, `scipy-openblas32==${openblas}`);

npmInstall(join(peersFolder, "node"), `onnxruntime-node@${versions.onnxruntime}`);

const blas = execFileSync(paths.python, ["-c", "import scipy_openblas32 as b; print(b.get_include_dir()); print(b.get_lib_dir())"], {
  encoding: "utf8",
});
const [include, lib] = blas.trim().split("\n");
const library = [join(lib, "libscipy_openblas.so"), `-Wl,-rpath,${lib}`, "-Wl,--allow-shlib-undefined"];
run("cc", ["-O2", `-I${include}`, join(here, "openblas.c"), "-o", paths.openblas, ...library]);
run("cc", ["-O2", "-shared", "-fPIC", join(here, "mkl-avx512.c"), "-o", paths.mklAvx512]);

for (const model of ["vit-b32", "gpt2"]) {
  if (!existsSync(join(paths.models, `${model}.onnx`))) run(paths.python, [join(here, "onnx_models.py"), model, paths.models]);
}
console.log(`The peers are in ${peersFolder}`);
