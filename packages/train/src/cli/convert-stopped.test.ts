import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { RsdixError } from "@rsdix/internal";
import { Clip, ClipCap } from "@rsdix/models";
import { beforeAll, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const at = (name: string) => join(folder, name);

it("convert stops in the middle of writing with nothing half written, and ends as what is interrupted does", async () => {
  const source = at("stopped-captioner");
  await saveTinyCaptioner(source, world.clip);
  const { save } = Clip.prototype;
  const writing = vi.spyOn(Clip.prototype, "save"); // the captioner's encoder, after the captioner
  const stoppedAtTheEncoder = (target: string, meanwhile: () => Promise<void> = async () => {}) => {
    const stop = new AbortController();
    writing.mockImplementationOnce(async function (this: Clip, ...given) {
      await meanwhile();
      stop.abort(new Error("interrupted"));
      return save.apply(this, given);
    });
    return cli(["convert", source, target], { signal: stop.signal });
  };
  for (const there of [false, true]) {
    const target = at(`stopped-${there}`);
    if (there) await mkdir(target);
    const stopped = await stoppedAtTheEncoder(target);
    expect(stopped).toEqual({ code: 130, out: "", err: expect.stringMatching(/^Stopped: Saving to .*encoder was stopped\./) });
    expect(await readdir(target).catch(() => undefined)).toEqual(there ? [] : undefined);
  }
  // What somebody else puts there meanwhile stays.
  const shared = at("stopped-shared");
  expect(await stoppedAtTheEncoder(shared, () => writeFile(join(shared, "notes.txt"), "mine"))).toMatchObject({ code: 130 });
  expect(await readdir(shared)).toEqual(["notes.txt"]);
  writing.mockRestore();
  // Over an older one: before it is replaced, or not at all.
  const target = at("stopped-true");
  expect(await cli(["convert", source, target])).toMatchObject({ code: 0 });
  const before = await readFile(join(target, "model.safetensors"));
  const stop = new AbortController();
  const captioner = vi.spyOn(ClipCap.prototype, "save").mockImplementationOnce(function (this: ClipCap, ...given) {
    captioner.mockRestore();
    stop.abort(new Error("interrupted"));
    return this.save(...given);
  });
  const stopped = await cli(["convert", source, target, "--force", "--dtype", "float16"], { signal: stop.signal });
  expect(stopped).toMatchObject({ code: 130, out: "" });
  expect(Buffer.compare(await readFile(join(target, "model.safetensors")), before)).toBe(0);
});

/** All files below a folder, with what is in them. */
async function contents(place: string): Promise<Record<string, string>> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.sort().map(async (file) => [file, (await readFile(file)).toString("base64")])));
}

it("convert --force replaces a captioner and its encoder, or neither", async () => {
  const [source, target] = [at("forced-captioner"), at("forced")];
  await saveTinyCaptioner(source, world.clip);
  expect(await cli(["convert", source, target])).toMatchObject({ code: 0 });
  await writeFile(join(target, "encoder", "README.md"), "mine");
  const before = await contents(target);
  const force = ["convert", source, target, "--force", "--dtype", "float16"];
  const failing = async () => {
    throw new RsdixError("WRITE_FAILED", "the disk is full");
  };
  const { save } = Clip.prototype;
  const encoderIsWritten = async function (this: Clip, ...given: Parameters<Clip["save"]>) {
    await save.apply(this, given);
    return failing();
  };
  for (const fail of [
    () => vi.spyOn(Clip.prototype, "save").mockImplementationOnce(failing),
    () => vi.spyOn(Clip.prototype, "save").mockImplementationOnce(encoderIsWritten),
    () => vi.spyOn(ClipCap.prototype, "save").mockImplementationOnce(failing),
  ]) {
    const writing = fail();
    expect(await cli(force)).toEqual({ code: 1, out: "", err: "error: WRITE_FAILED: the disk is full\n" });
    writing.mockRestore();
    expect(await contents(target)).toEqual(before);
  }
  expect(await cli(force)).toMatchObject({ code: 0 });
  const after = await contents(target);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  const changed = Object.keys(before).filter((file) => after[file] !== before[file]);
  expect(changed).toEqual([join(target, "encoder", "model.safetensors"), join(target, "model.safetensors")]);
});
