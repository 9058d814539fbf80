"""Golden safetensors files for @rsdix/models: written by the reference library, with the values that it reads back; and numbers in half precision.

Reference: safetensors 0.8.0 with numpy 1.26.4 and torch 1.13.
The library orders the header differently at every run, so the bytes change; the values do not.
Run from the repository's root: python golden/models_safetensors.py
"""

import base64
import json
import pathlib

import numpy
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from tensor_values import finite

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/safetensors.json"
torch.manual_seed(0)

odd = [0.0, -0.0, 1.0, -1.5, 65504.0, 6.103515625e-05, 5.960464477539063e-08, -3.0e-06, float("inf"), float("-inf"), 0.333251953125]
tensors = {
    "f32": torch.randn(3, 4),
    "scalar": torch.tensor(2.6592),
    "empty": torch.zeros(0, 5),
    "f16": torch.tensor(odd, dtype=torch.float16),
    "bf16": torch.tensor([*odd[:5], 1e-30, 3e38, float("inf")], dtype=torch.bfloat16),
    "i32": torch.tensor([[1, -2], [2147483647, -2147483648]], dtype=torch.int32),
    "i64": torch.arange(5).reshape(1, 5),
    "unicode é/名": torch.ones(2),
}
data = safetensors.torch.save(tensors, metadata={"note": 'quotes " and é'})
back = safetensors.torch.load(data)


# The dtypes that weights don't have, at their ends.
others = {
    "f64": numpy.array([[0.1, -1e300, 1e-50], [numpy.inf, 3.5, -0.0]]),
    "i8": numpy.array([-128, -1, 0, 127], numpy.int8),
    "u8": numpy.array([0, 128, 255], numpy.uint8),
    "i16": numpy.array([-32768, 32767], numpy.int16),
    "u16": numpy.array([0, 65535], numpy.uint16),
    "u32": numpy.array([0, 2147483647], numpy.uint32),
    "u64": numpy.array([0, 2147483647], numpy.uint64),
    "i64": numpy.array([-2147483648, 2147483647], numpy.int64),
    "bool": numpy.array([True, False, True]),
}
others_data = safetensors.numpy.save(others)

# Single to half precision: every binade, ties and their neighbours, both ends, and what lies beyond them.
rng = numpy.random.default_rng(0)
bits = rng.integers(0, 2**32, 300, dtype=numpy.uint32)
near = (rng.integers(96, 145, 500) << 23 | rng.integers(0, 2**10, 500) << 13).astype(numpy.uint32)
ties = numpy.concatenate([near | 0x1000, near | 0x1001, near | 0x0FFF, near, (near | 0x1000) & 0xFFFFF000 | 0x80000000])
edges = numpy.array([0, 65504, 65519.996, 65520, 65536, 1e30, 5.9604645e-08, 2.9802322e-08, 2.9802326e-08, 6.0975552e-05, 6.1035156e-05], numpy.float32)
singles = numpy.concatenate([bits, ties, edges.view(numpy.uint32), (-edges).view(numpy.uint32)]).view(numpy.float32)
with numpy.errstate(over="ignore"):
    halves = singles.astype(numpy.float16)
keep = ~numpy.isnan(singles)


def raw(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


golden = {
    "half": {"singles": raw(singles[keep]), "halves": raw(halves[keep])},
    "others": {
        "file": base64.b64encode(others_data).decode(),
        "tensors": {
            name: {"shape": list(a.shape), "float": a.dtype.kind == "f", "values": [finite(x) for x in a.flatten().tolist()]}
            for name, a in safetensors.numpy.load(others_data).items()
        },
    },
    "file": base64.b64encode(data).decode(),
    "tensors": {
        name: {"shape": list(t.shape), "float": t.is_floating_point(), "values": [finite(x) for x in t.flatten().tolist()]}
        for name, t in back.items()
    },
}
OUT.write_text(json.dumps(golden) + "\n")
