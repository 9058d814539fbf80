"""Golden safetensors files for @rsdix/models: written by the reference library, with the values that it reads back.

Reference: safetensors 0.8.0 with numpy and torch 1.13.
The library orders the header differently at every run, so the bytes change; the values do not.
Run from the repository's root: python golden/models_safetensors.py
"""

import base64
import json
import pathlib

import safetensors
import safetensors.torch
import torch

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


def value(x):
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(x, x)


golden = {
    "file": base64.b64encode(data).decode(),
    "tensors": {
        name: {"shape": list(t.shape), "float": t.is_floating_point(), "values": [value(x) for x in t.flatten().tolist()]}
        for name, t in back.items()
    },
}
OUT.write_text(json.dumps(golden) + "\n")
