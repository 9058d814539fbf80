// Builds the addon for this machine: `node scripts/build.mjs [--sanitize]` -> build/<platform>-<arch>/{rsdix.node, OpenBLAS' library}.
// Needs a C++17 compiler (CXX, or c++) and, once, Python's pip to fetch OpenBLAS. Objects are kept by the hash of what they are made from.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openblasFolder } from "./openblas.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const sanitize = process.argv.includes("--sanitize");
const target = `${process.platform}-${process.arch}`;
const cxx = process.env.CXX ?? "c++";
const output = join(root, "build", sanitize ? `${target}-sanitize` : target);
const objects = join(root, "build", "objects");

const include = [require("node-api-headers").include_dir, dirname(require.resolve("node-addon-api/package.json"))];
const common = [
  "-std=c++17", "-O3", "-fPIC", "-Wall", "-Wextra", "-Werror=return-type", "-fvisibility=hidden", "-DNAPI_VERSION=8", "-pthread",
  "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fopenmp-simd",
  ...(sanitize ? ["-fsanitize=address", "-fno-omit-frame-pointer", "-g"] : []),
  ...include.flatMap((folder) => ["-isystem", folder]),
]; // biome-ignore format: flags read best in rows

/** What each instruction set adds; the first is what every processor of the architecture has. */
const INSTRUCTION_SETS =
  process.arch === "x64"
    ? {
        baseline: ["-march=x86-64-v2"],
        avx2: ["-march=haswell", "-mno-avx256-split-unaligned-load"],
        avx512: ["-march=skylake-avx512", "-mprefer-vector-width=512"],
      }
    : { baseline: [] };

function compilations() {
  const below = (folder) =>
    readdirSync(join(root, "csrc", folder))
      .filter((file) => file.endsWith(".cc"))
      .map((file) => join("csrc", folder, file));
  const once = [...below("."), ...below("bindings")].map((source) => ({ source, flags: [] }));
  const each = below("isa").flatMap((source) =>
    Object.entries(INSTRUCTION_SETS).map(([name, flags]) => ({ source, flags: [...flags, `-DRSDIX_ISA=${name}`, `-DRSDIX_ISA_${name}`] })),
  );
  return [...once, ...each];
}

const headers = readdirSync(join(root, "csrc"), { recursive: true })
  .filter((file) => file.endsWith(".h"))
  .sort()
  .map((file) => readFileSync(join(root, "csrc", file)));

async function compile({ source, flags }) {
  const hash = createHash("sha256")
    .update(cxx + common.join() + flags.join())
    .update(readFileSync(join(root, source)));
  for (const header of headers) hash.update(header);
  const object = join(objects, `${basename(source, ".cc")}-${hash.digest("hex").slice(0, 24)}.o`);
  if (existsSync(object)) return object;
  const temporary = `${object}.${process.pid}.tmp`;
  const { stderr } = await promisify(execFile)(cxx, [...common, ...flags, "-c", join(root, source), "-o", temporary], {
    maxBuffer: 1 << 26,
  });
  if (stderr) process.stderr.write(stderr);
  renameSync(temporary, object);
  return object;
}

async function compileAll(list) {
  const results = new Array(list.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await compile(list[i]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

function link(list, openblas) {
  const library = readdirSync(join(openblas, "scipy_openblas32", "lib")).find((file) => /\.(so|dylib|dll)$/.test(file));
  const from = join(openblas, "scipy_openblas32", "lib", library);
  mkdirSync(output, { recursive: true });
  copyFileSync(from, join(output, library));
  if (process.platform === "linux") execFileSync("strip", ["--strip-all", join(output, library)]);
  const own =
    process.platform === "darwin" ? ["-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path"] : ["-Wl,-rpath,$ORIGIN", "-static-libgcc"];
  const addon = join(output, "rsdix.node");
  const temporary = `${addon}.${process.pid}.tmp`; // a running process keeps the old file
  const runtime = sanitize
    ? ["-fsanitize=address"]
    : process.platform === "linux"
      ? ["-static-libstdc++", "-Wl,--strip-all", "-Wl,--gc-sections"]
      : [];
  execFileSync(cxx, ["-shared", "-pthread", ...list, join(output, library), ...own, ...runtime, "-o", temporary], { stdio: "inherit" });
  rmSync(addon, { force: true });
  renameSync(temporary, addon);
  return addon;
}

mkdirSync(objects, { recursive: true });
const addon = link(await compileAll(compilations()), openblasFolder(join(root, "build", "openblas"), target));
console.log(addon);
