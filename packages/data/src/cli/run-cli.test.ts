import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printable } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { rsicdJson } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { cli } from "../../test/run-cli";
import { describe as describeSet } from "../declarations/describe";
import { UCMD } from "../declarations/ucmd";
import { KNOWN_SETS, loaderOf } from "./known-sets";

const COMMANDS = ["list", "describe", "verify", "convert", "patches"];

describe("rsdix-data", () => {
  it("says what it takes, each command with an example", async () => {
    const { code, out, err } = await cli(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const name of COMMANDS) {
      expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
      const help = await cli([name, "--help"]);
      expect([help.code, help.err]).toEqual([0, ""]);
      expect(help.out).toMatch(new RegExp(`\\nExample:\\n  \\$ rsdix-data ${name}`));
      expect(help.out).toContain("--debug");
    }
    expect(await cli(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  it.each([
    [[], /^Usage: rsdix-data/],
    [["lost"], /^error: unknown command 'lost'/],
    [["describe"], /^error: missing required argument 'set'\n/],
    [["describe", "ucmd", "rsicd"], /^error: too many arguments for 'describe'/],
    [["list", "--wide"], /^error: unknown option '--wide'/],
    [["verify", "rsicd", ".", "--examples", "two"], /argument 'two' is invalid\. It must be a whole number\./],
    [["describe", "imagenet"], /^error: INVALID_ARGUMENT: There is no set "imagenet"\. Known are rsicd, ucmd, .*, whu-rs19\.\n$/],
    [["describe", "karpathy"], /There is no set "karpathy"/],
    [["verify", "imagenet", "."], /Known are .*, karpathy, csv, jsonl, webdataset\.\n$/],
    [["convert", "csv", "a", "b.json", "--split", "80,10"], /It must be three numbers such as 80,10,42/],
    [["convert", "csv", "a", "b.json", "--split", "80,,1"], /It must be a number/],
    [["convert", "csv", "a", "b.json", "--split", "0x50,10,1"], /It must be a number/],
    [["patches", "a", "b", "--max", "1_000"], /argument .1_000. is invalid\. It must be a number/],
    [["patches", "a", "b", "--bands", "1,2"], /three or four numbers/],
  ])("refuses %j in one line", async (args, message) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("shows where an error comes from when asked to, and only then", async () => {
    const args = ["verify", "rsicd", "no/such/folder"];
    expect(await cli(args)).toEqual({ code: 1, out: "", err: expect.stringMatching(/^error: FILE_NOT_FOUND: no\/such\/folder .*\n$/) });
    expect((await cli([...args, "--debug"])).err).toMatch(/^error: FILE_NOT_FOUND: .*\n[\s\S]*\n\s+at /);
  });

  it("lists every set, and describes each by its id or its loader's name", async () => {
    const { out } = await cli(["list"]);
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(19);
    expect(lines[1]).toBe("rsicd          captions   10,921            54,605  RSICD");
    expect(lines.find((line) => line.startsWith("aid "))).toMatch(/^aid +classes +10,000 +30 {2}AID$/);
    expect(JSON.parse((await cli(["list", "--json"])).out).map(({ id }: { id: string }) => id)).toEqual(KNOWN_SETS.map(({ id }) => id));
    expect((await cli(["describe", "UCMD"])).out).toBe(`${describeSet(UCMD)}\n`);
    expect((await cli(["describe", "nwpuCaptions"])).out).toMatch(/^NWPU-Captions \(nwpu-captions\)/);
    expect(JSON.parse((await cli(["describe", "ucmd", "--json"])).out)).toEqual(JSON.parse(JSON.stringify(UCMD)));
  });

  it("opens each set with its own declaration", async () => {
    expect(new Set(KNOWN_SETS.map(({ id }) => id)).size).toBe(18);
    for (const declaration of KNOWN_SETS) {
      const loader = loaderOf(declaration.id);
      expect(loader.kind).toBe(declaration.task);
      if (loader.kind === "classes") {
        const { folder, name } = declaration.classes![1]!;
        const set = await loader.open(memoryFiles({ [`${folder}/${folder}_1.jpg`]: "" }));
        expect(set.declaration).toBe(declaration);
        expect(set.images[0]!.label).toBe(name);
      } else if (loader.kind === "captions" && declaration.id !== "nwpu-captions") {
        const files = memoryFiles({ "a.json": JSON.stringify(rsicdJson(1)), [rsicdJson(1).images[0]!.filename]: "" });
        expect((await loader.open(files, {})).declaration).toBe(declaration);
      }
    }
  });
});

it("spells out what would steer a terminal", () => {
  expect(printable("a\u001b[2J\rb\u009b\nc é\u007f")).toBe("a\\x1b[2J\\x0db\\x9b\nc é\\x7f");
});

const built = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
it.runIf(existsSync(built) && existsSync("/dev/full"))("says in a line that there is no room for what it prints", () => {
  const { status, stderr } = spawnSync("sh", ["-c", '"$0" "$1" describe ucmd > /dev/full', process.execPath, built], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: WRITE_FAILED: The output could not be written: ENOSPC.*\n$/)]);
});
