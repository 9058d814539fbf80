import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectRefusedWithinBounds } from "../../test/hostile";
import { sentencePieceModel } from "../../test/vocabularies";
import { SiglipTokenizer } from "./siglip-tokenizer";

describe("a hostile vocabulary is refused within a second and 100 MB", () => {
  const long = (field: number, length: number) => [(field << 3) | 2, ...varint(length)];
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
  const model = sentencePieceModel();
  it.each([
    ["no bytes", []],
    ["text", [...new TextEncoder().encode('{"model": 1}')]],
    ["a cut", [...model.subarray(0, 300)]],
    ["a piece that is longer than the file", long(1, 2 ** 40)],
    ["a number without an end", [8, ...new Array(20).fill(255)]],
    ["a field of number 0", [0, 0]],
    ["a group", [11, 12]],
    ["a piece that is a number", [8, 1]],
    ["a piece whose text isn't UTF-8", [...long(1, 3), ...long(1, 1), 255]],
    ["a score of NaN", [...long(1, 8), ...long(1, 1), 65, 21, 0, 0, 192, 127]],
    ["a byte-pair model", [...long(2, 2), 24, 2]],
    ["a user-defined piece", [...long(1, 5), ...long(1, 1), 65, 24, 4]],
    ["spaces that stay", [...long(3, 2), 40, 0]],
    ["a damaged map", [...long(3, 3), ...long(2, 1), 7]],
  ])("spiece.model: %s", async (_, bytes) => {
    await expectRefusedWithinBounds("sentencepiece", Uint8Array.from(bytes), "FILE_CORRUPT");
  });

  it("spiece.model: two million pieces, and 40 MB of nothing", async () => {
    const pieces = new Uint8Array(4_000_000);
    for (let i = 0; i < pieces.length; i += 2) pieces.set([10, 0], i);
    await expectRefusedWithinBounds("sentencepiece", pieces, "FILE_TOO_LARGE");
    await expectRefusedWithinBounds("sentencepiece", new Uint8Array(40_000_000), "FILE_TOO_LARGE");
    expect(() => SiglipTokenizer.fromSentencePiece("text" as never)).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it.each([
    ["nothing", ""],
    ["an empty line", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n\na"],
    ["a token twice", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na"],
    ["no [SEP]", "[PAD]\n[UNK]\n[CLS]\na"],
    ["a million lines", "a\n".repeat(1_000_000), "FILE_TOO_LARGE"],
    ["half a million lines and one twice", `${Array.from({ length: 500_000 }, (_, i) => `t${i}`).join("\n")}\nt7`],
    ["20 million characters", "a".repeat(20_000_000), "FILE_TOO_LARGE"],
  ])("vocab.txt: %s", async (_, text, code = "FILE_CORRUPT") => {
    await expectRefusedWithinBounds("bert's vocabulary", text, code);
  });
});
