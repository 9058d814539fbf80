"""Golden torch checkpoints for @rsdix/models: files that torch itself writes, in each layout that is read or refused, with their values.

Run with each torch that users have, from the repository's root:  python golden/torch_checkpoints.py
It writes packages/models/src/fixtures/torch-checkpoints-<major version of torch>.json. Pinned: torch 1.13.0 and 2.15.0.
Lightning and DeepSpeed are not needed: their checkpoints are dictionaries that torch saves, and the layouts here are theirs.
"""

import argparse
import base64
import collections
import io
import json
import pathlib

import torch
from tensor_values import finite

torch.manual_seed(0)


def described(tensors):
    return {
        name: {
            "dtype": str(t.dtype).removeprefix("torch."),
            "shape": list(t.shape),
            "strides": list(t.stride()),
            "values": [finite(x) for x in t.flatten().tolist()],
        }
        for name, t in tensors.items()
    }


def case(saved, tensors=None, **options):
    buffer = io.BytesIO()
    torch.save(saved, buffer, **options)
    file = base64.b64encode(buffer.getvalue()).decode()
    return {"file": file, "tensors": described(tensors)} if tensors else {"file": file}


def linear(*shape):
    return torch.randn(*shape)


class Options:
    """Of a class that the reader has never heard of."""

    def __init__(self):
        self.width = 4


student = {"visual.weight": linear(3, 2), "visual.bias": linear(3)}
teacher = {name: t + 1 for name, t in student.items()}
captioner = {"gpt.wte.weight": linear(4, 2), "clip_project.model.0.weight": linear(2, 3)}
state = collections.OrderedDict(
    [(f"_student.{k}", v) for k, v in student.items()]
    + [(f"_teacher.{k}", v) for k, v in teacher.items()]
    + [(f"_clip_encoder._student.{k}", v) for k, v in student.items()]
    + [(f"_clipcap.{k}", v) for k, v in captioner.items()]
    + [("_dist_loss.T_s", torch.tensor(3.9))]
)
hyper_parameters = argparse.Namespace(
    lr=1e-5, betas=(0.9, 0.98), model="ViT-B/32", freeze=False, seed=2**40, nothing=None, warmup=[1, 2], path=pathlib.PurePosixPath("a/b"),
    options=Options(), device=torch.device("cuda", 0), precision=torch.float16, tags={"x"}, nested={"a": {1: "one"}}, raw=b"\x00\xff", size=torch.Size([2, 3]),
)

odd = [0.0, -0.0, 1.0, -1.5, 65504.0, 6.103515625e-05, 5.960464477539063e-08, -3.0e-06, float("inf"), float("-inf"), 0.333251953125]
dtypes = {
    "f64": torch.tensor([0.1, -1e300, 2.5, 1e-300], dtype=torch.float64),
    "f32": linear(2, 2),
    "f16": torch.tensor(odd, dtype=torch.float16),
    "bf16": torch.tensor([*odd[:5], 1e-30, 3e38, float("inf")], dtype=torch.bfloat16),
    "i64": torch.tensor([[1, -2], [2**31 - 1, -(2**31)]]),
    "i32": torch.tensor([1, -2, 2**31 - 1, -(2**31)], dtype=torch.int32),
    "i16": torch.tensor([1, -2, 32767, -32768], dtype=torch.int16),
    "i8": torch.tensor([1, -2, 127, -128], dtype=torch.int8),
    "u8": torch.tensor([0, 1, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(2.6592),
    "empty": torch.zeros(0, 5),
    "unicode é/名": torch.ones(2),
}

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
strided = {
    "whole": base,
    "transposed": base.t(),
    "column": base[:, 2],
    "every other": base[::2, 1::2],
    "row": base[3],
    "element": base[1, 4],
    "expanded": base[0].expand(3, 6),
    "grown": base[:, :1].expand(4, 2),
    "permuted": torch.arange(24, dtype=torch.int64).reshape(2, 3, 4).permute(2, 0, 1),
    "windows": torch.arange(6, dtype=torch.float16).unfold(0, 3, 1),
}
tied = torch.nn.Parameter(linear(3, 2))

module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.LayerNorm(3))
optimizer = torch.optim.AdamW(module.parameters())
module(torch.randn(1, 2)).sum().backward()
optimizer.step()

cases = {
    "plain": case(student, student),
    "module": case(module.state_dict(), module.state_dict()),
    "protocol 5": case(student, student, pickle_protocol=5),
    "lightning": case(
        {"epoch": 3, "global_step": 70, "pytorch-lightning_version": "2.0.0", "state_dict": state, "loops": None, "callbacks": {}, "optimizer_states": [optimizer.state_dict()],
         "lr_schedulers": [], "hparams_name": "hparams", "hyper_parameters": hyper_parameters},
        state,
    ),
    "under model": case({"model": student, "optimizer": optimizer.state_dict(), "epoch": 1}, student),
    "deepspeed": case(collections.OrderedDict((f"_student.{k}", v.float()) for k, v in student.items()), {f"_student.{k}": v for k, v in student.items()}),
    "dtypes": case(dtypes, dtypes),
    "strided": case(strided, strided),
    "shared": case({"wte": tied, "lm_head": tied, "flat": tied.detach().view(6)}, {"wte": tied.detach(), "lm_head": tied.detach(), "flat": tied.detach().view(6)}),
    "whole module": case(module),
    "module inside": case({"model": module, "epoch": 1}),
    "sparse": case({"w": torch.eye(2).to_sparse()}),
    "complex": case({"w": torch.zeros(2, dtype=torch.complex64)}),
    "legacy": case(student, _use_new_zipfile_serialization=False),
}
# Protocol 2 calls these classes by Python 2's names: long, unicode, xrange.
classes = {"d": collections.defaultdict(int), "int": int, "str": str, "range": range(3)}
cases["classes of Python"] = case({"state_dict": student, "hyper_parameters": classes}, student)
if hasattr(torch, "uint16"):
    cases["without a storage class"] = case({"w": torch.tensor([1, 65535], dtype=torch.uint16)})
out = pathlib.Path(__file__).resolve().parent.parent / f"packages/models/src/fixtures/torch-checkpoints-{torch.__version__.split('.')[0]}.json"
out.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
