"""Writes the ONNX files that onnxruntime runs: ViT-B/32 (CLIP's) and GPT-2 small with its cache, with the weights of models.mjs.

Each in two forms: plain ONNX operators, which onnxruntime fuses as it can, and "-fused" with its own contributed operators (Attention, SkipLayerNormalization,
QuickGelu, FastGelu), which is what its optimiser for transformers makes of a model. Run as: onnx_models.py {vit-b32,gpt2} FOLDER
"""
import os
import sys

import numpy as np
import onnx
from numbers_ import Numbers
from onnx import TensorProto, helper, numpy_helper

SCALE = 0.035
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    def __init__(self):
        self.nodes, self.weights, self.numbers = [], [], Numbers()

    def constant(self, values, name=None):
        name = name or f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def weight(self, *shape):
        return self.constant(self.numbers.floats(shape, SCALE))

    def ones(self, n):
        return self.constant(np.ones(n, np.float32))

    def norm_weights(self, n):
        return self.ones(n), self.weight(n)

    def dense_weights(self, k, m):
        return self.weight(k, m), self.weight(m)

    def block_weights(self, d):
        return dict(
            norm1=self.norm_weights(d), qkv=self.dense_weights(d, 3 * d), out=self.dense_weights(d, d), norm2=self.norm_weights(d),
            up=self.dense_weights(d, 4 * d), down=self.dense_weights(4 * d, d),
        )

    def op(self, kind, *inputs, outputs=1, names=None, **attributes):
        names = names or [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def norm(self, x, weights):
        return self.op("LayerNormalization", x, *weights, axis=-1, epsilon=1e-5)

    def dense(self, x, weights):
        return self.op("Add", self.op("MatMul", x, weights[0]), weights[1])

    def skip_norm(self, x, y, bias, weights):
        """The norm of x + y + bias, and that sum."""
        names = [f"t{len(self.nodes)}_{i}" for i in range(2)]
        inputs = [x, y, *weights, *([bias] if bias else [])]
        self.nodes.append(helper.make_node("SkipLayerNormalization", inputs, [names[0], "", "", names[1]], domain="com.microsoft", epsilon=1e-5))
        return names

    def activation(self, u, kind, fused):
        if kind == "quickGelu":
            if fused:
                return self.op("QuickGelu", u, domain="com.microsoft", alpha=1.702)
            return self.op("Mul", u, self.op("Sigmoid", self.op("Mul", u, self.constant(np.float32(1.702)))))
        cube = self.op("Mul", self.op("Mul", u, u), u)
        inner = self.op("Add", u, self.op("Mul", cube, self.constant(np.float32(0.044715))))
        tanh = self.op("Tanh", self.op("Mul", inner, self.constant(np.float32(np.sqrt(2 / np.pi)))))
        return self.op("Mul", self.op("Mul", u, self.op("Add", tanh, self.constant(np.float32(1)))), self.constant(np.float32(0.5)))

    def save(self, path, inputs, outputs):
        info = lambda name, kind, shape: helper.make_tensor_value_info(name, kind, shape)
        graph = helper.make_graph(self.nodes, "model", [info(*i) for i in inputs], [info(*o) for o in outputs], self.weights)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        onnx.save(model, path)
        print(path, f"{os.path.getsize(path) / 2**20:.0f} MiB")


def mixing(g, x, p, heads, layer=None):
    """Self-attention's mixing of plain operators; with a layer, over the cache past.{layer}."""
    d = 768
    qkv = g.op("Reshape", g.dense(x, p["qkv"]), g.ints(0, 0, 3, heads, d // heads))
    split = [g.op("Squeeze", part, g.ints(2)) for part in g.op("Split", qkv, outputs=3, axis=2)]
    q, k, v = (g.op("Transpose", part, perm=[0, 2, 1, 3]) for part in split)
    mask = None
    if layer is not None:
        k = g.op("Concat", f"past_key.{layer}", k, axis=2, names=[f"present_key.{layer}"])
        v = g.op("Concat", f"past_value.{layer}", v, axis=2, names=[f"present_value.{layer}"])
        mask = "causal_bias"
    kt = g.op("Transpose", k, perm=[0, 1, 3, 2])
    scores = g.op("Mul", g.op("MatMul", q, kt), g.constant(np.float32((d // heads) ** -0.5)))
    if mask:
        scores = g.op("Add", scores, mask)
    mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
    return g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(0, 0, d))


def fused_mixing(g, x, p, heads, layer=None):
    if layer is None:
        return g.op("Attention", x, *p["qkv"], num_heads=heads, domain="com.microsoft")
    names = [f"t{len(g.nodes)}", f"present.{layer}"]
    inputs = [x, *p["qkv"], "", f"past.{layer}"]
    g.nodes.append(helper.make_node("Attention", inputs, names, num_heads=heads, unidirectional=1, domain="com.microsoft"))
    return names[0]


def transformer(g, x, blocks, first_norm, kind, last, fused, cached):
    """Blocks, then the norm `last`, which the fused form takes into the last skip."""
    if not fused:
        for i, p in enumerate(blocks):
            x = g.op("Add", x, g.dense(mixing(g, g.norm(x, p["norm1"]), p, 12, i if cached else None), p["out"]))
            u = g.activation(g.dense(g.norm(x, p["norm2"]), p["up"]), kind, False)
            x = g.op("Add", x, g.dense(u, p["down"]))
        return g.norm(x, last)
    h = g.norm(x, blocks[0]["norm1"])
    for i, p in enumerate(blocks):
        mixed = g.op("MatMul", fused_mixing(g, h, p, 12, i if cached else None), p["out"][0])
        h, x = g.skip_norm(x, mixed, p["out"][1], p["norm2"])
        if kind == "quickGelu":
            u = g.activation(g.dense(h, p["up"]), kind, True)
        else:
            u = g.op("FastGelu", g.op("MatMul", h, p["up"][0]), p["up"][1], domain="com.microsoft")
        following = blocks[i + 1]["norm1"] if i + 1 < len(blocks) else last
        h, x = g.skip_norm(x, g.op("MatMul", u, p["down"][0]), p["down"][1], following)
    return h


def vit(path, fused):
    g, d = Graph(), 768
    patch, first, positions = g.weight(3072, d), g.weight(1, d), g.weight(50, d)
    pre = g.norm_weights(d)
    blocks = [g.block_weights(d) for _ in range(12)]
    last, projection = g.norm_weights(d), g.weight(d, 512)
    cut = g.op("Transpose", g.op("Reshape", "images", g.ints(-1, 32, 7, 96)), perm=[0, 2, 1, 3])
    tokens = g.op("MatMul", g.op("Reshape", cut, g.ints(-1, 49, 3072)), patch)
    batch = g.op("Shape", "images", end=1)
    begin = g.op("Expand", first, g.op("Concat", batch, g.ints(1, d), axis=0))
    x = g.op("Add", g.op("Concat", begin, tokens, axis=1), positions)
    x = transformer(g, g.norm(x, pre), blocks, pre, "quickGelu", last, fused, False)
    pooled = g.op("Gather", x, g.constant(np.int64(0)), axis=1)
    g.op("MatMul", pooled, projection, names=["embeddings"])
    g.save(path, [("images", FLOAT, ["batch", 224, 224, 3])], [("embeddings", FLOAT, ["batch", 512])])


def gpt2(path, fused):
    g, d, vocabulary = Graph(), 768, 50257
    values = g.numbers.floats((vocabulary, d), SCALE)
    table, positions = g.constant(values), g.weight(1024, d)
    blocks = [g.block_weights(d) for _ in range(12)]
    last = g.norm_weights(d)
    x = g.op("Add", g.op("Gather", table, "ids"), g.op("Gather", positions, "positions"))
    x = transformer(g, x, blocks, None, "geluTanh", last, fused, True)
    # Only the last position is scored, as on the other side.
    hidden = g.op("Gather", x, g.constant(np.int64(-1)), axis=1)
    g.op("MatMul", hidden, g.constant(values.T), names=["logits"])
    cache = ["batch", 12, "past", 64]
    inputs = [("ids", INT64, ["batch", "new"]), ("positions", INT64, ["new"])]
    outputs = [("logits", FLOAT, ["batch", vocabulary])]
    if fused:
        inputs += [(f"past.{i}", FLOAT, [2, *cache]) for i in range(12)]
        outputs += [(f"present.{i}", FLOAT, [2, "batch", 12, "all", 64]) for i in range(12)]
    else:
        inputs += [("causal_bias", FLOAT, [1, 1, "new", "all"])]
        for i in range(12):
            inputs += [(f"past_key.{i}", FLOAT, cache), (f"past_value.{i}", FLOAT, cache)]
            outputs += [(f"present_{part}.{i}", FLOAT, ["batch", 12, "all", 64]) for part in ("key", "value")]
    g.save(path, inputs, outputs)


if __name__ == "__main__":
    make = {"vit-b32": vit, "gpt2": gpt2}[sys.argv[1]]
    for form in ("", "-fused"):
        make(os.path.join(sys.argv[2], f"{sys.argv[1]}{form}.onnx"), bool(form))
