// Makes the TypeScript that holds the WebAssembly of this folder's programs. Needed only after a change of one of them; fetches the compiler, which
// nothing else needs.
//
//   node packages/metrics/wasm/build.mjs
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COMPILER = "assemblyscript@0.28.20";
const here = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rsdix-wasm-"));

for (const { program, into, name, encoding, why, optimise } of [
  {
    ...{ program: "products", into: "retrieval/products-code.ts", name: "PRODUCTS_CODE", optimise: "-O3" },
    ...{ encoding: "hex", why: "in hexadecimal digits: gzip finds what repeats in them, which in base64 it doesn't" },
  },
  {
    ...{ program: "ngrams", into: "ngrams/compiled-code.ts", name: "NGRAMS_CODE", optimise: "-O3" },
    ...{ encoding: "base64", why: "in base64, which Node decodes at once" },
  },
]) {
  const binary = join(folder, `${program}.wasm`);
  const options = [
    optimise,
    "--runtime",
    "stub",
    "--enable",
    "simd",
    "--disable",
    "mutable-globals",
    "--use",
    "abort=",
    "--initialMemory",
    "1",
  ];
  execFileSync("npx", ["--yes", "-p", COMPILER, "asc", join(here, `${program}.ts`), ...options, "-o", binary], { stdio: "inherit" });
  const bytes = readFileSync(binary);
  const lines = bytes.toString(encoding).match(/.{1,130}/g);
  writeFileSync(
    join(here, "../src", into),
    `// Made by wasm/build.mjs of wasm/${program}.ts with ${COMPILER}: don't change it by hand.

/** The WebAssembly of ${program}.ts ${why}. */
export const ${name} = \`\\
${lines.map((line) => `${line}\\\n`).join("")}\`;
`,
  );
  console.log(`${program}: ${bytes.length} bytes`);
}
rmSync(folder, { recursive: true });
