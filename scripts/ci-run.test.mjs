import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { NO_CHROMIUM } from "./lib/webgpu.mjs";
import { repository } from "./lib/workspace.mjs";

/** Programs of the system that the command uses itself. */
const SYSTEM = ["dirname", "timeout", "chmod"];

/**
 * A machine of stubs in an empty folder, with a copy of the command and of what it looks for a browser with. Each stub notes how it was
 * called; browsers are looked for among the stubs only.
 *
 * @param root - whether the user may install
 * @param apt - what `apt-get` does, as a script
 */
function machine({ root = true, apt = "exit 100" } = {}) {
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  for (const path of [".ci", "scripts/lib", "scripts/check-chromium.mjs"])
    cpSync(join(repository, path), join(folder, path), { recursive: true });
  const finder = join(folder, "scripts/lib/webgpu.mjs");
  writeFileSync(finder, readFileSync(finder, "utf8").replaceAll(/"\/(usr\/bin|Applications)\//g, `"${bin}/`));
  mkdirSync(bin);
  for (const name of SYSTEM) symlinkSync(join("/usr/bin", name), join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
  const calls = join(folder, "calls.txt");
  const stub = (name, script) => {
    writeFileSync(join(bin, name), `#!/bin/sh\nBIN='${bin}'\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const noted = (script = "") => `echo "\${0##*/} $*" >> '${calls}'\n${script}`;
  stub("id", `echo ${root ? 0 : 1000}`);
  for (const name of ["npm", "sleep", "redis-server", "slurmctld"]) stub(name, noted());
  stub("apt-get", noted(apt));
  return {
    browser: (name) => stub(name, ""),
    remove: (name) => rmSync(join(bin, name)),
    run(variables = {}) {
      const env = { PATH: bin, ...variables };
      const { status, stdout, stderr } = spawnSync("/bin/bash", [".ci/run"], { cwd: folder, encoding: "utf8", env });
      return { status, stdout, stderr, calls: readFileSync(calls, { encoding: "utf8", flag: "a+" }).split("\n").slice(0, -1) };
    },
  };
}

const INSTALL = "apt-get install -y -qq --no-install-recommends";
const TESTS = "npm --silent test";
const onLinux = it.skipIf(process.platform !== "linux"); // the command is for Debian

onLinux("ends before anything else where three attempts bring no browser, and says what does", () => {
  const { status, stdout, stderr, calls } = machine().run();
  expect([status, stderr]).toEqual([1, `A browser is needed: ${NO_CHROMIUM}\n`]);
  expect(stdout.match(/^chromium could not be installed\.$/gm)).toHaveLength(3);
  const attempt = ["apt-get update -qq", `${INSTALL} chromium-headless-shell`, "apt-get update -qq", `${INSTALL} chromium`];
  expect(calls).toEqual([...attempt, "sleep 5", ...attempt, "sleep 15", ...attempt, "sleep 0"]);
});

onLinux("goes on as soon as an attempt brings one", () => {
  const program = '"$BIN/chromium-headless-shell"';
  const second = `case "$*" in *chromium-headless-shell) [ -e tried ] && : > ${program} && chmod +x ${program} && exit 0; : > tried;; esac; exit 100`;
  const { status, stderr, calls } = machine({ apt: second }).run();
  expect([status, stderr]).toEqual([0, ""]);
  expect(calls.slice(-3)).toEqual(["apt-get update -qq", `${INSTALL} chromium-headless-shell`, TESTS]);
});

onLinux("tries nothing where it may not install, and takes the browser that is there", () => {
  const stranger = machine({ root: false });
  expect(stranger.run()).toMatchObject({ status: 1, calls: [] });
  stranger.browser("google-chrome");
  expect(stranger.run()).toMatchObject({ status: 0, calls: [TESTS] });
});

onLinux("takes the browser that RSDIX_CHROMIUM names, and none in its place", () => {
  const ready = machine();
  expect(ready.run({ RSDIX_CHROMIUM: process.execPath })).toMatchObject({ status: 0, calls: [TESTS] });
  ready.browser("chromium");
  const { status, stderr, calls } = ready.run({ RSDIX_CHROMIUM: "gone" });
  expect([status, calls]).toEqual([1, [TESTS]]);
  expect(stderr).toContain("RSDIX_CHROMIUM names gone, but there is no such file");
});

onLinux("goes on where Redis cannot be installed, which is optional", () => {
  const poor = machine();
  poor.remove("redis-server");
  poor.browser("chromium-headless-shell");
  const { status, stdout, calls } = poor.run();
  expect([status, stdout]).toEqual([0, "redis-server could not be installed.\n"]);
  expect(calls.at(-1)).toBe(TESTS);
});
