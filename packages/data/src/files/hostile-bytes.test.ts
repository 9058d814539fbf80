import { expect, it } from "vitest";
import { fromBase64 } from "../../test/base64";
import { through } from "../../test/make-tar";
import { createRandom, type Random } from "../create-random";
import shards from "../fixtures/webdataset.json";
import zips from "../fixtures/zip.json";
import { readWebDataset } from "../webdataset/read-webdataset";
import { webDataset } from "../webdataset/web-dataset";
import type { ByteSource } from "./byte-source";
import { openFiles } from "./open-files";
import { zipFiles } from "./zip-files";

const CODES = ["FILE_CORRUPT", "FILE_TOO_LARGE"];

/** A copy with bits, bytes or stretches changed, or cut off; more often near the end, where a zip file has its directory. */
function damaged(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const place = () => (random.int(2) === 0 ? random.int(copy.length) : copy.length - 1 - random.int(Math.min(copy.length, 900)));
  for (let i = random.int(4); i >= 0; i--) {
    const at = place();
    const kind = random.int(5);
    if (kind === 0) copy[at] = random.int(256);
    else if (kind === 1) copy[at]! ^= 1 << random.int(8);
    else if (kind === 2) copy.fill(255 * random.int(2), at, at + random.int(8));
    else if (kind === 3) copy.copyWithin(place(), at, at + random.int(64));
    else return copy.slice(0, at);
  }
  return copy;
}

/** Allocates what it is asked for before it reads, as a file on disk does. */
function allocating(bytes: Uint8Array): ByteSource {
  const read = async (start: number, end: number) => {
    const part = new Uint8Array(end - start);
    part.set(bytes.subarray(start, end));
    return part;
  };
  return { name: "the zip file", size: bytes.length, read };
}

/** What goes wrong in `work`, which must be an error of ours about the file. */
async function problems(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    expect([name, CODES.includes(code) ? "" : `${code}: ${message}`]).toEqual(["RsdixError", ""]);
    return 1;
  }
}

it("a zip file of any bytes is read, or is an error that says what is wrong with it", async () => {
  const random = createRandom(1);
  let found = 0;
  for (let i = 0; i < 40; i++) {
    for (const zip of Object.values(zips.archives)) {
      const bytes = damaged(fromBase64(zip), random);
      found += await problems(async () => {
        const files = i % 2 === 0 ? await openFiles(bytes) : await zipFiles(allocating(bytes));
        for (const name of await files.names()) found += await problems(async () => void (await files.read(name)));
      });
    }
  }
  expect(found).toBeGreaterThan(100);
});

it("a shard of any bytes is read, or is an error that says what is wrong with it", async () => {
  const random = createRandom(2);
  let found = 0;
  for (const { gzip } of Object.values(shards)) {
    const tar = await through(fromBase64(gzip), new DecompressionStream("gzip"));
    for (let i = 0; i < 60; i++) {
      const bytes = damaged(i % 10 === 0 ? fromBase64(gzip) : tar, random);
      found += await problems(async () => {
        for await (const { image } of readWebDataset(bytes)) expect(image.bytes).toBeInstanceOf(Uint8Array);
      });
      if (bytes[0] === 0x1f) continue;
      await problems(async () => {
        const { images, files } = await webDataset(bytes, { onError: "skip" });
        expect((await files.names()).length).toBe(images.length);
      });
    }
  }
  expect(found).toBeGreaterThan(50);
});
