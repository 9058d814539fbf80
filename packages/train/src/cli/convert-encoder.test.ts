import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startBackend } from "@rsdix/backend";
import { readSafetensors } from "@rsdix/models/node";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { tinyWorld } from "../../test/tiny-world";

beforeAll(() => startBackend("cpu"));

it("does not replace the encoder of the captioner that is converted, nor a processor where the encoder goes", async () => {
  const folder = scratchFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const world = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("captioner"), world.clip);
  await cp(at("captioner"), at("linked"), { recursive: true, filter: (path) => !path.startsWith(at("captioner", "encoder")) });
  await symlink(world.clip, at("linked", "encoder"));
  await mkdir(at("links"));
  await symlink(join(world.clip, "model.safetensors"), at("links", "model.safetensors"));
  await cp(join(world.clip, "config.json"), at("links", "config.json"));
  const names = (await readSafetensors(join(world.clip, "model.safetensors"))).tensors.keys();
  const weight_map = Object.fromEntries([...names].map((name) => [name, "model.safetensors"]));
  await writeFile(at("links", "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
  const weights = () =>
    Promise.all(
      [at("captioner", "encoder"), world.clip].map(async (place) => [
        await readdir(place),
        await readFile(join(place, "model.safetensors")),
      ]),
    );
  const before = await weights();
  for (const args of [
    [at("captioner"), at("captioner", "encoder")],
    [at("captioner", "model.safetensors"), at("captioner", "encoder")],
    [pathToFileURL(at("captioner")).href, at("captioner", "encoder")],
    [pathToFileURL(at("captioner", "model.safetensors")).href, at("captioner", "encoder")],
    [at("linked"), world.clip],
    [at("captioner"), at("linked"), "--processor", world.clip],
    [at("links", "model.safetensors"), world.clip],
    [at("links"), world.clip],
    [at("links", "model.safetensors.index.json"), world.clip],
    [pathToFileURL(world.clip).href, world.clip],
    [world.clip, pathToFileURL(world.clip).href],
  ])
    expect(await cli(["convert", ...args, "--force"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/INVALID_ARGUMENT: .* is read, and would be replaced by what comes of it: name another folder/),
    });
  expect(await weights()).toEqual(before);
  await cp(at("captioner"), at("other"), { recursive: true });
  expect(await cli(["convert", at("captioner"), at("other"), "--force"])).toMatchObject({ code: 0 });
});

it("takes what lies in the folder that is written to, where nothing takes its place", async () => {
  const folder = scratchFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const { clip } = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("out"), clip);
  const encoder = async () => [await readdir(at("out", "encoder")), await readFile(at("out", "encoder", "model.safetensors"))];
  const before = await encoder();
  await mkdir(at("bare"));
  for (const name of ["config.json", "model.safetensors"]) await cp(join(clip, name), at("bare", name));
  const made = await cli(["convert", at("bare"), at("out"), "--processor", at("out", "encoder"), "--force"]);
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/tokenizer/) }); // of a CLIP, which has no encoder
  expect(await cli(["convert", at("out", "encoder"), at("out"), "--force"])).toMatchObject({ code: 0 });
  expect(await encoder()).toEqual(before);
});

it("keeps models that lie below the older encoder, also one that is converted", async () => {
  const folder = scratchFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const { clip } = await tinyWorld(at("world"));
  for (const place of ["captioner", "out"]) await saveTinyCaptioner(at(place), clip);
  await cp(at("captioner"), at("out", "encoder", "old"), { recursive: true });
  const older = ["config.json", "model.safetensors", "encoder/model.safetensors"].map((name) => at("out", "encoder", "old", name));
  const contents = () => Promise.all(older.map((path) => readFile(path, "base64")));
  const before = await contents();
  for (const source of [at("captioner"), at("out", "encoder", "old")]) {
    expect(await cli(["convert", source, at("out"), "--force"])).toMatchObject({ code: 0 });
    expect(await contents()).toEqual(before);
  }
});
