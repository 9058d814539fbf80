import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { tooOld } from "./lib/node-floor.mjs";
import { repository } from "./lib/workspace.mjs";

/** Runs the script in a folder with a lock file that names no package but those given. */
function setUp(folder, { devDependencies = {}, packages = {}, env = {} } = {}) {
  const about = { name: "empty", version: "1.0.0", devDependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(about));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ ...about, lockfileVersion: 3, packages: { "": about, ...packages } }));
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [join(repository, "scripts/setup.mjs")], options);
}

it("installs nothing through a link, which would empty the folder that it leads to", () => {
  const [folder, other] = [scratchFolder(), scratchFolder()];
  mkdirSync(join(other, "package"));
  symlinkSync(other, join(folder, "node_modules"), "junction");
  const { status, stdout, stderr } = setUp(folder);
  expect(existsSync(join(other, "package"))).toBe(true);
  expect([status, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^node_modules is a link: .+\nRemove the link .+\n$/)]);
});

it("installs where there is no node_modules yet", () => {
  const { status, stdout } = setUp(scratchFolder());
  expect(stdout).toMatch(/^Installing dependencies \(npm ci\) \.\.\./);
  expect(status).toBe(0);
});

it("installs what builds and tests where NODE_ENV says production too, as containers do", () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "tool"));
  writeFileSync(join(folder, "tool/package.json"), JSON.stringify({ name: "tool", version: "1.0.0" }));
  const packages = { tool: { version: "1.0.0", dev: true }, "node_modules/tool": { resolved: "tool", link: true } };
  const { status, stderr } = setUp(folder, { devDependencies: { tool: "file:tool" }, packages, env: { NODE_ENV: "production" } });
  expect([status, stderr]).toEqual([0, ""]);
  expect(existsSync(join(folder, "node_modules/tool/package.json"))).toBe(true);
});

it("refuses a Node that what builds pages and runs tests doesn't start with", () => {
  for (const version of ["v18.20.8", "v20.10.0", "v20.18.3", "v21.7.3", "v22.11.0"])
    expect(tooOld(version)).toMatch(new RegExp(`^rsdix needs Node 20\\.19, 22\\.12 or newer, this is ${version}\\. Install it from`));
  for (const version of ["v20.19.0", "v22.12.0", "v23.0.0", "v24.21.0"]) expect(tooOld(version)).toBeUndefined();
});
