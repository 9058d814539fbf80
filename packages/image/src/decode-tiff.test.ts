import { describe, expect, it } from "vitest";
import { unbase64 } from "../test/files";
import { decodeTiff } from "./decode-tiff";
import { files, pictures } from "./fixtures/decode-tiff.json";
import orientations from "./fixtures/orientation.json";
import { readTiffDirectory } from "./tiff-directory";

const decode = (bytes: Uint8Array) =>
  decodeTiff(
    bytes,
    readTiffDirectory(bytes, "x.tif", () => {}),
    "x.tif",
  );

describe("decodeTiff", () => {
  it.each(files)("gives the pixels that Pillow gives: $name", ({ file, picture }) => {
    const { size, rgb } = pictures[picture as keyof typeof pictures];
    const image = decode(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    expect([...image.data]).toEqual([...unbase64(rgb)]);
  });

  it.each(orientations.files.filter(({ name }) => name.startsWith("tiff")))("turns the image as Pillow does: $name", ({ file, ignore }) => {
    const { size, rgb } = orientations.pictures[ignore]!;
    const image = decode(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    expect([...image.data]).toEqual([...unbase64(rgb)]);
  });
});
