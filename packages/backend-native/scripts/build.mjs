// Builds the addon: `node scripts/build.mjs [--sanitize]` -> build/<platform>-<arch>/{rsdix.node, OpenBLAS' library}, for this machine. With
// --target=<platform>-<arch> and a cross compiler in CXX, for another one. Needs a C++17 compiler (CXX, or c++) and, once, Python's pip to fetch
// OpenBLAS. Objects are kept by the hash of what they are made from; any number of builds may run at once, beside programs that use the addon.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isStarted, readOptions } from "./command.mjs";
import { openblas } from "./openblas.mjs";
import { placeLibrary } from "./place-library.mjs";
import { BuildProblem, MissingTool, report } from "./problem.mjs";
import { compileFlags, findCompiler, instructionSets, linkFlags, nodeLibraries } from "./toolchain.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const objects = join(root, "build", "objects");

/** The platform that this Node runs on. */
export const HERE = `${process.platform}-${process.arch}`;

/** Builds the addon, and returns where it lies and the licences of OpenBLAS' library beside it. */
export async function build({ target = HERE, sanitize = false } = {}) {
  const { include, definitions } = await nodeHeaders();
  const compiler = findCompiler(target);
  const blas = openblas(join(root, "build", "openblas"), target);
  mkdirSync(objects, { recursive: true });
  const list = await compileAll(compiler, compilations(instructionSets(target)), compileFlags(target, { include, sanitize }));
  const output = join(root, "build", sanitize ? `${target}-sanitize` : target);
  mkdirSync(output, { recursive: true });
  placeLibrary(blas.library, join(output, basename(blas.library)), target);
  const libraries = [blas.linked, ...nodeLibraries(target, definitions, join(root, "build", "objects", target))];
  const addon = join(output, "rsdix.node");
  const temporary = `${addon}.${process.pid}.tmp`; // a running process keeps the old file
  await run(compiler, [...list, ...libraries, ...linkFlags(target, { sanitize }), "-o", temporary], "link");
  renameSync(temporary, addon);
  return { addon, licence: blas.licence };
}

/** Node-API's headers and, for Windows, the lists of its functions. */
async function nodeHeaders() {
  try {
    const { default: headers } = await import("node-api-headers");
    const { default: addon } = await import("node-addon-api");
    return { include: [headers.include_dir, resolve(addon.include_dir)], definitions: Object.values(headers.def_paths) };
  } catch {
    throw new MissingTool("Node-API's headers are missing. Run: npm install node-addon-api node-api-headers");
  }
}

function compilations(sets) {
  const below = (folder) =>
    readdirSync(join(root, "csrc", folder))
      .filter((file) => file.endsWith(".cc"))
      .map((file) => join("csrc", folder, file));
  const once = [...below("."), ...below("bindings")].map((source) => ({ source, flags: [] }));
  const each = below("isa").flatMap((source) =>
    Object.entries(sets).map(([name, flags]) => ({ source, flags: [...flags, `-DRSDIX_ISA=${name}`, `-DRSDIX_ISA_${name}`] })),
  );
  return [...once, ...each];
}

/** Compiles what has changed, on all processors. */
async function compileAll(compiler, list, common) {
  const headers = readdirSync(join(root, "csrc"), { recursive: true })
    .filter((file) => file.endsWith(".h"))
    .sort()
    .map((file) => readFileSync(join(root, "csrc", file)));
  const results = new Array(list.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await compile(compiler, list[i], common, headers);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

async function compile(compiler, { source, flags }, common, headers) {
  const hash = createHash("sha256")
    .update(JSON.stringify([compiler, common, flags]))
    .update(readFileSync(join(root, source)));
  for (const header of headers) hash.update(header);
  const object = join(objects, `${basename(source, ".cc")}-${hash.digest("hex").slice(0, 24)}.o`);
  if (existsSync(object)) return object;
  const temporary = `${object}.${process.pid}.tmp`;
  await run(compiler, [...common, ...flags, "-c", join(root, source), "-o", temporary], `compile ${source}`);
  renameSync(temporary, object);
  return object;
}

/** What the compiler says is shown as it says it. */
async function run({ program, args }, more, purpose) {
  try {
    const { stderr } = await promisify(execFile)(program, [...args, ...more], { maxBuffer: 1 << 26 });
    if (stderr) process.stderr.write(stderr);
  } catch (error) {
    process.stderr.write(error.stderr ?? "");
    throw new BuildProblem(`${program} could not ${purpose} (exit code ${error.code}).`);
  }
}

if (isStarted(import.meta)) {
  const options = readOptions("[--target SYSTEM-PROCESSOR] [--sanitize]", { target: { type: "string" }, sanitize: { type: "boolean" } });
  await report(async () => console.log((await build(options)).addon));
}
