"""Golden values for the classification scores of @rsdix/metrics.

Run from the repository root with: scikit-learn==1.9.1, numpy==1.26.4.
Writes packages/metrics/src/fixtures/classification.json. Nothing here is needed to run or test the packages.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, recall_score, top_k_accuracy_score

OUT = Path(__file__).resolve().parent.parent / "packages/metrics/src/fixtures/classification.json"


def case(seed, n, classes, absent):
    rng = np.random.default_rng(seed)
    labels = rng.choice([c for c in range(classes) if c not in absent], n)
    scores = rng.normal(size=(n, classes)).astype(np.float32)
    scores[np.arange(n), labels] += 0.8
    predicted = scores.argmax(1)
    every = list(range(classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is predicted and never true: it has no part in the mean
        balanced = balanced_accuracy_score(labels, predicted)
    recalls = recall_score(labels, predicted, labels=every, average=None, zero_division=0)
    return {
        "classes": classes,
        "labels": labels.tolist(),
        "scores": scores.ravel().tolist(),
        "predicted": predicted.tolist(),
        "topK": {str(k): float(top_k_accuracy_score(labels, scores, k=k, labels=every)) for k in (1, 2, 3, 5)},
        "balanced": float(balanced),
        "confusion": confusion_matrix(labels, predicted, labels=every).tolist(),
        "perClass": [None if c not in labels else float(r) for c, r in enumerate(recalls)],
    }


OUT.parent.mkdir(parents=True, exist_ok=True)
cases = [case(1, 40, 6, []), case(2, 25, 7, [3]), case(3, 60, 10, [0, 9])]
OUT.write_text(json.dumps(cases, indent=1) + "\n")
