"""Bytes of the tables and of the exported captions that the original's evaluation writes, from seeded inputs (numpy 1.24.2 and 2.4.6 give the same).

Its layouts: no names above, tabs between cells, "\\n" after each row, numbers by Python's format (a tie goes to the even digit). Zero-shot classification: an
image a row (file, label, the ten likeliest classes with probabilities to five decimals) and a model a row (accuracy at 1, 2, 3, 5, 10, always five numbers, to
three decimals). Captions: a model a row, a name and a value to three decimals of each metric, with a tab after each, the last too; and as JSON an object an
image, of which the last gives its place to the model's name. Probabilities and scores that lie between two decimals are among them.

Run: python golden/train_eval_tables.py   (writes packages/train/src/fixtures/eval-tables.json)
"""
import json
from pathlib import Path

import numpy as np

random = np.random.default_rng(9)
TOP = (1, 2, 3, 5, 10)


def row(*cells):
    return "\t".join(cells) + "\n"


def zero_shot(spellings, images):
    count = len(spellings)
    logits = random.standard_normal((images, count)) * 3
    probabilities = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    ties = (np.arange(count) + 1) / 64  # 1/64 = 0.015625 lies between two numbers of five decimals
    probabilities[0] = ties.astype(np.float32)
    labels = [int(label) for label in random.integers(0, count, images)]
    files = [f"{spellings[label].title()}/{spellings[label].title()}_{i}.jpg" for i, label in enumerate(labels)]
    predictions, ranks = "", []
    for file, label, each in zip(files, labels, probabilities):
        order = sorted(range(count), key=lambda c: (-each[c], c))
        ranks.append(order.index(label))
        best = [cell for c in order[:10] for cell in (spellings[c], f"{each[c]:.5f}")]
        predictions += row(file, spellings[label], *best)
    accuracy = {k: sum(rank < k for rank in ranks) / images for k in TOP}
    return {
        "spellings": spellings, "files": files, "labels": labels, "probabilities": [float(p) for p in probabilities.reshape(-1)],
        "accuracy": {k: value for k, value in accuracy.items() if k <= count},
        "predictions": predictions, "scores": row("clip-b32", *(f"{accuracy[k]:.3f}" for k in TOP)),
    }


metrics = {"meteor": 0.5984, "sbert_sim": 0.8175, "rouge_l": 0.0625, "bleu_1": 0.6875, "bleu_2": 1.0, "bleu_3": 0.1875, "bleu_4": 3e-5, "spice": 0.0}
captions = [
    {"filename": f"./data/RSICD_images/{name}.jpg", "preds": [f"a {name} \u00e9 ."], "reference_captions": [[f"a {name} .", f'the "{name}" is here .']]}
    for name in ("airport_1", "beach_2", "pond_3")
]
captions[-1] = {"model_basename": "clipcap-b32"}
result = {
    "fixed": [[value, digits, f"{value:.{digits}f}"] for value in (0.0625, 0.1875, 0.0005, 0.5, 1.5, 1 / 3, 0.99996, -0.0625, 1e-9, 0.0) for digits in (0, 3, 5)],
    "zeroShot": [zero_shot(["annualcrop", "forest", "herbaceousvegetation", "river"], 16), zero_shot([f"class{i}" for i in range(12)], 7)],
    "captions": {"metrics": metrics, "scores": "clipcap-b32\t" + "".join(f"{name}\t{value:.3f}\t" for name, value in metrics.items()) + "\n"},
    "exported": json.dumps(captions),
}
path = Path(__file__).parent.parent / "packages/train/src/fixtures/eval-tables.json"
path.write_text(json.dumps(result) + "\n")
