import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const at = (name: string) => join(folder, name);

describe("rsdix data", () => {
  it("is among the commands, and its help goes by its name here", async () => {
    expect((await cli(["--help"])).out).toMatch(/^ {2}data +Data sets:/m);
    expect((await cli(["data", "--help"])).out).toMatch(/^Usage: rsdix data /);
    for (const name of ["verify", "convert", "describe", "list", "patches"]) {
      const { code, out } = await cli(["data", name, "--help"]);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: rsdix data ${name} [\\s\\S]*\\n  \\$ rsdix data ${name}`));
      expect((await cli(["help", "data", name])).out).toBe(out);
    }
  });

  it("runs each command with its exit code", async () => {
    expect((await cli(["data", "list"])).out).toMatch(/^set +for +images/);
    expect(JSON.parse((await cli(["data", "list", "--json"])).out)).toBeInstanceOf(Array);
    expect((await cli(["data", "describe", "ucmd"])).code).toBe(0);
    const converted = await cli(["data", "convert", "karpathy", world.annotations, at("captions.csv")]);
    expect(converted).toEqual({ code: 0, out: `32 images, 64 captions to ${at("captions.csv")}\n`, err: "" });
    expect(await readFile(at("captions.csv"), "utf8")).toContain("a red field .");
    const { images } = JSON.parse(await readFile(world.annotations, "utf8")) as { images: { split: string }[] };
    const distinct = images.filter(({ split }) => split === "train"); // those of other splits are the same again
    await writeFile(join(at("world"), "train.json"), JSON.stringify({ dataset: "colours", images: distinct }));
    const whole = ["data", "verify", "karpathy", at("world"), "--annotations", "train.json", "--images", "images"];
    expect(await cli(whole)).toMatchObject({ code: 0, err: "" });
    await rm(join(world.images, "red_train0.png"));
    const missing = await cli(whole);
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining("red_train0.png") }); // problems that were found, not an error
    expect(missing.err).toBe("");
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    controller.abort(new Error("interrupted"));
    const args = ["data", "verify", "karpathy", at("world"), "--annotations", "captions.json", "--images", "images"];
    expect(await cli(args, { signal: controller.signal })).toMatchObject({ code: 130, err: expect.stringContaining("Stopped: ") });
  });

  it.each([
    [["lost"], 2, "error: unknown command 'lost'"],
    [["verify"], 2, "error: missing required argument 'set'"],
    [["describe", "imagenet"], 2, 'error: INVALID_ARGUMENT: There is no set "imagenet". Known are rsicd,'],
    [["list", "--wide"], 2, "error: unknown option '--wide'"],
    [["verify", "karpathy", "NONE"], 1, "It has nothing. Say which file it is with --annotations.\n"],
    [["verify", "rsicd", "/no/such/folder"], 1, "error: FILE_NOT_FOUND: /no/such/folder"],
    [["convert", "karpathy", "NOTES", "OUT"], 1, "error: FILE_CORRUPT:"],
    [["patches", "/nowhere", "OUT"], 1, "error: FILE_NOT_FOUND: /nowhere can't be opened"],
  ])("refuses %j", async (args, code, message) => {
    await writeFile(at("notes.json"), "no JSON");
    await mkdir(at("none"), { recursive: true });
    const known: Record<string, string> = { NONE: at("none"), NOTES: at("notes.json"), OUT: at("out.csv") };
    const result = await cli(["data", ...args.map((arg) => known[arg] ?? arg)]);
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(message) });
    const debug = await cli(["--debug", "data", ...args.map((arg) => known[arg] ?? arg)]);
    expect(debug.code).toBe(code);
  });
});
