import { describe, expect, it } from "vitest";
import { expectRefusedWithinBounds } from "../../test/hostile";
import { int, named, pickle, raw, repeated, str, tuple } from "../../test/pickles";
import { bytesOf, torchFile } from "../../test/torch-files";
import { array, call, file, ints, option, readAll, sixteen, state, storage } from "../../test/torch-pickles";

describe("a checkpoint that a test made", () => {
  it("is read where nothing is wrong with it", async () => {
    const { arrays } = await readAll(file({ shape: [2, 3], strides: [1, 1] }, { 0: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) }));
    expect([...arrays.get("w")!.data]).toEqual([1, 2, 3, 2, 3, 4]);
    expect((await readAll(file({ offset: 4, shape: [0, 9], strides: [9, 1] }))).arrays.get("w")!.shape).toEqual([0, 9]);
  });

  it("may have as many arrays as 30,000 of torch's are objects", async () => {
    const entries = Array.from({ length: 16_000 }, (_, i) => raw(str(`layers.${i}.weight`), array({})));
    expect((await readAll(torchFile(pickle("}(", ...entries, "u"), sixteen))).arrays.size).toBe(entries.length);
  });

  it("leaves out what is no array, and says so", async () => {
    const { arrays, skipped } = await readAll(torchFile(pickle("}(", str("w"), array({}), str("epoch"), int(3), "u"), sixteen));
    expect([[...arrays.keys()], skipped]).toEqual([["w"], ["epoch"]]);
  });

  it("reads subclasses of tensors, untyped storages and parameters with state", async () => {
    const untyped = raw(tuple(str("storage"), named("torch.storage", "UntypedStorage"), str("0"), str("cpu"), int(16)), "Q");
    const v3 = tuple(untyped, int(0), ints([8]), ints([1]), 0x89, ")", named("torch", "int16"), "N");
    const args = tuple(storage(4), int(0), ints([4]), ints([1]), 0x89, ")");
    const subclass = tuple(named("torch._utils", "_rebuild_tensor_v2"), named("my.lib", "Tensor"), args, "}");
    for (const value of [
      call("torch._utils", "_rebuild_tensor_v3", v3),
      call("torch._tensor", "_rebuild_from_type_v2", subclass),
      call("torch._utils", "_rebuild_parameter_with_state", tuple(array({}), 0x89, ")", "}")),
    ]) {
      expect((await readAll(torchFile(state(value), sixteen))).arrays.size).toBe(1);
    }
  });

  it.each<[string, Uint8Array, unknown]>([
    ["an OrderedDict of pairs", call("collections", "OrderedDict", tuple(tuple(tuple(str("a"), "N")))), { a: null }],
    ["a defaultdict", raw(call("collections", "defaultdict", tuple(named("builtins", "list"))), str("a"), "Ns"), { a: null }],
    ["a set of Python 2", call("__builtin__", "set", tuple(ints([1, 2, 1]))), [1, 2]],
    ["a frozenset", call("builtins", "frozenset", tuple(ints([1]))), [1]],
    ["a device without a number", call("torch", "device", tuple(str("cpu"))), "cpu"],
    [
      "an object of protocol 1",
      call("copyreg", "_reconstructor", tuple(named("my", "C"), named("builtins", "object"), "N")),
      { class: "my.C" },
    ],
    ["an enum", call("my.enums", "Mode", tuple(str("train"))), { class: "my.enums.Mode", args: ["train"] }],
    ["a function", named("torch.nn.functional", "gelu"), "torch.nn.functional.gelu"],
    ["a number of numpy", call("numpy.core.multiarray", "scalar", tuple("N")), { class: "numpy.core.multiarray.scalar", args: [null] }],
    [
      "an AttributeDict of Lightning",
      raw(named("lightning_fabric.utilities.data", "AttributeDict"), ")", 0x81, str("lr"), int(1), "s"),
      { lr: 1 },
    ],
  ])("gives %s as plain data", async (_, value, expected) => {
    expect((await readAll(option(value))).options).toEqual({ x: expected });
  });

  it("gives an array among options by its description", async () => {
    const bytes = torchFile(pickle("}(", str("state_dict"), "}", str("hyper_parameters"), "}", str("x"), array({}), "su"), sixteen);
    expect((await readAll(bytes)).options).toEqual({ x: { class: "torch.Tensor", dtype: "float32", shape: [4] } });
    const list = torchFile(pickle("}(", str("state_dict"), "}", str("hyper_parameters"), "]u"));
    await expect(readAll(list)).rejects.toThrow(/aren't options by name/);
  });

  it("keeps objects of unknown classes in options as names and state", async () => {
    const omega = raw(named("omegaconf.dictconfig", "DictConfig"), ")", 0x81, "}", str("_content"), "}", str("lr"), "K", 1, "ssb");
    const expected = { class: "omegaconf.dictconfig.DictConfig", state: { _content: { lr: 1 } } };
    expect((await readAll(option(omega))).options).toEqual({ x: expected });
    await expect(readAll(torchFile(state(omega)))).rejects.toThrow(/"w" is an object of the class omegaconf\.dictconfig\.DictConfig/);
  });
});

/** A pickle of `count` times the same, whose values are thrown away: what each costs shows. */
const busy = (...parts: Parameters<typeof repeated>) => torchFile(pickle(repeated(...parts), "N"));
const bigList = raw("](", repeated(200_000, 0x4e), "e");

const hostile: [string, () => Uint8Array, string][] = [
  ["a persistent id that is no tuple", () => torchFile(state("NQ")), "FILE_CORRUPT"],
  ["a persistent id of a module", () => torchFile(state(raw(tuple(str("module"), "NNNN"), "Q"))), "FILE_CORRUPT"],
  ["a persistent id that is too short", () => torchFile(state(raw(tuple(str("storage")), "Q"))), "FILE_CORRUPT"],
  ["a storage of an unknown class", () => file({ of: storage(4, "0", "QUInt8Storage") }), "FILE_CORRUPT"],
  ["a storage whose class is an inherited name", () => file({ of: storage(4, "0", "constructor") }), "FILE_CORRUPT"],
  ["a storage that the archive lacks", () => file({}, {}), "FILE_CORRUPT"],
  ["a storage named ../data.pkl", () => file({ of: storage(4, "../data.pkl") }), "FILE_CORRUPT"],
  ["a storage named constructor", () => file({ of: storage(4, "constructor") }), "FILE_CORRUPT"],
  ["a storage smaller than it says", () => file({}, { 0: new Uint8Array(12) }), "FILE_CORRUPT"],
  ["a storage larger than it says", () => file({}, { 0: new Uint8Array(20) }), "FILE_CORRUPT"],
  ["a storage of 2^62 elements", () => file({ of: storage(2n ** 62n) }), "FILE_CORRUPT"],
  ["a storage of -4 elements", () => file({ of: storage(-4) }), "FILE_CORRUPT"],
  ["a storage that isn't whole numbers", () => file({ of: storage(2, "0", "FloatStorage") }, { 0: new Uint8Array(7) }), "FILE_CORRUPT"],
  ["an array larger than its storage", () => file({ shape: [5] }), "FILE_CORRUPT"],
  ["an array that starts beyond its storage", () => file({ offset: 4, shape: [1] }), "FILE_CORRUPT"],
  ["an empty array that starts beyond its storage", () => file({ offset: 5, shape: [0] }), "FILE_CORRUPT"],
  ["strides beyond the storage", () => file({ shape: [2, 2], strides: [3, 1] }), "FILE_CORRUPT"],
  ["strides that overflow 64 bits", () => file({ shape: [2 ** 40, 2], strides: [2 ** 40, 1] }), "FILE_CORRUPT"],
  ["strides that overflow and cancel", () => file({ shape: [2 ** 52, 2 ** 52], strides: [0, 0] }), "FILE_CORRUPT"],
  ["strides of 2^63", () => file({ shape: [1], strides: [2n ** 63n] }), "FILE_CORRUPT"],
  ["negative strides", () => file({ offset: 3, strides: [-1] }), "FILE_CORRUPT"],
  ["a negative size", () => file({ shape: [-1] }), "FILE_CORRUPT"],
  ["a negative offset", () => file({ offset: -1, shape: [1] }), "FILE_CORRUPT"],
  ["more strides than axes", () => file({ strides: [1, 1] }), "FILE_CORRUPT"],
  ["65 axes", () => file({ shape: new Array(65).fill(1), strides: new Array(65).fill(1) }), "FILE_CORRUPT"],
  [
    "a shape that is text",
    () => torchFile(state(call("torch._utils", "_rebuild_tensor_v2", tuple(storage(4), int(0), str("4"), ints([1])))), sixteen),
    "FILE_CORRUPT",
  ],
  ["a negated view", () => file({ metadata: [raw("}", str("neg"), 0x88, "s")] }), "FILE_CORRUPT"],
  ["an array without arguments", () => torchFile(state(call("torch._utils", "_rebuild_tensor_v2"))), "FILE_CORRUPT"],
  ["an array of an array", () => torchFile(state(array({ of: array({}) })), sixteen), "FILE_CORRUPT"],
  ["a parameter of text", () => torchFile(state(call("torch._utils", "_rebuild_parameter", tuple(str("w"), 0x89, ")")))), "FILE_CORRUPT"],
  ["a dictionary of no pairs", () => torchFile(state(call("collections", "OrderedDict", tuple(ints([1]))))), "FILE_CORRUPT"],
  ["bytes that aren't Latin-1", () => option(call("_codecs", "encode", tuple(str("名"), str("latin1")))), "FILE_CORRUPT"],
  ["bytes in another encoding", () => option(call("_codecs", "encode", tuple(str("x"), str("rot13")))), "FILE_CORRUPT"],
  ["a name that is a number", () => torchFile(pickle("}", int(1), array({}), "s"), sixteen), "FILE_CORRUPT"],
  ["no dictionary", () => torchFile(pickle("N")), "FILE_CORRUPT"],
  ["a dictionary without arrays", () => torchFile(state("N")), "CHECKPOINT_MISMATCH"],
  ["a dictionary that holds itself", () => torchFile(pickle("}q", 0, str("w"), "h", 0, "s")), "CHECKPOINT_MISMATCH"],
  ["a state dict that is its own", () => torchFile(pickle("}q", 0, str("state_dict"), "h", 0, "s")), "CHECKPOINT_MISMATCH"],
  ["options that contain themselves", () => option(raw("]q", 0, "h", 0, "a")), "FILE_CORRUPT"],
  ["options 90 deep", () => option(raw("N", repeated(90, 0x85))), "FILE_CORRUPT"],
  ["options of 2^60 values", () => option(raw("N", repeated(60, 0x32, 0x86))), "FILE_TOO_LARGE"],
  ["an array of 2^40 elements from 4 bytes", () => file({ shape: [2 ** 40], strides: [0] }), "FILE_TOO_LARGE"],
  ["an array of 2^40 elements from overlapping rows", () => file({ shape: [2 ** 40, 4], strides: [0, 1] }), "FILE_TOO_LARGE"],
  [
    "forty arrays of two million elements from 4 bytes",
    () =>
      torchFile(
        pickle("}(", ...Array.from({ length: 40 }, (_, i) => raw(str(`w${i}`), array({ shape: [2e6 - i], strides: [0] }))), "u"),
        sixteen,
      ),
    "FILE_TOO_LARGE",
  ],
  ["a pickle of 16 MB of empty lists", () => busy(15_999_990, 0x5d), "FILE_TOO_LARGE"],
  ["a pickle of 16 MB of empty dictionaries, thrown away", () => busy(7_999_990, 0x7d, 0x30), "FILE_TOO_LARGE"],
  ["a pickle of 16 MB of short texts", () => busy(1_990_000, 0x58, 2, 0, 0, 0, 0xc3, 0xa9, 0x30), "FILE_TOO_LARGE"],
  ["a pickle of 16 MB of long integers", () => busy(230_000, 0x8a, 64, ...new Array(64).fill(0x7f), 0x30), "FILE_CORRUPT"],
  ["old text of 15 MB", () => torchFile(pickle("T", bytesOf([15_000_000, 4]), repeated(15_000_000, 0xe9))), "FILE_CORRUPT"],
  ["a pickle of 17 MB", () => busy(17_000_000, 0x4e), "FILE_TOO_LARGE"],
  ["tuples a million deep", () => torchFile(state(raw("N", repeated(1_000_000, 0x85)))), "FILE_TOO_LARGE"],
  ["tuples 100,000 deep", () => option(raw("N", repeated(100_000, 0x85))), "FILE_CORRUPT"],
  ["a million open tuples", () => torchFile(pickle(repeated(1_000_000, 0x28))), "FILE_TOO_LARGE"],
  [
    "a list that is made a set again and again",
    () =>
      torchFile(
        pickle(bigList, 0x85, "q", 0, "0", named("builtins", "set"), "q", 1, "0", repeated(9999, 0x68, 1, 0x68, 0, 0x52, 0x30), "}"),
      ),
    "FILE_TOO_LARGE",
  ],
  [
    "text that is made bytes again and again",
    () =>
      torchFile(
        pickle(
          tuple(str("x".repeat(500_000)), str("latin1")),
          "q",
          0,
          "0",
          named("_codecs", "encode"),
          "q",
          1,
          "0",
          repeated(9999, 0x68, 1, 0x68, 0, 0x52, 0x30),
          "}",
        ),
      ),
    "FILE_TOO_LARGE",
  ],
  [
    "a list that is a shape again and again",
    () =>
      torchFile(
        pickle(
          raw("(", storage(4), int(0), bigList, ")t"),
          "q",
          0,
          "0",
          named("torch._utils", "_rebuild_tensor_v2"),
          "q",
          1,
          "0",
          repeated(9999, 0x68, 1, 0x68, 0, 0x52, 0x30),
          "}",
        ),
        sixteen,
      ),
    "FILE_CORRUPT",
  ],
  ["a class with a name of a megabyte", () => torchFile(pickle(named("a", "B".repeat(1_000_000)))), "FILE_CORRUPT"],
  ["BINGET of 2^31", () => torchFile(pickle("j", 0, 0, 0, 128)), "FILE_CORRUPT"],
  ["LONG4 of 2 GB", () => torchFile(pickle(0x8b, 255, 255, 255, 127)), "FILE_CORRUPT"],
  ["text of 4 GB", () => torchFile(pickle("X", 255, 255, 255, 255)), "FILE_CORRUPT"],
  [
    "a 64-bit integer that doesn't fit 32",
    () => file({ of: storage(2, "0", "LongStorage"), shape: [2] }, { 0: bytesOf([1, 8], [2n ** 31n, 8]) }),
    "FILE_CORRUPT",
  ],
  [
    "a 64-bit integer below 32 bits",
    () => file({ of: storage(1, "0", "LongStorage"), shape: [1] }, { 0: bytesOf([-(2n ** 31n) - 1n, 8]) }),
    "FILE_CORRUPT",
  ],
];

describe("a hostile checkpoint", () => {
  it.each(hostile)("is refused fast and within bounds: %s", async (_, make, code) => {
    await expectRefusedWithinBounds("torch", make(), code);
  });
});
