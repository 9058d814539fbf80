"""Golden values of MultiHeadAttention and TransformerBlock: torch 1.13.0's nn.MultiheadAttention and nn.TransformerEncoderLayer.

Run: python golden/models_blocks.py   (writes packages/models/src/fixtures/blocks.json)
"""
import json
from pathlib import Path

import torch
from tensor_values import short, short_tensor
from torch import nn

assert torch.__version__.startswith("1.13"), torch.__version__
torch.manual_seed(0)
WIDTH, HEADS, MLP = 8, 2, 12


def perturbed(module):
    with torch.no_grad():  # so that biases and norms count
        for p in module.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return module.train()


def record(module, inputs, call):
    """Output, loss sum(output * weights), and the gradient of every weight and input."""
    for x in inputs.values():
        x.requires_grad_()
    y = call()
    towards = torch.randn_like(y)
    (y * towards).sum().backward()
    return {
        "weights": {k: short_tensor(v) for k, v in module.state_dict().items()},
        "output": short_tensor(y),
        "towards": short_tensor(towards),
        "gradients": {k: short(p.grad) for k, p in module.named_parameters()},
        "inputs": {k: short_tensor(x) for k, x in inputs.items()},
        "inputGradients": {k: short(x.grad) for k, x in inputs.items()},
    }


lengths = torch.tensor([5, 3])
keep = (torch.arange(5)[None] < lengths[:, None]).float()  # 1 where a key may be looked at
later = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)  # True where it may not

cases = {}
attention = perturbed(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True))
x = torch.randn(2, 5, WIDTH)
cases["self"] = record(attention, {"x": x}, lambda: attention(x, x, x)[0])
attention = perturbed(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True))
q, memory = torch.randn(2, 3, WIDTH), torch.randn(2, 5, WIDTH)
cases["cross"] = record(
    attention, {"x": q, "memory": memory}, lambda: attention(q, memory, memory, key_padding_mask=keep == 0)[0]
)
for name, norm_first, activation in (("pre", True, "gelu"), ("post", False, "relu")):
    block = perturbed(nn.TransformerEncoderLayer(WIDTH, HEADS, MLP, 0.0, activation, 1e-6, True, norm_first))
    x = torch.randn(2, 5, WIDTH)
    mask = dict(src_mask=later) if name == "pre" else dict(src_key_padding_mask=keep == 0)
    cases[name] = record(block, {"x": x}, lambda: block(x, **mask))

fixtures = Path(__file__).parent.parent / "packages/models/src/fixtures"
(fixtures / "blocks.json").write_text(json.dumps({"keyMask": keep.tolist(), **cases}) + "\n")
