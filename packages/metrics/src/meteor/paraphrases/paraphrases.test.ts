import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../../../test/refusal";
import { scratchFolder } from "../../../../../test/scratch-folder";
import { loadWordNet } from "../../wordnet/load-wordnet";
import { createMeteor } from "../create-meteor";
import { type LoadParaphrasesOptions, loadParaphrases, type Paraphrases, saveParaphrases } from "./paraphrases";

interface Golden {
  readonly table: string;
  readonly pairs: readonly (readonly [candidate: string, references: readonly string[]])[];
  readonly perImage: readonly number[];
}

const fixture = gunzipSync(readFileSync(new URL("../../fixtures/meteor.json.gz", import.meta.url)));
const golden: Golden = JSON.parse(fixture.toString()).small;
const TABLE = golden.table;
const bytes = (text: string) => new TextEncoder().encode(text);
const folder = scratchFolder("file");

let scoreWith: (paraphrases: Paraphrases) => number[];
beforeAll(async () => {
  const wordnet = await loadWordNet();
  scoreWith = (paraphrases) => {
    const scorer = createMeteor({ wordnet, paraphrases });
    return golden.pairs.map((pair) => scorer.score(...pair));
  };
});

describe("loadParaphrases", () => {
  it("gives what its table says, from bytes, packed or not, a path and an address", async () => {
    const paraphrases = await loadParaphrases(bytes(TABLE));
    expect(paraphrases).toEqual({ phrases: 3, pairs: 3 });
    const scores = scoreWith(paraphrases);
    expect(scores).toBeAllclose(golden.perImage, { rtol: 0, atol: 1e-12 });
    const path = join(folder, "table.gz");
    writeFileSync(path, gzipSync(TABLE));
    for (const from of [gzipSync(TABLE), path, new URL(`file://${path}`), bytes(TABLE.replaceAll("\n", "\r\n")), bytes(TABLE.trimEnd())]) {
      expect(scoreWith(await loadParaphrases(from))).toEqual(scores);
    }
  });

  it("takes entries of one phrase that stand apart, and phrases more than once, in the table's order", async () => {
    const apart = "1\na b\nc\n1\nb\nd\n1\na b\ne f\n1\nb\nd\n";
    const together = "1\na b\nc\n1\na b\ne f\n1\nb\nd\n1\nb\nd\n";
    expect(saveParaphrases(await loadParaphrases(bytes(apart)))).toEqual(
      saveParaphrases(await loadParaphrases(bytes(together.replace("c\n1\na b\ne f\n1\nb\nd", "c\n1\nb\nd\n1\na b\ne f")))),
    );
    expect(await loadParaphrases(bytes(apart))).toEqual({ phrases: 2, pairs: 4 });
  });

  it("reads a table that comes in the smallest pieces, and one of more words than 16 bits count", async () => {
    const piecemeal = new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes(TABLE)) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      }),
    );
    const original = globalThis.fetch;
    globalThis.fetch = async () => piecemeal;
    try {
      expect(scoreWith(await loadParaphrases("https://example.org/table"))).toEqual(scoreWith(await loadParaphrases(bytes(TABLE))));
    } finally {
      globalThis.fetch = original;
    }
    const many = Array.from({ length: 70_000 }, (_, i) => `1\nw${i}\nv${i} v\n`).join("");
    const wide = await loadParaphrases(bytes(many + TABLE));
    expect(scoreWith(wide)).toEqual(scoreWith(await loadParaphrases(bytes(TABLE))));
    expect(scoreWith(await loadParaphrases(saveParaphrases(wide)))).toEqual(scoreWith(wide));
  });

  it("reads what saveParaphrases wrote", async () => {
    const paraphrases = await loadParaphrases(bytes(TABLE));
    const saved = saveParaphrases(paraphrases);
    const path = join(folder, "table.index");
    writeFileSync(path, saved);
    for (const from of [saved, gzipSync(saved), path]) {
      const again = await loadParaphrases(from);
      expect(again).toEqual(paraphrases);
      expect(scoreWith(again)).toEqual(scoreWith(paraphrases));
      expect(saveParaphrases(again)).toEqual(saved);
    }
  });

  it("is taken by another copy of this code, as each entry of the package has one in Node", async () => {
    vi.resetModules();
    const another = await import("./paraphrases");
    const table = await loadParaphrases(bytes(TABLE));
    expect(another.loadParaphrases).not.toBe(loadParaphrases);
    expect(another.saveParaphrases(table)).toEqual(saveParaphrases(table));
    expect(JSON.stringify(table)).toBe(JSON.stringify({ phrases: table.phrases, pairs: table.pairs }));
  });

  it("tells how far it is, and stops when it is told", async () => {
    const path = join(folder, "long");
    writeFileSync(path, TABLE.repeat(20_000));
    const told: { read: number; total: number | undefined }[] = [];
    await loadParaphrases(path, { onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)).toEqual({ read: 20_000 * TABLE.length, total: 20_000 * TABLE.length });
    const controller = new AbortController();
    const stopped = loadParaphrases(path, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toThrow(refusal("ABORTED", /long was being read when that was stopped/));
    await expect(loadParaphrases(path, { signal: AbortSignal.abort() })).rejects.toThrow(refusal("ABORTED", /was stopped/));
    await expect(
      loadParaphrases(bytes(TABLE), { signal: { aborted: true, addEventListener() {}, removeEventListener() {} } as never }),
    ).rejects.toThrow(refusal("ABORTED", /^The paraphrase table was being read when that was stopped/));
  });

  it("refuses what is no table", async () => {
    const corrupt = (text: string, message: RegExp) =>
      expect(loadParaphrases(bytes(text)), text.slice(0, 40)).rejects.toThrow(refusal("FILE_CORRUPT", message));
    await corrupt("<html>\n", /^The paraphrase table is no paraphrase table of METEOR: line 1 should begin with a probability\./);
    await corrupt("0.1\na\nb\n\n", /line 4 should begin with a probability/);
    await corrupt("0.1\n \nb\n", /line 2 should be a phrase/);
    await corrupt("0.1\na\n", /line 2 is the last, in the middle of an entry/);
    await corrupt(`0.1\n${"a ".repeat(33)}\nb\n`, /line 2 has more than 32 words/);
    await corrupt(`0.1\n${"a".repeat(5000)}`, /line 1 is longer than 4096 bytes/);
    await corrupt("", /has no paraphrases in it/);
    const cut = gzipSync(TABLE).subarray(0, 40); // in the middle of it
    await expect(loadParaphrases(cut)).rejects.toThrow(refusal("FILE_CORRUPT", /^The paraphrase table can't be unpacked/));
    await expect(loadParaphrases(join(folder, "none"))).rejects.toThrow(refusal("FILE_NOT_FOUND", /none can't be read: .*Check the path/));
    await expect(loadParaphrases(folder)).rejects.toThrow(refusal("INVALID_ARGUMENT", /is a folder, expected a file/));
    for (const [address, why] of [
      ["file://host/x", "host"],
      ["file:///a%2Fb", "encoded"],
      ["file://[", "Invalid URL"],
    ] as const) {
      await expect(loadParaphrases(address), address).rejects.toThrow(
        refusal("INVALID_ARGUMENT", new RegExp(`is no address of a file on this machine: .*${why}.*Give a path, or file:///folder/file`)),
      );
    }
    await expect(loadParaphrases(new URL("ftp://x/y"))).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^ftp:\/\/x\/y is no address that can be read: give an http:, https: or file: one, or a path\.$/),
    );
    await expect(loadParaphrases("")).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /must be a path, an address or bytes, got an empty text/),
    );
    await expect(loadParaphrases(5 as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be a path, an address or bytes, got 5/));
    await expect(loadParaphrases(bytes(TABLE), { progress: 1 } as LoadParaphrasesOptions)).rejects.toThrow(
      refusal("UNKNOWN_OPTION", /no option "progress"/),
    );
    await expect(loadParaphrases(bytes(TABLE), { onProgress: 1 as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^onProgress must be a function/),
    );
    await expect(loadParaphrases(new Uint8Array(4), { signal: 5 as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^signal must be an AbortSignal, got 5/),
    );
    await expect(loadParaphrases(bytes(TABLE), { signal: { aborted: false } as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^signal must be an AbortSignal/),
    );
    expect(() => saveParaphrases({ phrases: 1, pairs: 1 })).toThrow(
      refusal("INVALID_ARGUMENT", /^paraphrases must be what loadParaphrases resolves to/),
    );
  });

  it("says of a download that broke off that it did", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(gzipSync(TABLE).subarray(0, 30)),
      pull: (controller) => controller.error(new Error("terminated")),
    });
    const original = globalThis.fetch;
    globalThis.fetch = async () => new Response(broken);
    try {
      await expect(loadParaphrases("https://example.org/table")).rejects.toThrow(refusal("DOWNLOAD_FAILED", /broke off: terminated/));
    } finally {
      globalThis.fetch = original;
    }
  });

  it("refuses a saved index with any byte missing or any count wrong", async () => {
    const saved = saveParaphrases(await loadParaphrases(bytes(TABLE)));
    for (let length = 8; length < saved.length; length++) {
      await expect(loadParaphrases(saved.subarray(0, length)), `${length}`).rejects.toThrow(
        refusal("FILE_CORRUPT", /^The paraphrase table is damaged/),
      );
    }
    const longer = Uint8Array.of(...saved, 0, 0, 0, 0);
    await expect(loadParaphrases(longer)).rejects.toThrow(refusal("FILE_CORRUPT", /4 bytes follow its end/));
    await expect(loadParaphrases(longer.subarray(0, -3))).rejects.toThrow(refusal("FILE_CORRUPT", /: 1 byte follows its end/));
  });

  it("refuses a saved index with any byte changed, or two that are alike", async () => {
    const saved = saveParaphrases(await loadParaphrases(bytes(TABLE)));
    const refused = (message: RegExp, ...changes: number[]) => {
      const damaged = saved.slice();
      for (const at of changes) damaged[at]! ^= 0x80;
      return expect(loadParaphrases(damaged), `${changes}`).rejects.toThrow(refusal("FILE_CORRUPT", message));
    };
    for (let at = 8; at < saved.length; at++) await refused(/^The paraphrase table is damaged/, at);
    // The highest bits of words of one lane, which plain products keep where they are.
    for (let at = 39; at + 16 < saved.length; at++) await refused(/^The paraphrase table is damaged/, at, at + 16);
    const word = new TextDecoder().decode(saved).indexOf("vicinity");
    await refused(/its checksum is wrong\. Fetch or make it again\.$/, word, word + 1);
  });

  it("asks for an index of an earlier version to be made again", async () => {
    const earlier = saveParaphrases(await loadParaphrases(bytes(TABLE)));
    earlier[7] = "1".charCodeAt(0);
    await expect(loadParaphrases(earlier)).rejects.toThrow(
      refusal("FILE_CORRUPT", /its version is 1, expected 2\. Fetch or make it again\./),
    );
  });
});
