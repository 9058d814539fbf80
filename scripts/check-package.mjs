// Checks one built package as npm would publish it: `node scripts/check-package.mjs <folder>`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { notOneOf, readArguments } from "./lib/arguments.mjs";
import { bundleSizes, shownSize, sizeProblems } from "./lib/bundle-size.mjs";
import { installed } from "./lib/installed.mjs";
import { promisedFiles } from "./lib/pack.mjs";
import { filesBelow, isMain, nodeOnly, publicPackages, repository, shown } from "./lib/workspace.mjs";

const { build } = await installed(() => import("esbuild"));

/** Built files that import the private package, which nobody can install, and exports, imports of its own or commands that were not built. */
export function builtProblems({ dir, manifest }) {
  const missing = promisedFiles(manifest)
    .filter(({ target }) => !existsSync(join(dir, target)))
    .map(({ target, what }) => `${target} ${what}, but was not built`);
  const dist = join(dir, "dist");
  const leaks = (existsSync(dist) ? [...filesBelow(dist, ".js"), ...filesBelow(dist, ".d.ts")] : [])
    .filter((file) => /["']@rsdix\/internal["']/.test(readFileSync(file, "utf8")))
    .map((file) => `${shown(file, dir)} imports @rsdix/internal, which is not published`);
  return [...missing, ...leaks];
}

/** Every entry loads in Node as it was built, and says nothing while it does. */
function loadProblems({ name, dir, entries }) {
  return entries.flatMap(({ subpath }) => {
    const specifier = `${name}${subpath.slice(1)}`;
    const script = `await import(${JSON.stringify(specifier)});`;
    const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: dir, encoding: "utf8" });
    return run.status === 0 && run.stderr === "" ? [] : [`import of ${specifier} failed or was not silent:\n${run.stderr}`];
  });
}

/** Every command starts as npm links it, and tells with --help what it takes. */
export function commandProblems({ dir, manifest }) {
  return Object.entries(manifest.bin ?? {}).flatMap(([name, target]) => {
    const file = join(dir, target);
    if (!readFileSync(file, "utf8").startsWith("#!/usr/bin/env node\n"))
      return [`${target} must begin with #!/usr/bin/env node, for the command ${name}`];
    const run = spawnSync(process.execPath, [file, "--help"], { cwd: dir, encoding: "utf8" });
    const well = run.status === 0 && run.stderr === "" && run.stdout.includes(name);
    return well ? [] : [`${name} --help failed, named not itself, or wrote to stderr:\n${run.stdout}${run.stderr}`];
  });
}

/**
 * The main entry, and that for browsers, bundle for a browser, without a warning of the package's own files: nothing of Node is reachable from
 * them. TensorFlow.js is a peer, so it stays outside.
 */
export async function browserProblems({ name, dir, manifest }) {
  if (nodeOnly(manifest)) return [];
  const options = { bundle: true, write: false, platform: "browser", format: "esm", external: ["@tensorflow/*"], logLevel: "silent" };
  try {
    for (const entry of ["index.js", ...(manifest.exports?.["./web"] ? ["web.js"] : [])]) {
      const { warnings } = await build({ ...options, absWorkingDir: dir, entryPoints: [join(dir, "dist", entry)] });
      const own = warnings.filter(({ location }) => location?.file.startsWith("dist/"));
      if (own.length > 0)
        return [`${name} bundles with warnings:\n${own.map(({ text, location }) => `${location.file}: ${text}`).join("\n")}`];
    }
    return [];
  } catch (error) {
    return [`${name} does not bundle for a browser:\n${error.message}`];
  }
}

/** `publint --strict` and `attw` for a package of ES modules; neither needs the network. */
function runTools(dir) {
  const tools = [
    ["publint", "run", dir, "--strict"],
    ["attw", "--pack", dir, "--profile", "esm-only", "--no-definitely-typed", "--no-emoji", "--format", "ascii"],
  ];
  return tools.flatMap(([tool, ...args]) => {
    const run = spawnSync(join(repository, "node_modules/.bin", tool), args, { encoding: "utf8", shell: process.platform === "win32" });
    return run.status === 0 ? [] : [`${tool} failed:\n${run.error?.message ?? ""}${run.stdout ?? ""}${run.stderr ?? ""}`];
  });
}

if (isMain(import.meta)) {
  const packages = publicPackages();
  const folders = packages.map(({ folder }) => folder);
  const check = (_, [name = ""]) => notOneOf("The package", name, folders);
  const [wanted] = readArguments("FOLDER", { most: 1, check }).args;
  const found = packages.find(({ folder }) => folder === wanted);
  const problems = builtProblems(found);
  if (problems.length === 0) {
    const sizes = await bundleSizes(found);
    if (sizes.length > 0) console.log(`size: ${sizes.map(shownSize).join(", ")}`);
    problems.push(
      ...loadProblems(found),
      ...commandProblems(found),
      ...(await browserProblems(found)),
      ...sizeProblems(sizes),
      ...runTools(found.dir),
    );
  }
  for (const problem of problems) console.log(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
