import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { int, named, pickle, raw, repeated, str, tuple } from "../../test/pickles";
import { bytesOf } from "../../test/torch-files";
import { unpickle } from "./pickle";
import type { PickleMeaning } from "./pickle-machine";
import { PickleGlobal, PickleObject, toPlain } from "./pickle-values";

/** Takes every name as an opaque one: what the machine itself does is tested here. */
const meaning: PickleMeaning = {
  global: (module, name) => new PickleGlobal(module, name),
  construct: (callee, args) => new PickleObject(callee, args),
  persistent: (id) => ({ id }),
};
const read = (bytes: Uint8Array) => unpickle(bytes, meaning);
const plain = (bytes: Uint8Array) => toPlain(read(bytes), (value) => value);

describe("unpickle", () => {
  it.each<[string, Uint8Array, unknown]>([
    ["None, True, False", pickle("(N", 0x88, 0x89, "t"), [null, true, false]],
    ["small integers", pickle("(K", 255, "M", 1, 2, "J", 254, 255, 255, 255, "t"), [255, 513, -2]],
    ["long integers", pickle("(", int(-1), int(2n ** 40n), int(-(2n ** 62n)), 0x8a, 0, "t"), [-1, 2 ** 40, -(2n ** 62n), 0]],
    ["LONG4", pickle(0x8b, 1, 0, 0, 0, 5), 5],
    ["a float", pickle("G", 0x3f, 0xf8, 0, 0, 0, 0, 0, 0), 1.5],
    [
      "text",
      pickle("(", str("é"), 0x8c, 1, "a", 0x8d, bytesOf([1, 8]), "b", "U", 1, 0xe9, "T", 1, 0, 0, 0, "c", "t"),
      ["é", "a", "b", "é", "c"],
    ],
    ["bytes", pickle("(C", 1, 7, "B", 1, 0, 0, 0, 8, 0x8e, bytesOf([1, 8]), 9, "t"), [7, 8, 9].map((byte) => Uint8Array.of(byte))],
    ["tuples", pickle("(N", 0x85, "NN", 0x86, "NNN", 0x87, ")t"), [[null], [null, null], [null, null, null], []]],
    ["a list", pickle("]Na(NNe"), [null, null, null]],
    ["a dictionary", pickle("}", str("a"), "Ns(", str("b"), "Nu"), { a: null, b: null }],
    ["keys that aren't text", pickle("}(K", 1, "NNNu"), { 1: null, null: null }],
    ["the key __proto__", pickle("}", str("__proto__"), "Ns"), JSON.parse('{"__proto__": null}')],
    ["sets", pickle("(", 0x8f, "(K", 1, "K", 1, 0x90, "(K", 2, 0x91, "t"), [[1], [2]]],
    ["the memo", pickle("(", str("a"), "q", 0, "h", 0, "r", 1, 1, 0, 0, "j", 1, 1, 0, 0, 0x94, "h", 2, "t"), ["a", "a", "a", "a"]],
    ["the stack", pickle("N2", 0x86, "(NN1N0"), [null, null]],
    ["a frame", pickle(0x95, bytesOf([1, 8]), "N"), null],
    ["a class", pickle(named("torch", "float16")), "torch.float16"],
    ["an object", pickle(named("a", "B"), ")", 0x81, "}", str("x"), "Nsb"), { class: "a.B", state: { x: null } }],
    ["an object's arguments", pickle(named("a", "B"), "N", 0x85, "R"), { class: "a.B", args: [null] }],
    ["arguments by name", pickle(named("a", "B"), ")}", str("k"), "Ns", 0x92), { class: "a.B", args: [[], { k: null }] }],
    [
      "INST and OBJ",
      pickle("((Nia\nB\n(", named("a", "C"), "Not"),
      [
        { class: "a.B", args: [null] },
        { class: "a.C", args: [null] },
      ],
    ],
    ["STACK_GLOBAL", pickle(str("a"), str("B"), 0x93), "a.B"],
    [
      "subclasses of list and dict",
      pickle(named("a", "L"), ")", 0x81, "Na", str("k"), "Ns"),
      { class: "a.L", items: [null], entries: { k: null } },
    ],
    ["a persistent id", pickle("NQ"), { id: null }],
    ["a namespace", pickle(named("argparse", "Namespace"), ")", 0x81, "}", str("lr"), "K", 1, "sb"), { lr: 1 }],
  ])("reads %s", (_, bytes, expected) => {
    expect(plain(bytes)).toEqual(expected);
  });

  const corrupted: [string, Uint8Array][] = [
    ["nothing", raw()],
    ["protocol 0", raw("N.")],
    ["protocol 1", raw(0x80, 1, "N.")],
    ["protocol 6", raw(0x80, 6, "N.")],
    ["no end", raw(0x80, 2, "N")],
    ["nothing at its end", pickle()],
    ["two values at its end", pickle("NN")],
    ["an open mark at its end", pickle("N(")],
    ["an unknown opcode", pickle(0xff)],
    ["the extension registry", pickle(0x82, 1)],
    ["buffers outside of it", pickle(0x97)],
    ["a reference to nothing", pickle("h", 0)],
    ["a reference to value 2^32-1", pickle("j", 255, 255, 255, 255)],
    ["text of 4 GB", pickle("X", 255, 255, 255, 255)],
    ["text of 2^63 bytes", pickle(0x8d, bytesOf([2n ** 63n, 8]))],
    ["bytes of 4 GB", pickle("B", 255, 255, 255, 255)],
    ["bytes of 2^53 bytes", pickle(0x8e, bytesOf([2n ** 53n - 1n, 8]))],
    ["LONG4 of 2 GB", pickle(0x8b, 255, 255, 255, 127)],
    ["LONG4 of -1 byte", pickle(0x8b, 255, 255, 255, 255)],
    ["old text of -1 byte", pickle("T", 255, 255, 255, 255)],
    ["text that isn't UTF-8", pickle("X", 1, 0, 0, 0, 0xff)],
    ["a name without an end", pickle("cos")],
    ["a class whose name is a number", pickle("NN", 0x93)],
    ["a call of text", pickle(str("os.system"), ")R")],
    ["a call of an object", pickle(named("a", "B"), ")", 0x81, ")R")],
    ["arguments that are no tuple", pickle(named("a", "B"), "NR")],
    ["named arguments that are no dictionary", pickle(named("a", "B"), ")N", 0x92)],
    ["OBJ of nothing", pickle("(o")],
    ["an empty stack", pickle("0")],
    ["a tuple of what isn't there", pickle("N", 0x86)],
    ["values below the mark", pickle("N(", 0x85)],
    ["no mark", pickle("Nt")],
    ["list items for a number", pickle("K", 1, "Na")],
    ["entries for a list", pickle("]NNs")],
    ["set items for a list", pickle("](N", 0x90)],
    ["a key without a value", pickle("}(Nu")],
    ["a state for a class", pickle(named("os", "system"), "}b")],
    ["a state for text", pickle(str("x"), "}b")],
    ["a reference within a protocol's byte", raw(0x80)],
  ];
  it.each(corrupted)("refuses %s", (_, bytes) => {
    expect(() => read(bytes)).toThrow(refusal("FILE_CORRUPT"));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a pickle of over 16 MB", new Uint8Array(16_000_001), /16000000 bytes/],
    ["tuples a million deep", pickle("N", repeated(1_000_000, 0x85)), /lists, dictionaries/],
    ["a million open tuples", pickle(repeated(1_000_000, 0x28)), /marks/],
    ["a million dictionaries", pickle(repeated(1_000_000, 0x7d)), /lists, dictionaries/],
    ["two million values", pickle(repeated(2_000_000, 0x4e)), /stack/],
    ["memo number 2^31", pickle("Nr", 0, 0, 0, 128), /remembered/],
    ["a million remembered values", pickle("N", repeated(1_000_000, 0x94)), /remembered/],
    ["five million opcodes", pickle(repeated(2_500_000, 0x4e, 0x30)), /opcodes/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(refusal("FILE_TOO_LARGE"));
    expect(() => read(bytes)).toThrow(message);
  });

  it("refuses every truncation", () => {
    const bytes = pickle("}(", str("a"), int(1), str("b"), tuple("NN"), "u", named("a", "B"), ")", 0x81, 0x86);
    for (let length = 0; length < bytes.length; length++)
      expect(() => read(bytes.slice(0, length)), `${length}`).toThrow(refusal("FILE_CORRUPT"));
  });
});

describe("toPlain", () => {
  it("refuses what contains itself, and what would be huge when written out", () => {
    expect(() => plain(pickle("]q", 0, "h", 0, "a"))).toThrow(refusal("FILE_CORRUPT"));
    expect(() => plain(pickle("}", tuple("N"), "Ns"))).toThrow(refusal("FILE_CORRUPT"));
    expect(() => plain(pickle("N", repeated(99, 0x85)))).toThrow(refusal("FILE_CORRUPT"));
    expect(() => plain(pickle("N", repeated(30, 0x32, 0x86)))).toThrow(refusal("FILE_TOO_LARGE")); // thirty pairs of the pair before
  });
});
