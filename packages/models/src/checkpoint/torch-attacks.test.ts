import { describe, expect, it } from "vitest";
import { int, named, pickle, raw, str, tuple } from "../../test/pickles";
import { torchFile } from "../../test/torch-files";
import { call, command, option, readAll, state } from "../../test/torch-pickles";

/** What Python would run on loading, in each way that a pickle can ask for it. */
const attacks: [string, Uint8Array, RegExp][] = [
  ["GLOBAL and REDUCE", raw("cos\nsystem\n", command, "R"), /os\.system/],
  ["GLOBAL alone", raw("cos\nsystem\n"), /os\.system/],
  ["posix.system", raw("cposix\nsystem\n", command, "R"), /posix\.system/],
  ["nt.system", raw("cnt\nsystem\n", command, "R"), /nt\.system/],
  ["STACK_GLOBAL", raw(str("os"), str("system"), 0x93, command, "R"), /os\.system/],
  [
    "STACK_GLOBAL of a remembered name",
    raw(str("posix"), "q", 0, "0", str("system"), "q", 1, "0", "h", 0, "h", 1, 0x93, command, "R"),
    /posix/,
  ],
  ["INST", raw("(", str("touch owned"), "ios\nsystem\n"), /os\.system/],
  ["OBJ", raw("(cos\nsystem\n", str("touch owned"), "o"), /os\.system/],
  ["NEWOBJ", raw("csubprocess\nPopen\n", command, 0x81), /subprocess\.Popen/],
  ["NEWOBJ_EX", raw("csubprocess\nPopen\n", command, "}", 0x92), /subprocess\.Popen/],
  ["BUILD of a class", raw(named("my", "Class"), "}", str("__setstate__"), named("my", "run"), "sb"), /a state for my\.Class itself/],
  ["BUILD with os.system as __setstate__", raw(named("my", "C"), ")", 0x81, "}", str("__setstate__"), "cos\nsystem\n", "sb"), /os\.system/],
  ["builtins.eval", call("builtins", "eval", command), /builtins\.eval/],
  ["__builtin__.exec", call("__builtin__", "exec", command), /__builtin__\.exec/],
  ["builtins.long, which Python 3 hasn't", call("builtins", "long", command), /builtins\.long/],
  ["builtins.getattr", call("builtins", "getattr", command), /builtins\.getattr/],
  ["builtins.__import__", call("builtins", "__import__", command), /builtins\.__import__/],
  ["importlib.import_module", call("importlib", "import_module", command), /importlib\.import_module/],
  ["a dotted name", raw(str("torch"), str("serialization.os.system"), 0x93, command, "R"), /torch\.serialization\.os\.system/],
  ["a dotted name by NEWOBJ", raw(str("torch"), str("serialization.os.system"), 0x93, command, 0x81), /torch\.serialization\.os\.system/],
  ["torch.load", call("torch", "load", command), /torch\.load/],
  ["torch.hub.load", call("torch.hub", "load", command), /torch\.hub\.load/],
  ["torch.storage._load_from_bytes", call("torch.storage", "_load_from_bytes", command), /_load_from_bytes/],
  ["numpy's load", call("numpy", "load", command), /numpy\.load/],
  ["a function that nobody knows", call("my.module", "run", command), /my\.module\.run/],
  [
    "os.system as what makes a subclass",
    call("torch._tensor", "_rebuild_from_type_v2", tuple(str("os.system"), "N", command, "}")),
    /subclass/,
  ],
  ["a call of what a call gives", raw(call("my", "Class"), command, "R"), /no class or function/],
  ["functools.partial of os.system", call("functools", "partial", tuple("cos\nsystem\n")), /os\.system/],
  ["a defaultdict that calls os.system", call("collections", "defaultdict", tuple("cos\nsystem\n")), /os\.system/],
  ["copyreg._reconstructor", call("copyreg", "_reconstructor", tuple("cos\nsystem\n", "N", "N")), /os\.system/],
  ["copyreg's registry", call("copyreg", "add_extension", tuple(str("os"), str("system"), int(1))), /add_extension/],
  ["pickle.loads", call("pickle", "loads", command), /pickle\.loads/],
  ["a persistent id", raw(tuple("cos\nsystem\n", command), "Q"), /os\.system/],
];

describe("a checkpoint that would run a program in Python", () => {
  it.each(attacks)("is refused and nothing is run: %s", async (_, value, message) => {
    for (const bytes of [torchFile(pickle(value)), torchFile(state(value)), option(value)]) {
      await expect(readAll(bytes)).rejects.toThrow(expect.objectContaining({ name: "RsdixError" }));
    }
    await expect(readAll(torchFile(state(value)))).rejects.toThrow(message);
  });
});
