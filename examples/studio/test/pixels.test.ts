import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { decode } from "../src/worker/pixels";

it("a TIFF that can't be read here is told of in words for who is at the page", async () => {
  const fixture = new URL("../../../packages/image/src/fixtures/decode.json", import.meta.url);
  const goldens = JSON.parse(await readFile(fixture, "utf8")) as { name: string; file: string }[];
  const bytes = new Uint8Array(Buffer.from(goldens.find(({ name }) => name === "tiff jpeg")!.file, "base64"));
  await expect(decode(bytes)).rejects.toMatchObject({
    code: "FILE_CORRUPT",
    message: expect.stringMatching(/ is a TIFF with compression 7, expected .*\. Save it in another way\.$/),
  });
});
