import { execFileSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { newFolder } from "../../test/model-folders";
import { f32 } from "../../test/specs";
import * as rsdix from "../index";
import { openSafetensorsFile, writeSafetensors, writeShardedSafetensors } from "../node";

const NOTHING = [null, {}, 5, [1]] as never[];
const bias = new Map([["bias", f32([2], 1, 2)]]);

describe("What reads and writes checkpoints refuses what is none", () => {
  const { lazyOf, fromHuggingFace } = rsdix;
  const calls: Record<string, (wrong: never) => unknown> = {
    lazyOf,
    readAll: rsdix.readAll,
    belowPrefix: (wrong) => rsdix.belowPrefix(wrong, "a."),
    "belowPrefix's prefix": (wrong) => rsdix.belowPrefix(bias, wrong),
    detectLayout: rsdix.detectLayout,
    toHuggingFace: rsdix.toHuggingFace,
    fromHuggingFace: (wrong) => fromHuggingFace(wrong, { model: "clip", layout: "rsdix" }),
    clipConfigOf: rsdix.clipConfigOf,
    siglipConfigOf: rsdix.siglipConfigOf,
    gpt2ConfigOf: rsdix.gpt2ConfigOf,
    clipCapConfigOf: rsdix.clipCapConfigOf,
    resizePositions: (wrong) => rsdix.resizePositions(wrong, 2),
    withImageSize: (wrong) => rsdix.withImageSize(wrong, rsdix.CLIP_VIT_B_32, 224),
    "withImageSize's config": (wrong) => rsdix.withImageSize(lazyOf(bias), wrong, 224),
    parseSafetensors: rsdix.parseSafetensors,
    openSafetensors: rsdix.openSafetensors,
    openShardedSafetensors: rsdix.openShardedSafetensors,
    "a source": (wrong) => rsdix.openSafetensors({ size: 9, read: async () => wrong }),
    encodeSafetensors: rsdix.encodeSafetensors,
    writeSafetensors: (wrong) => writeSafetensors("nowhere/a.safetensors", wrong),
    writeShardedSafetensors: (wrong) => writeShardedSafetensors("nowhere", wrong),
    "writeSafetensors's path": (wrong) => writeSafetensors(wrong, bias),
    openSafetensorsFile,
    "Vocabulary.full": (wrong) => rsdix.Vocabulary.full(wrong === 5 ? (0 as never) : wrong),
    "Vocabulary's ids": (wrong) => rsdix.Vocabulary.compact(1, wrong),
    rowsOf: (wrong) => rsdix.Vocabulary.full(1).rowsOf(wrong),
    idsOf: (wrong) => rsdix.Vocabulary.full(1).idsOf(wrong),
  };
  it.each(Object.entries(calls))("%s", async (_, call) => {
    for (const wrong of NOTHING) await expect((async () => call(wrong))()).rejects.toThrow(refusal("INVALID_ARGUMENT", /got|must be/));
  });

  it("files that describe no Sentence-BERT, and vocabularies without end", () => {
    expect(() => rsdix.sentenceBertConfigFrom(null as never)).toThrow(refusal("INVALID_ARGUMENT", /must be an object of config/));
    expect(() => rsdix.Vocabulary.compact(1e12, [1])).toThrow(refusal("INVALID_ARGUMENT", /size must be .*at most 268435456/));
  });
});

describe("Writing safetensors refuses", () => {
  it("options in the place of metadata, and metadata that is no text", async () => {
    for (const [metadata, message] of [
      [{ storage: "float16" }, /metadata has "storage": "float16"\. That is an option, and options come after/],
      [null, /metadata must be text by name, got null/],
      [{ step: 5 }, /metadata must be text by name, got 5 for "step"/],
    ] as const) {
      const expected = refusal("INVALID_ARGUMENT", message);
      expect(() => rsdix.encodeSafetensors(bias, metadata as never)).toThrow(expected);
      await expect(writeSafetensors("nowhere/a.safetensors", bias, metadata as never)).rejects.toThrow(expected);
      await expect(writeShardedSafetensors("nowhere", bias, { metadata: metadata as never })).rejects.toThrow(expected);
    }
  });

  it("not metadata that has a like name", () => {
    const { metadata } = rsdix.parseSafetensors(rsdix.encodeSafetensors(bias, { storage: "a shelf" }));
    expect(metadata).toEqual({ storage: "a shelf" });
  });

  it("a shape that isn't sizes", () => {
    for (const shape of [[-1, -1], [1.5], null]) {
      const wrong = new Map([["a", { ...f32([1], 1), shape: shape as never }]]);
      expect(() => rsdix.encodeSafetensors(wrong)).toThrow(refusal("INVALID_ARGUMENT", /for a\./));
    }
  });
});

describe("Files", () => {
  it("can be written by two at once", async () => {
    const folder = await newFolder();
    const writes = Array.from({ length: 8 }, () => writeShardedSafetensors(folder, bias));
    const path = join(folder, "one.safetensors");
    await Promise.all([...writes, ...Array.from({ length: 8 }, () => writeSafetensors(path, bias))]);
    expect((await readdir(folder)).sort()).toEqual(["model.safetensors", "one.safetensors"]);
  });

  it.skipIf(process.platform === "win32")("that are named pipes are refused at once", async () => {
    const path = join(await newFolder(), "pipe.safetensors");
    execFileSync("mkfifo", [path]);
    await expect(openSafetensorsFile(path)).rejects.toThrow(refusal("FILE_NOT_FOUND", /it isn't a file/));
  });

  it("that stand in the place of weights are called what they are", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
    for (const [text, message] of [
      [pointer, /the pointer that git keeps .*git lfs pull/],
      ["<!DOCTYPE html><html></html>", /a web page/],
      ["\n<html>\n</html>", /a web page/],
    ] as const) {
      const expected = refusal("FILE_CORRUPT", message);
      await expect(rsdix.openSafetensors(new Blob([text]))).rejects.toThrow(expected);
      await expect(rsdix.readTorchCheckpoint(new Blob([text]))).rejects.toThrow(expected);
      expect(() => rsdix.parseSafetensors(new TextEncoder().encode(text))).toThrow(expected);
      const path = join(await newFolder(), "a.safetensors");
      await writeFile(path, text);
      await expect(openSafetensorsFile(path)).rejects.toThrow(expected);
    }
  });
});
