import { describe, expect, it } from "vitest";
import { unbase64 } from "../test/files";
import { decodeImage } from "./decode-image";
import { files, pictures } from "./fixtures/orientation.json";

describe("decodeImage's orientation", () => {
  it.each(files)("is Pillow's: $name", async (file) => {
    for (const orientation of ["ignore", "exif"] as const) {
      const { size, rgb } = pictures[file[orientation]]!;
      const image = await decodeImage(unbase64(file.file), { orientation });
      expect([image.width, image.height]).toEqual(size);
      expect([...image.data]).toEqual([...unbase64(rgb)]);
    }
  });

  it("is ignored unless asked for", async () => {
    const [file] = files.filter(({ name }) => name === "jpeg 6");
    expect(await decodeImage(unbase64(file!.file))).toEqual(await decodeImage(unbase64(file!.file), { orientation: "ignore" }));
  });

  it("is nothing else", async () => {
    const wrong = decodeImage(unbase64(files[0]!.file), { orientation: "upright" as never });
    await expect(wrong).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'orientation must be "ignore" or "exif", got "upright".',
    });
  });
});
