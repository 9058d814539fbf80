// Makes src/retrieval/products-code.ts of products.ts. Needed only after a change of products.ts; fetches the compiler, which nothing else needs.
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
const binary = join(folder, "products.wasm");
const options = ["-O3", "--runtime", "stub", "--enable", "simd", "--disable", "mutable-globals", "--use", "abort=", "--initialMemory", "1"];
execFileSync("npx", ["--yes", "-p", COMPILER, "asc", join(here, "products.ts"), ...options, "-o", binary], { stdio: "inherit" });
const bytes = readFileSync(binary);
rmSync(folder, { recursive: true });
const lines = bytes.toString("hex").match(/.{1,130}/g);
writeFileSync(
  join(here, "../src/retrieval/products-code.ts"),
  `// Made by wasm/build.mjs of wasm/products.ts with ${COMPILER}: don't change it by hand.

/** The WebAssembly of products.ts in hexadecimal digits: gzip finds what repeats in them, which in base64 it doesn't. */
export const PRODUCTS_CODE = \`\\
${lines.map((line) => `${line}\\\n`).join("")}\`;
`,
);
console.log(`${bytes.length} bytes`);
