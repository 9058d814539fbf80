import { cp, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { scratchFolder } from "../../test/scratch-folder";
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
    [at("linked"), world.clip],
    [at("captioner"), at("linked"), "--processor", world.clip],
  ])
    expect(await cli(["convert", ...args, "--force"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/INVALID_ARGUMENT: .* is read, and would be replaced by what comes of it: name another folder/),
    });
  expect(await weights()).toEqual(before);
  await cp(at("captioner"), at("other"), { recursive: true });
  expect(await cli(["convert", at("captioner"), at("other"), "--force"])).toMatchObject({ code: 0 });
});
