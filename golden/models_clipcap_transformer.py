"""Golden values of ClipCap's transformer mapper for @rsdix/models: prefix, loss through a fixed sum, and every gradient.

The reference is torch.nn.TransformerEncoderLayer (pre-norm, ReLU, MLP of twice the width) of torch 1.13, its q/k/v bias held at zero, as
arXiv 2111.09734 and its published layout describe the mapper.
Run from the repository's root: python golden/models_clipcap_transformer.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from tensor_values import tensor

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/clipcap-transformer.json"
torch.manual_seed(2)
PREFIX_SIZE, PREFIX_LENGTH, CLIP_LENGTH, WIDTH, LAYERS, HEADS = 6, 3, 4, 8, 2, 2

linear = torch.nn.Linear(PREFIX_SIZE, CLIP_LENGTH * WIDTH)
constants = torch.nn.Parameter(torch.randn(PREFIX_LENGTH, WIDTH))
layers = torch.nn.ModuleList(
    torch.nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, dropout=0.0, activation="relu", norm_first=True, batch_first=True) for _ in range(LAYERS)
)
with torch.no_grad():  # so that biases and norms count
    for parameter in [*linear.parameters(), *layers.parameters()]:
        parameter.add_(torch.randn_like(parameter) * 0.3)
    for layer in layers:
        layer.self_attn.in_proj_bias.zero_()

embeddings = torch.randn(5, PREFIX_SIZE) * 3
x = torch.cat([linear(F.normalize(embeddings, dim=-1)).view(-1, CLIP_LENGTH, WIDTH), constants.expand(len(embeddings), -1, -1)], 1)
for layer in layers:
    x = layer(x)
prefix = x[:, CLIP_LENGTH:]
weight = torch.randn_like(prefix)
loss = (prefix * weight).sum()
loss.backward()


def named(of):
    """The checkpoint's names, for the weights themselves or their gradients."""
    result = {"clip_project.linear.weight": of(linear.weight), "clip_project.linear.bias": of(linear.bias), "clip_project.prefix_const": of(constants)}
    for i, layer in enumerate(layers):
        name = f"clip_project.transformer.layers.{i}"
        qkv = of(layer.self_attn.in_proj_weight)
        result |= {
            f"{name}.norm1.weight": of(layer.norm1.weight),
            f"{name}.norm1.bias": of(layer.norm1.bias),
            f"{name}.attn.to_queries.weight": qkv[:WIDTH],
            f"{name}.attn.to_keys_values.weight": qkv[WIDTH:],
            f"{name}.attn.project.weight": of(layer.self_attn.out_proj.weight),
            f"{name}.attn.project.bias": of(layer.self_attn.out_proj.bias),
            f"{name}.norm2.weight": of(layer.norm2.weight),
            f"{name}.norm2.bias": of(layer.norm2.bias),
            f"{name}.mlp.fc1.weight": of(layer.linear1.weight),
            f"{name}.mlp.fc1.bias": of(layer.linear1.bias),
            f"{name}.mlp.fc2.weight": of(layer.linear2.weight),
            f"{name}.mlp.fc2.bias": of(layer.linear2.bias),
        }
    return {key: tensor(value) for key, value in result.items()}


OUT.write_text(
    json.dumps(
        {
            "config": {"prefixSize": PREFIX_SIZE, "prefixLength": PREFIX_LENGTH, "mapper": {"clipLength": CLIP_LENGTH, "layers": LAYERS, "heads": HEADS}},
            "width": WIDTH,
            "embeddings": tensor(embeddings),
            "weights": named(lambda t: t),
            "prefix": tensor(prefix),
            "lossWeight": tensor(weight),
            "loss": loss.item(),
            "gradients": named(lambda t: t.grad),
        }
    )
    + "\n"
)
