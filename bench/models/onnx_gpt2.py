"""Writes GPT-2 small as @huggingface/transformers loads it: config.json and onnx/model.onnx, the graph of bench/backend/onnx_models.py with a cache, under
the names that this library feeds, with the weights of bench/backend/weights.mjs. Run as: onnx_gpt2.py FOLDER
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "backend"))

import numpy as np
from onnx_models import FLOAT, INT64, Graph, transformer

WIDTH, LAYERS, HEADS, VOCABULARY, CONTEXT = 768, 12, 12, 50257, 1024


def gpt2(path):
    g = Graph()
    values = g.numbers.floats((VOCABULARY, WIDTH), 0.035)
    table, positions = g.constant(values), g.weight(CONTEXT, WIDTH)
    blocks = [g.block_weights(WIDTH) for _ in range(LAYERS)]
    last = g.norm_weights(WIDTH)
    # Each position sees itself and those before it; texts here are never padded.
    keys = g.op("Range", g.constant(np.int64(0)), g.op("Gather", g.op("Shape", "attention_mask"), g.constant(np.int64(1))), g.constant(np.int64(1)))
    queries = g.op("Unsqueeze", "position_ids", g.ints(1, 3))  # [batch, 1, new, 1]
    seen = g.op("LessOrEqual", keys, queries)
    g.op("Where", seen, g.constant(np.float32(0)), g.constant(np.float32(-1e9)), names=["causal_bias"])
    names = [(i, part) for i in range(LAYERS) for part in ("key", "value")]
    for i, part in names:
        g.op("Identity", f"past_key_values.{i}.{part}", names=[f"past_{part}.{i}"])
    x = g.op("Add", g.op("Gather", table, "input_ids"), g.op("Gather", positions, "position_ids"))
    x = transformer(g, x, blocks, None, "geluTanh", last, False, True)
    for i, part in names:
        g.op("Identity", f"present_{part}.{i}", names=[f"present.{i}.{part}"])
    # Only the last position is scored, as on the other side.
    hidden = g.op("Gather", x, g.ints(-1), axis=1)
    g.op("MatMul", hidden, g.constant(values.T), names=["logits"])
    inputs = [("input_ids", INT64, ["batch", "new"]), ("attention_mask", INT64, ["batch", "all"]), ("position_ids", INT64, ["batch", "new"])]
    inputs += [(f"past_key_values.{i}.{part}", FLOAT, ["batch", HEADS, "past", WIDTH // HEADS]) for i, part in names]
    outputs = [("logits", FLOAT, ["batch", 1, VOCABULARY])]
    outputs += [(f"present.{i}.{part}", FLOAT, ["batch", HEADS, "all", WIDTH // HEADS]) for i, part in names]
    g.save(path, inputs, outputs)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    os.makedirs(folder / "onnx", exist_ok=True)
    config = {
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": VOCABULARY, "n_positions": CONTEXT, "n_embd": WIDTH, "n_layer": LAYERS,
        "n_head": HEADS, "activation_function": "gelu_new",
    }
    (folder / "config.json").write_text(json.dumps(config))
    gpt2(str(folder / "onnx" / "model.onnx"))
