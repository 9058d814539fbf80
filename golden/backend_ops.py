"""Golden values of the @rsdix/backend ops: value and gradients from PyTorch autograd (torch 1.13.0).

Run: python golden/backend_ops.py   (writes packages/backend/src/fixtures/ops.json)
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(0)
out = {}


def numbers(t):
    return {"shape": list(t.shape), "values": [float(v) for v in t.detach().double().flatten()]}


def case(name, inputs, fn, **options):
    """Gradients of sum(fn(inputs) * w) for a fixed random w, so that every output weighs differently."""
    leaves = {k: v.clone().requires_grad_(True) for k, v in inputs.items()}
    y = fn(**leaves)
    w = torch.randn(y.shape)
    (y * w).sum().backward()
    out[name] = {
        "options": options,
        "inputs": {k: numbers(v) for k, v in inputs.items()},
        "output": numbers(y),
        "weight": numbers(w),
        "gradients": {k: numbers(v.grad) for k, v in leaves.items()},
    }


ACTIVATIONS = {
    "quickGelu": lambda z: z * torch.sigmoid(1.702 * z),
    "gelu": F.gelu,
    "geluTanh": lambda z: F.gelu(z, approximate="tanh"),
    "relu": torch.relu,
    "tanh": torch.tanh,
    "none": lambda z: z,
}
for name, f in ACTIVATIONS.items():
    case(f"linear/{name}", dict(x=torch.randn(3, 5) * 2, w=torch.randn(5, 4), b=torch.randn(4)), lambda x, w, b: f(x @ w + b), activation=name)
case("layerNorm", dict(x=torch.randn(2, 3, 6) * 3 + 1, gamma=torch.randn(6), beta=torch.randn(6)), lambda x, gamma, beta: F.layer_norm(x, (6,), gamma, beta, 1e-5))


def attention(q, k, v, causal=False, mask=None, scale=None):
    scores = q @ k.transpose(-1, -2) * (scale or q.shape[-1] ** -0.5)
    if causal:
        i, j = torch.meshgrid(torch.arange(q.shape[2]), torch.arange(k.shape[2]), indexing="ij")
        scores = scores.masked_fill(j > i + k.shape[2] - q.shape[2], float("-inf"))
    if mask is not None:
        scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
    return scores.softmax(-1) @ v


qkv = lambda tq, tk: dict(q=torch.randn(2, 2, tq, 4), k=torch.randn(2, 2, tk, 4), v=torch.randn(2, 2, tk, 4))
case("attention/plain", qkv(3, 5), attention)
case("attention/causal", qkv(4, 4), lambda q, k, v: attention(q, k, v, causal=True), causal=True)
case("attention/cache", qkv(2, 5), lambda q, k, v: attention(q, k, v, causal=True), causal=True)
mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]).float()
case("attention/mask", qkv(3, 5), lambda q, k, v: attention(q, k, v, mask=mask, scale=0.7), keyMask=numbers(mask), scale=0.7)

ids = torch.tensor([[0, 3, 3], [1, 3, 0]])
case("embedding", dict(table=torch.randn(5, 4)), lambda table: F.embedding(ids, table), ids=ids.tolist())

targets = torch.tensor([2, 0, 4, 2])
weights = torch.tensor([1.0, 0.0, 2.0, 0.5])
case("crossEntropy/mean", dict(logits=torch.randn(4, 5) * 3), lambda logits: F.cross_entropy(logits, targets), targets=targets.tolist())
case(
    "crossEntropy/weights",
    dict(logits=torch.randn(4, 5) * 3),
    lambda logits: (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum(),
    targets=targets.tolist(),
    weights=weights.tolist(),
)
case("l2Normalize", dict(x=torch.randn(3, 5) * 2), lambda x: F.normalize(x, dim=1))

# Ten AdamW steps on one tensor with fixed gradients, and a moving average of it (torch.optim.swa_utils' way to have an EMA).
p = torch.randn(6).requires_grad_(True)
start = numbers(p)
opt = torch.optim.AdamW([p], lr=0.05, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
averaged = torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList([p]), avg_fn=lambda average, new, count: 0.8 * average + 0.2 * new)
averaged.update_parameters(torch.nn.ParameterList([p]))  # the first call copies
gradients, states, averages = [], [], []
for _ in range(10):
    p.grad = torch.randn(6)
    gradients.append([float(v) for v in p.grad])
    opt.step()
    states.append([float(v) for v in p.detach()])
    averaged.update_parameters(torch.nn.ParameterList([p]))
    averages.append([float(v) for v in averaged.module[0].detach()])
out["adamW"] = {"start": start["values"], "gradients": gradients, "states": states, "decay": 0.8, "averages": averages}

case(
    "linear/residual",
    dict(x=torch.randn(3, 5) * 2, w=torch.randn(5, 4), b=torch.randn(4), residual=torch.randn(3, 4)),
    lambda x, w, b, residual: F.gelu(x @ w + b, approximate="tanh") + residual,
)


def self_attention(q, k, v, batch, heads, mask=None):
    """Causal, on rows [batch * tokens, heads * d]."""
    by_head = lambda rows: rows.reshape(batch, -1, heads, rows.shape[1] // heads).transpose(1, 2)
    tokens = q.shape[0] // batch
    causal = torch.ones(tokens, tokens).tril().bool()
    visible = causal if mask is None else causal & (mask[:, None, None, :] != 0)
    bias = torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))
    mixed = attention_with_bias(by_head(q), by_head(k), by_head(v), bias)
    return mixed.transpose(1, 2).reshape(q.shape[0], -1)


def attention_with_bias(q, k, v, bias):
    return (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + bias).softmax(-1) @ v


case(
    "selfAttention/packed",
    dict(qkv=torch.randn(2 * 4, 3 * 6)),
    lambda qkv: self_attention(*qkv.chunk(3, 1), 2, 3),
    batch=2,
    heads=3,
    causal=True,
)
token_mask = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]]).float()
case(
    "selfAttention/parts",
    dict(q=torch.randn(2 * 4, 6), k=torch.randn(2 * 4, 6), v=torch.randn(2 * 4, 6)),
    lambda q, k, v: self_attention(q, k, v, 2, 2, token_mask),
    batch=2,
    heads=2,
    causal=True,
    keyMask=numbers(token_mask),
)

target = Path(__file__).parent.parent / "packages/backend/src/fixtures/ops.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(out))
