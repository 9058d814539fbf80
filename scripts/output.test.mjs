import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { placeProblem } from "./lib/output.mjs";
import { repository } from "./lib/workspace.mjs";

const url = (path) => JSON.stringify(pathToFileURL(join(repository, path)).href);

/** Runs a program that writes a line every so often, and reads no more than its first, as `| head -1` does. */
function readFirstLine(code, folder) {
  const script = join(folder, "program.mjs");
  writeFileSync(script, code);
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => child.kill("SIGKILL"));
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  return new Promise((done) => {
    child.stdout.setEncoding("utf8").once("data", (text) => {
      child.stdout.destroy();
      child.on("close", (exit) => done({ line: text.split("\n")[0], exit, err }));
    });
  });
}

it.each(["console.log(name)", "process.stdout.write(name + String.fromCharCode(10))"])(
  "a script that writes by %s ends without a word when nobody reads on, and leaves no folder",
  async (write) => {
    const code = `
import { readArguments } from ${url("scripts/lib/arguments.mjs")};
import { scratchFolder } from ${url("scripts/lib/scratch-folder.mjs")};
readArguments("");
const name = scratchFolder("rsdix-output-");
setInterval(() => ${write}, 20);
`;
    const { line, exit, err } = await readFirstLine(code, scratchFolder());
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(line).toContain("rsdix-output-");
    expect(existsSync(line)).toBe(false);
  },
);

it.skipIf(process.platform === "win32")("a benchmark whose output nobody reads ends with its suite", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "suite.mjs"), "setInterval(() => console.log(process.pid), 20);\n");
  const code = `
import { startSuite } from ${url("bench/start.mjs")};
import { endWithoutReader } from ${url("scripts/lib/output.mjs")};
endWithoutReader();
await startSuite(${JSON.stringify(join(folder, "suite.mjs"))}, []);
`;
  const { line, exit, err } = await readFirstLine(code, folder);
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  await vi.waitFor(() => expect(() => process.kill(Number(line), 0)).toThrow("ESRCH"), { timeout: 10_000 });
});

it("says why nothing can be written at a place, whichever of the folders above it is in the way", () => {
  const folder = scratchFolder();
  const at = (...names) => join(folder, ...names);
  mkdirSync(at("folder"));
  writeFileSync(at("file"), "");
  symlinkSync("gone", at("dangling"));
  symlinkSync("loop", at("loop"));
  symlinkSync("folder", at("link"));
  for (const [name, wanted] of [
    ["folder", "folder"],
    ["link", "folder"],
    ["new", "folder"],
    ["new/deep/file.json", "file"],
    ["link/new", "file"],
    ["file", "file"],
  ])
    expect([name, placeProblem(at(name), wanted)]).toEqual([name, undefined]);
  expect(placeProblem(at("file"), "folder")).toBe(`${at("file")} is a file. Name a folder.`);
  expect(placeProblem(at("folder"), "file")).toBe(`${at("folder")} is a folder. Name a file.`);
  expect(placeProblem(at("file/a/b"), "folder")).toBe(`${at("file/a/b")} can't be made: ${at("file")} is a file. Name another place.`);
  for (const name of ["dangling", "dangling/a", "loop", "loop/a"])
    expect(placeProblem(at(name), "folder")).toBe(
      `${at(name.split("/")[0])} is a link that leads nowhere. Remove it, or name another place.`,
    );
});

it.skipIf(process.platform !== "linux")(
  "refuses places below /proc, where making folders never ends, and leaves nothing where it looked",
  () => {
    for (const [place, wanted] of [
      ["/proc/x/y", "folder"],
      ["/proc/x/y.json", "file"],
      ["/proc/x", "folder"],
      ["/proc/self/x/y", "folder"],
    ])
      expect(placeProblem(place, wanted)).toMatch(/^\/proc\S* can't be written to\. Change its permissions, or name another place\.$/);
    const folder = scratchFolder();
    expect(placeProblem(join(folder, "new/deep"), "folder")).toBe(undefined);
    expect(readdirSync(folder)).toEqual([]);
  },
);
