// The published packages as npm packs them, and what each tarball must and must not hold.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "./workspace.mjs";

/** Everything that is code, its types, its texts or its settings; what has another ending is data that somebody made. */
const NOT_DATA = /\.(?:js|mjs|d\.ts|json|md|yaml|cc|h|txt)$|^(?:LICENSE|NOTICE)$/;

/** Files that no user needs: they would only make an installation slower. */
const NOT_FOR_USERS = /\.test\.|\.tsbuildinfo$|\.map$|(?:^|\/)(?:fixtures|test|\.turbo)\/|^tsup\.config/;

/** Packs the packages into a folder: `{ name, version, tarball, size, files: [{ path, size }] }` of each. */
export function packInto(folder, packages, cwd = repository) {
  const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder];
  const { status, stdout, stderr } = npm([...args, ...packages.map(({ folder }) => `./packages/${folder}`)], cwd);
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}${stdout}`);
  // npm 12 gives an object by names where older ones give a list.
  const packed = JSON.parse(stdout);
  return (Array.isArray(packed) ? packed : Object.values(packed)).map(({ name, version, filename, size, files }) => ({
    ...{ name, version, size, files: files.map(({ path, size }) => ({ path, size })) },
    tarball: join(folder, basename(filename.replace(/^@/, "").replace("/", "-"))),
  }));
}

/** npm, as it is installed: its output is text, and it asks nobody anything. */
export function npm(args, cwd) {
  const env = { ...process.env, NO_COLOR: "1", NO_UPDATE_NOTIFIER: "1", npm_config_update_notifier: "false" };
  return spawnSync("npm", args, { cwd, encoding: "utf8", shell: process.platform === "win32", env, maxBuffer: 1 << 26 });
}

/** Every file that a manifest promises, with what it is for: `{ target, what }`, the target from the package's root on. */
export function promisedFiles({ main, types, exports = {}, imports = {}, bin = {} }) {
  const leaves = (target) => (target && typeof target === "object" ? Object.values(target).flatMap(leaves) : [target]);
  const own = (targets, what) =>
    leaves(targets)
      .filter((target) => target?.startsWith("./"))
      .map((target) => ({ target: target.slice(2), what }));
  const commands = typeof bin === "string" ? { "of the package": bin } : bin;
  return [
    ...[main, types].filter(Boolean).map((target) => ({ target: target.replace(/^\.\//, ""), what: "is the main entry" })),
    ...own(exports, "is exported"),
    ...own(imports, "is imported"),
    ...Object.entries(commands).map(([name, target]) => ({ target: target.replace(/^\.\//, ""), what: `is the command ${name}` })),
  ];
}

/** What a tarball lacks of what its manifest promises, one sentence each: that of a package that was not built, or not to its end. */
export function promiseProblems({ name, files }, manifest) {
  const paths = new Set(files.map(({ path }) => path));
  const missing = promisedFiles(manifest).filter(({ target }) => !paths.has(target));
  return [...new Set(missing.map(({ target, what }) => `${name}: ${target} ${what}, but not packed: npm run build`))];
}

/** What a tarball lacks, or has in excess, one sentence each. */
export function packedProblems({ name, files }, dir) {
  const paths = files.map(({ path }) => path);
  const texts = ["LICENSE", "README.md", ...(existsSync(join(dir, "CHANGELOG.md")) ? ["CHANGELOG.md"] : [])]; // the last is made by the first release
  const missing = texts.filter((path) => !paths.includes(path)).map((path) => `${name}: the package has no ${path}`);
  const needless = paths.filter((path) => NOT_FOR_USERS.test(path)).map((path) => `${name}: ${path} is packed, but no user needs it`);
  const data = paths.filter((path) => !NOT_DATA.test(path));
  if (data.length === 0) return [...missing, ...needless];
  if (!paths.includes("NOTICE")) return [...missing, ...needless, `${name}: ${data.join(", ")} is data, but no NOTICE says whose it is`];
  const notice = readFileSync(join(dir, "NOTICE"), "utf8");
  const unnamed = data.filter((path) => !notice.includes(path)).map((path) => `${name}: the NOTICE doesn't name ${path}`);
  const named = [...notice.matchAll(/\bdist\/[\w.-]+\w/g)].map(([path]) => path);
  const gone = named.filter((path) => !paths.includes(path)).map((path) => `${name}: the NOTICE names ${path}, which is not packed`);
  return [...missing, ...needless, ...unnamed, ...gone];
}
