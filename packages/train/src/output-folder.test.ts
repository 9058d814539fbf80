import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { isSamePath, makeFolder, refuseInputs } from "./output-folder";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = scratchFolder("file");
  await mkdir(at("real"));
  await writeFile(at("real", "scores.tsv"), "");
  await symlink("real", at("linked"));
  await symlink(join("real", "scores.tsv"), at("file.tsv"));
  await symlink(join("linked", "later.tsv"), at("dangling.tsv"));
  await symlink("circle", at("circle"));
});

describe("isSamePath", () => {
  it.each([
    ["a folder's link", ["real", "scores.tsv"], ["linked", "scores.tsv"]],
    ["a file's link", ["real", "scores.tsv"], ["file.tsv"]],
    ["a folder's link, of a file that is not there yet", ["real", "new", "x.tsv"], ["linked", "new", "x.tsv"]],
    ["a link to a file that is not there yet", ["real", "later.tsv"], ["dangling.tsv"]],
    ["letters' case", ["real", "Later.tsv"], ["linked", "later.TSV"]],
    ["a circle of links, which is itself", ["circle"], ["circle"]],
  ])("sees one file through %s", (_how, one, other) => {
    expect(isSamePath(at(...one), at(...other))).toBe(true);
  });

  it("tells different files from one another", () => {
    expect(isSamePath(at("real", "scores.tsv"), at("linked", "later.tsv"))).toBe(false);
    expect(isSamePath(at("circle"), at("real"))).toBe(false);
  });
});

describe("refuseInputs", () => {
  const refusedFor = (output: string, model: string) => expect.soft(() => refuseInputs([at(output)], { models: [at(model)] }));

  it("knows the files that a model is read from, and lets others be written beside and below them", async () => {
    for (const name of ["model/encoder", "model/1_Pooling"]) await mkdir(at(name), { recursive: true });
    await writeFile(at("model", "a.safetensors"), "");
    for (const name of ["a.safetensors", "config.json", "new.ckpt", "encoder/config.json", "1_Pooling/config.json", "vocab.txt"])
      refusedFor(`model/${name}`, "model").toThrow(/is read as a part of the model .*model, and would be replaced/);
    for (const name of ["out/embeddings.safetensors", "out/config.json", "captions.json", "scores.tsv"])
      refusedFor(`model/${name}`, "model").not.toThrow();
    for (const name of ["config.json", "tokenizer.json"])
      refusedFor(`model/${name}`, "model/a.safetensors").toThrow(/is read as a part of/);
    for (const name of ["embeddings.safetensors", "encoder/config.json", "captions.json"])
      refusedFor(`model/${name}`, "model/a.safetensors").not.toThrow();
  });

  it("leaves what lies below a file to whoever reads it", async () => {
    await writeFile(at("file"), "");
    const below = [at("file", "below")];
    expect(() => refuseInputs([at("new.json")], { files: below, images: below, models: below })).not.toThrow();
  });

  it("knows what is given as a URL of a file", () => {
    const given = pathToFileURL(at("real")).href;
    for (const [name, inputs] of [
      ["config.json", { models: [given] }],
      ["lake.png", { images: [given] }],
      ["scores.tsv", { files: [`${given}/scores.tsv`] }],
    ] as const)
      expect.soft(() => refuseInputs([at("real", name)], inputs), name).toThrow(/is read as/);
  });

  it("knows the configuration of the run that a model is of", async () => {
    await mkdir(at("clip-1", "model"), { recursive: true });
    refusedFor("clip-1/config.yaml", "clip-1/model").toThrow(/is read as a part of the model/);
    refusedFor("clip-1/captions.json", "clip-1/model").not.toThrow();
    refusedFor("config.yaml", "clip-1").not.toThrow();
  });

  it("knows an image by how it begins, where a link makes it one of those that are read, too", async () => {
    await mkdir(at("images"));
    const starts = { "a.json": "\x89PNG\r\n\x1a\n", b: "RIFF0000WEBPVP8 ", c: "\xff\xd8\xff\xe0", "e.tsv": "MM\0*\0\0\0\x08" };
    for (const [name, start] of Object.entries(starts)) {
      await writeFile(at("images", name), start, "latin1");
      await writeFile(at(name), start, "latin1");
      const images = { images: [at("images")] };
      expect.soft(() => refuseInputs([at("images", name)], images)).toThrow(/is read as an image of .*images, and would be replaced/);
      expect.soft(() => refuseInputs([at(name)], images)).toThrow(/is an image, which is not replaced: name another file/);
    }
    await writeFile(at("images", "captions.json"), "{}");
    expect(() => refuseInputs([at("images", "captions.json"), at("images", "new")], { images: [at("images")] })).not.toThrow();
  });
});

it.skipIf(process.platform !== "linux")("refuses a folder that can't be made below /proc, where Node's own way never ends", async () => {
  await expect(makeFolder("/proc/rsdix/out")).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringMatching(/^The folder \/proc\/rsdix\/out cannot be made: /),
  });
});
