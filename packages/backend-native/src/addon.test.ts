import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { nativeAvailable } from "../test/test-support";
import { type Addon, addonProblem, loadAddon } from "./addon";
import { ADDON_FUNCTIONS } from "./addon-functions";
import { binaries, TARGET } from "./binary";

const onLinux = process.platform === "linux";
const folder = scratchFolder("file");
const previous = process.env.RSDIX_NATIVE_BINARY;

afterEach(() => {
  if (previous === undefined) delete process.env.RSDIX_NATIVE_BINARY;
  else process.env.RSDIX_NATIVE_BINARY = previous;
});

const broken: [what: string, possible: boolean, make: () => string, reason: RegExp][] = [
  ["absent", true, () => join(folder, "absent.node"), /absent\.node: no such file/],
  ["a text file", true, textFile, onLinux ? /text\.node: not a Linux library/ : /text\.node: /],
  ["cut off", onLinux, () => headOfLibrary("cut", () => {}), /cut\.node: cut off after 65536 bytes/],
  [
    "for another processor",
    onLinux,
    otherProcessor,
    process.arch === "x64" ? /other\.node: built for arm64/ : /other\.node: built for x64/,
  ],
  ["another program's", true, foreign, /sharp.*\.node: another program's addon/],
  ["no library by its name", true, () => fileURLToPath(import.meta.url), /addon\.test\.ts: no file whose name ends in \.node/],
  ["beside another OpenBLAS", nativeAvailable && onLinux, withOtherLibrary, /rsdix\.node: .*undefined symbol: scipy_/],
  ["without OpenBLAS", nativeAvailable, withoutLibrary, /rsdix\.node: .*scipy_openblas/],
  [
    "with OpenBLAS cut off",
    nativeAvailable && onLinux,
    withShortLibrary,
    /rsdix\.node: libscipy_openblas\.so beside it is cut off after 1000000 bytes/,
  ],
];

describe.each(broken.filter(([, possible]) => possible))("a binary that is %s", (_, __, make, reason) => {
  it("is an error of one line that says what is wrong and what to do", () => {
    process.env.RSDIX_NATIVE_BINARY = make();
    const error = thrownBy(loadAddon);
    expect(error).toMatchObject({ name: "RsdixError", code: "BACKEND_UNAVAILABLE" });
    expect(error.message).toMatch(reason);
    expect(error.message).toContain(`npm install @rsdix/backend-native-${TARGET} brings one, npx rsdix-backend-native build makes one`);
    expect(error.message).not.toContain("\n");
  });
});

it("is found out when it lacks a function, or counts its interface otherwise", () => {
  const functions = Object.fromEntries(ADDON_FUNCTIONS.map((name) => [name, () => {}]));
  const whole = { ...functions, abi: 1 } as unknown as Addon;
  expect(addonProblem(whole)).toBeUndefined();
  expect(addonProblem({ ...whole, product: undefined } as unknown as Addon)).toBe("of another version: it lacks product");
  expect(addonProblem({ ...whole, abi: 0 })).toBe("of another version: its interface is 0, not 1");
  expect(addonProblem(functions as unknown as Addon)).toBe("of another version: its interface is unnumbered, not 1");
  expect(addonProblem({})).toBe("another program's addon");
});

it("goes on to the next backend in a program that starts one, with the same line, and never ends the process", async () => {
  const program = join(import.meta.dirname, "..", "build", `start-${process.pid}.mjs`); // within the repository, where TensorFlow.js is found
  const contents = `
    import { startOn } from "../../backend/src/start";
    const load = async (name) => {
      if (name === "@rsdix/backend-native") return import("./index");
      if (name === "@tensorflow/tfjs-backend-wasm") return import("@tensorflow/tfjs-backend-wasm");
      throw new Error("Cannot find package '" + name + "'");
    };
    const host = { node: process.versions.node, load, gpu: () => undefined };
    for (const path of process.argv.slice(2)) {
      process.env.RSDIX_NATIVE_BINARY = path;
      const { name, rejected } = await startOn(host, "auto");
      console.log(JSON.stringify({ name, reason: rejected.find(({ name }) => name === "native").reason }));
    }`;
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    external: ["@tensorflow/*"],
    alias: { "@rsdix/internal": fileURLToPath(new URL("../../internal/src/index.ts", import.meta.url)) },
  });
  const cases = broken.filter(([, possible]) => possible);
  try {
    const output = execFileSync(process.execPath, [program, ...cases.map(([, , make]) => make())], { encoding: "utf8" });
    const started = output.trim().split("\n");
    expect(started).toHaveLength(cases.length);
    for (const [i, line] of started.entries()) {
      const { name, reason } = JSON.parse(line);
      expect(name).toBe("wasm");
      expect(reason).toMatch(cases[i]![3]);
    }
  } finally {
    rmSync(program);
  }
});

describe.runIf(nativeAvailable)("the binary of this checkout", () => {
  it("loads", () => {
    expect(addonProblem(loadAddon())).toBeUndefined();
  });
});

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function withoutLibrary(): string {
  const copy = copyOfBinary();
  for (const file of readdirSync(copy)) if (file.includes("scipy_openblas")) rmSync(join(copy, file));
  return join(copy, "rsdix.node");
}

/** A library of the name that lacks the functions: the addon's own. */
function withOtherLibrary(): string {
  const copy = copyOfBinary();
  copyFileSync(join(copy, "rsdix.node"), join(copy, "libscipy_openblas.so"));
  return join(copy, "rsdix.node");
}

function withShortLibrary(): string {
  const copy = copyOfBinary();
  truncateSync(join(copy, "libscipy_openblas.so"), 1_000_000);
  return join(copy, "rsdix.node");
}

/** A folder of the binary's files as they were built, to break one of them. */
function copyOfBinary(): string {
  const copy = scratchFolder();
  const from = dirname(binaries()[0]!);
  for (const file of readdirSync(from)) if (!file.endsWith(".tmp")) copyFileSync(join(from, file), join(copy, file));
  return copy;
}

/** The start of a library of this machine, its header changed. */
function headOfLibrary(name: string, change: (header: Buffer) => void): string {
  const head = Buffer.from(readFileSync(process.execPath).subarray(0, 1 << 16));
  change(head);
  const path = join(folder, `${name}.node`);
  writeFileSync(path, head);
  return path;
}

function otherProcessor(): string {
  return headOfLibrary("other", (header) => header.writeUInt16LE(process.arch === "x64" ? 183 : 62, 18));
}

function textFile(): string {
  const path = join(folder, "text.node");
  writeFileSync(path, `this is no library\n${"text ".repeat(100)}`);
  return path;
}

/** An addon that has nothing to do with this one: the image decoder's. */
function foreign(): string {
  const lib = join(dirname(createRequire(import.meta.url).resolve(`@img/sharp-${TARGET}/sharp.node`)), "lib");
  return join(lib, readdirSync(lib).find((file) => file.endsWith(".node"))!);
}
