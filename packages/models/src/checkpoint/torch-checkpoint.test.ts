import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { memorySource, type ZipContent, zipOf } from "../../test/torch-files";
import torch1 from "../fixtures/torch-checkpoints-1.json";
import torch2 from "../fixtures/torch-checkpoints-2.json";
import { belowPrefix, type CheckpointTensor } from "./checkpoint";
import { readTorchCheckpoint } from "./torch-checkpoint";
import { DTYPE_BYTES } from "./torch-tensor";
import { openZip } from "./zip";

interface Described {
  dtype: string;
  shape: number[];
  strides: number[];
  values: (number | boolean | string)[];
}
interface Case {
  file: string;
  tensors?: Record<string, Described>;
}

const goldens = [torch1, torch2].map(({ torch, cases }) => ({ torch, cases: cases as Record<string, Case> }));
const bytesOfCase = (golden: Case) => Uint8Array.from(Buffer.from(golden.file, "base64"));
const openCase = (golden: Case) => readTorchCheckpoint(memorySource(bytesOfCase(golden)));

function expectTensor(read: CheckpointTensor | undefined, { dtype, shape, values }: Described, name: string): void {
  const isFloat = dtype.includes("float");
  expect(read?.shape, name).toEqual(shape);
  expect(read?.dtype, name).toBe(isFloat ? "float32" : "int32");
  expect(Array.from(read!.data), name).toEqual(values.map((value) => (isFloat ? Math.fround(Number(value)) : Number(value))));
}

async function readWhole(bytes: Uint8Array): Promise<void> {
  const checkpoint = await readTorchCheckpoint(memorySource(bytes));
  checkpoint.hyperParameters();
  await checkpoint.load();
}

/** The same checkpoint as a machine of the other byte order writes it. */
async function bigEndian(golden: Case): Promise<Uint8Array> {
  const checkpoint = await openCase(golden);
  const zip = await openZip(memorySource(bytesOfCase(golden)));
  const widths = new Map([...checkpoint.tensors.values()].map((tensor) => [`/data/${tensor.storage}`, DTYPE_BYTES[tensor.dtype]]));
  const content: [string, Uint8Array | string][] = [];
  for (const entry of zip.entries.values()) {
    const width = widths.get(entry.name.slice(entry.name.indexOf("/")));
    const bytes = await zip.read(entry);
    if (entry.name.endsWith("/byteorder")) continue;
    content.push([entry.name, width ? bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)]!) : bytes]);
  }
  return zipOf([...content, ["archive/byteorder", "big"]]);
}

describe.each(goldens)("readTorchCheckpoint of torch $torch", ({ cases }) => {
  it.each(Object.entries(cases).filter(([, golden]) => golden.tensors))("reads what torch saved: %s", async (_, golden) => {
    const checkpoint = await openCase(golden);
    expect([...checkpoint.tensors.keys()]).toEqual(Object.keys(golden.tensors!));
    const loaded = await checkpoint.load();
    for (const [name, expected] of Object.entries(golden.tensors!)) {
      const { dtype, shape, strides } = checkpoint.tensors.get(name)!;
      expect({ dtype, shape, strides }, name).toEqual({ dtype: expected.dtype, shape: expected.shape, strides: expected.strides });
      expectTensor(loaded.get(name), expected, name);
      expectTensor(await checkpoint.tensors.get(name)!.read(), expected, name);
    }
  });

  it("reads every dtype and every layout of a big-endian machine too", async () => {
    for (const golden of [cases.dtypes!, cases.strided!]) {
      const loaded = await (await readTorchCheckpoint(memorySource(await bigEndian(golden)))).load();
      for (const [name, expected] of Object.entries(golden.tensors!)) expectTensor(loaded.get(name), expected, name);
    }
  });

  it("selects a model by its prefix, and reads nothing of the others", async () => {
    const source = memorySource(bytesOfCase(cases.lightning!));
    const checkpoint = await readTorchCheckpoint(source);
    const before = source.bytesRead;
    const student = await checkpoint.load(belowPrefix(checkpoint.tensors, "_student."));
    expect([...student.keys()]).toEqual(["visual.weight", "visual.bias"]);
    expectTensor(student.get("visual.weight"), cases.lightning!.tensors!["_student.visual.weight"]!, "student");
    expect(source.bytesRead - before).toBeLessThan(4 * (6 + 3) + 2 * (30 + "archive/data/10".length) + 1);
    const below = (prefix: string) => [...belowPrefix(checkpoint.tensors, prefix).keys()];
    expect(below("_teacher.")).toEqual(below("_clip_encoder._student."));
    expect(below("_clipcap.gpt.")).toEqual(["wte.weight"]);
    expect(() => below("_nobody.")).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });

  it("gives hyper-parameters as plain data", async () => {
    expect((await openCase(cases.lightning!)).hyperParameters()).toEqual({
      ...{ lr: 1e-5, betas: [0.9, 0.98], model: "ViT-B/32", freeze: false, seed: 2 ** 40, nothing: null, warmup: [1, 2] },
      path: { class: "pathlib.PurePosixPath", args: ["a", "b"] },
      options: { class: "__main__.Options", state: { width: 4 } },
      ...{
        device: "cuda:0",
        precision: "torch.float16",
        tags: ["x"],
        nested: { a: { 1: "one" } },
        raw: Uint8Array.of(0, 255),
        size: [2, 3],
      },
    });
    expect((await openCase(cases.plain!)).hyperParameters()).toEqual({});
  });

  it("lets arrays that are one in the file be one in memory", async () => {
    const loaded = await (await openCase(cases.shared!)).load();
    expect(loaded.get("wte")).toBe(loaded.get("lm_head"));
    expect(loaded.get("flat")).not.toBe(loaded.get("wte"));
  });

  it("notices a changed bit in its pickle and in every small array", async () => {
    const whole = bytesOfCase(cases.plain!);
    const zip = await openZip(memorySource(whole));
    for (const entry of zip.entries.values()) {
      if (!/\/(data\.pkl|data\/\d+)$/.test(entry.name)) continue;
      const at = Buffer.from(whole).indexOf(Buffer.from(await zip.read(entry)));
      for (const place of [at, at + (entry.size >> 1), at + entry.size - 1]) {
        const changed = whole.slice();
        changed[place]! ^= 4;
        await expect(readWhole(changed), `${entry.name}, byte ${place}`).rejects.toThrow(/has another checksum/);
      }
    }
  });

  it("refuses what is no state dict, and says what to do", async () => {
    await expect(openCase(cases["whole module"]!)).rejects.toThrow(
      /class torch\.nn\.modules\.container\.Sequential.*save its state_dict\(\)/,
    );
    await expect(openCase(cases["module inside"]!)).rejects.toThrow(/"model" is an object of the class torch\.nn\.modules\.container/);
    await expect(openCase(cases.legacy!)).rejects.toThrow(/before 1\.6\. Save it again.*weights_only=True/);
    await expect(openCase(cases.sparse!)).rejects.toThrow(/a call of torch\.serialization\._get_layout/);
    await expect(openCase(cases.complex!)).rejects.toThrow(/torch\.ComplexFloatStorage; the numbers that can be read are/);
    for (const name of ["whole module", "module inside", "legacy", "sparse", "complex"]) {
      await expect(openCase(cases[name]!), name).rejects.toThrow(refusal("FILE_CORRUPT"));
    }
  });

  it("refuses every truncation, and never fails otherwise on a changed byte", async () => {
    const bytes = bytesOfCase(cases.plain!);
    for (let length = 0; length < bytes.length; length += 3) {
      await expect(readTorchCheckpoint(memorySource(bytes.slice(0, length))), `${length}`).rejects.toThrow(refusal("FILE_CORRUPT"));
    }
    const whole = bytesOfCase(cases.lightning!);
    for (let at = 0; at < whole.length; at += 5) {
      const changed = whole.slice();
      changed[at]! ^= 1 << (at % 8);
      await readWhole(changed).catch((error) => expect(error, `byte ${at}: ${error.stack}`).toMatchObject({ name: "RsdixError" }));
    }
  });
});

describe("readTorchCheckpoint", () => {
  const [, { cases }] = goldens as [unknown, (typeof goldens)[0]];

  it("knows Python's classes by the names that protocol 2 has for them", async () => {
    const { hyperParameters, load } = await openCase(goldens[0]!.cases["classes of Python"]!);
    const classes = { int: "builtins.int", str: "builtins.str", range: { class: "builtins.range", args: [0, 3, 1] } };
    expect(hyperParameters()).toEqual({ d: {}, ...classes });
    expect((await load()).size).toBe(2);
  });

  it("refuses numbers that it has no name for", async () => {
    await expect(openCase(cases["without a storage class"]!)).rejects.toThrow(/an array of torch\.uint16; those that can be read/);
  });

  it("opens a Blob", async () => {
    const blob = new Blob([bytesOfCase(cases.plain!)]);
    expect((await (await readTorchCheckpoint(blob)).load()).size).toBe(2);
  });

  it("says what it reads from, of anything else", async () => {
    for (const wrong of [undefined, null, "model.ckpt", new Uint8Array(4), { read: async () => new Uint8Array() }]) {
      await expect(readTorchCheckpoint(wrong as never)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    }
  });

  const others: [string, ZipContent, RegExp][] = [
    ["a zip of something else", [["a.txt", "x"]], /0 files data\.pkl/],
    ["two checkpoints in one", [...["a/data.pkl", "b/data.pkl"].map((name) => [name, "x"] as const)], /2 files data\.pkl/],
    ["TorchScript", [...["a/data.pkl", "a/constants.pkl", "a/code/m.py"].map((name) => [name, "x"] as const)], /TorchScript/],
    ["a strange byte order", [...[["a/data.pkl", "x"] as const, ["a/byteorder", "middle"] as const]], /byteorder/],
  ];
  it.each(others)("refuses %s", async (_, content, message) => {
    await expect(readTorchCheckpoint(memorySource(zipOf(content)))).rejects.toThrow(message);
    await expect(readTorchCheckpoint(memorySource(zipOf(content)))).rejects.toThrow(refusal("FILE_CORRUPT"));
  });
});
