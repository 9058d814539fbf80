import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Under this folder beside the pages lie the binaries of the wasm backend. */
const FOLDER = "tfjs-wasm/";
/** With and without SIMD; the threaded build isn't used. */
const FILES = ["tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm.wasm"];

/** Puts the wasm backend's binaries beside the pages, under the names that it asks for. */
export function wasmFiles(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  return {
    name: "wasm-files",
    generateBundle() {
      for (const file of FILES) this.emitFile({ type: "asset", fileName: FOLDER + file, source: readFileSync(join(folder, file)) });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const file = FILES.find((name) => request.url?.split("?")[0] === `/${FOLDER}${name}`);
        if (!file) return next();
        response.setHeader("Content-Type", "application/wasm");
        response.end(readFileSync(join(folder, file)));
      });
    },
  };
}
