import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import type { CheckpointTensor } from "./checkpoint";
import { parseSafetensors } from "./safetensors";
import { encodeSafetensors } from "./safetensors-write";

const PYTHON = process.platform === "win32" ? "python" : "python3";
const hasPython = spawnSync(PYTHON, ["--version"]).status === 0;

const page = readFileSync(new URL("../../../../docs/models/checkpoints.md", import.meta.url), "utf8");
const lines = /^```py\n([\s\S]*?)^```$/m.exec(page)![1]!;

/**
 * Reads a file of safetensors from stdin, runs the page's lines, and prints what is in `tensors`; what they need of torch is made up where it isn't installed.
 */
const PROGRAM = `
import json, struct, sys
try:
    import torch
except ImportError:
    class torch:
        int8, float32 = "int8", "float32"

    class Matrix:
        def __init__(self, dtype, rows):
            self.dtype, self.rows = dtype, rows

        def float(self):
            return Matrix(torch.float32, self.rows)

        def __mul__(self, scale):
            of = lambda i, j: scale.rows[i % len(scale.rows)][j % len(scale.rows[0])]
            return Matrix(self.dtype, [[value * of(i, j) for j, value in enumerate(row)] for i, row in enumerate(self.rows)])

        def tolist(self):
            return self.rows

    make = lambda rows, dtype: Matrix(dtype, rows)
else:
    make = lambda rows, dtype: torch.tensor(rows, dtype=dtype)

data = sys.stdin.buffer.read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8 : 8 + length])
header.pop("__metadata__")
tensors = {}
for name, entry in header.items():
    (rows, columns), (start, end) = entry["shape"], entry["data_offsets"]
    letter, dtype = {"I8": ("b", torch.int8), "F32": ("f", torch.float32)}[entry["dtype"]]
    values = struct.unpack(f"<{rows * columns}{letter}", data[8 + length + start : 8 + length + end])
    tensors[name] = make([list(values[i * columns : (i + 1) * columns]) for i in range(rows)], dtype)
exec(sys.argv[1])
print(json.dumps({name: tensor.tolist() for name, tensor in tensors.items()}))
`;

function matrix(rows: number, columns: number): CheckpointTensor {
  const random = createRandom(3);
  return { dtype: "float32", shape: [rows, columns], data: Float32Array.from({ length: rows * columns }, () => random.normal()) };
}

describe.skipIf(!hasPython)("the lines of Python in docs/models/checkpoints.md (no Python: skipped)", () => {
  it("undo int8 as our reader does, with scales of rows and of columns", () => {
    const model = new Map([
      ["byRows", matrix(32, 3)],
      ["byColumns", matrix(3, 32)],
    ]);
    const file = encodeSafetensors(model, {}, { storage: "int8" });
    const header = new TextDecoder("latin1").decode(file);
    expect(header).toContain('"byRows.scale":{"dtype":"F32","shape":[32,1]');
    expect(header).toContain('"byColumns.scale":{"dtype":"F32","shape":[1,32]');
    const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PROGRAM, lines], { input: file, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const read = Array.from(parseSafetensors(file).tensors, ([name, { shape, data }]) => {
      const rows = Array.from({ length: shape[0]! }, (_, row) => Array.from(data.slice(row * shape[1]!, (row + 1) * shape[1]!)));
      return [name, rows] as const;
    });
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(read));
  });
});
