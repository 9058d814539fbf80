"""Golden values for the retrieval metrics of @rsdix/metrics: recall at k and average precision by sorting whole rows with numpy, what is
foreign before what is sought where they tie; average precision without ties by scikit-learn, too. And SBS-MSE from whole matrices.

Run from the repository root with: scikit-learn==1.9.1, numpy==1.26.4.
Writes packages/metrics/src/fixtures/retrieval.json. Nothing here is needed to run or test the packages.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

OUT = Path(__file__).resolve().parent.parent / "packages/metrics/src/fixtures/retrieval.json"


def unit(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def cosines(a, b):
    values = unit(a) @ unit(b).T
    # Ties are told from differences without doubt: what differs, differs by far more than the tolerance of 1e-6 or by rounding alone.
    for axis in (0, 1):
        gaps = np.diff(np.sort(values, axis=axis), axis=axis)
        assert not ((gaps > 1e-12) & (gaps < 2e-6)).any(), "take another seed"
    return np.round(values, 10)


def unlucky(scores, sought):
    """The order of a row, best first, with what is foreign before what is sought at the same score."""
    return np.lexsort((sought, -scores))


def recall(scores, sought, k):
    return float(np.mean([sought[i][unlucky(scores[i], sought[i])][:k].any() for i in range(len(scores))]))


def average_precision(scores, sought):
    if not sought.any():
        return None
    hits = sought[unlucky(scores, sought)].astype(float)
    value = float((np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / hits.sum())
    theirs = float(average_precision_score(sought, scores))
    tied = len(np.unique(scores)) < len(scores)
    assert value <= theirs + 1e-12 and (tied or abs(value - theirs) < 1e-12)
    return value if tied else theirs


def whole(rng, shape):
    """Whole numbers near zero: many rows are equal or have the same cosine to others."""
    return rng.integers(-1, 2, shape).astype(float)


def case(seed, images, dim, ties):
    rng = np.random.default_rng(seed)
    owner = np.concatenate([np.arange(images), rng.integers(0, images, 2 * images)])
    rng.shuffle(owner)
    if ties:
        image = whole(rng, (images, dim))
        text = np.where(rng.random((len(owner), dim)) < 0.3, whole(rng, (len(owner), dim)), image[owner])
    else:
        image = rng.normal(size=(images, dim)).astype(np.float32).astype(float)
        text = (image[owner] + 1.2 * rng.normal(size=(len(owner), dim))).astype(np.float32).astype(float)
    labels = rng.integers(0, 6, images)
    labels[0] = 99  # alone in its class
    scores, among = cosines(image, text), cosines(image, image)
    sought = owner[None, :] == np.arange(images)[:, None]
    ks = [1, 2, 5, 10]
    found = {"imageToText": {str(k): recall(scores, sought, k) for k in ks}, "textToImage": {str(k): recall(scores.T, sought.T, k) for k in ks}}
    everyone = np.arange(images)
    others = [everyone != i for i in everyone]
    by_label = [average_precision(among[i][others[i]], (labels == labels[i])[others[i]]) for i in everyone]
    by_list = [average_precision(scores[i], sought[i]) for i in everyone]
    return {
        "dim": dim,
        "ties": ties,
        "images": image.ravel().tolist(),
        "texts": text.ravel().tolist(),
        "owner": owner.tolist(),
        "labels": labels.tolist(),
        "recall": {**found, "meanRecall": float(np.mean([*found["imageToText"].values(), *found["textToImage"].values()]))},
        "byLabel": by_label,
        "byLabelMean": float(np.mean([value for value in by_label if value is not None])),
        "byList": by_list,
        "byListMean": float(np.mean(by_list)),
    }


def rankings():
    """Scores of one query each: without ties, with some, and all equal."""
    rng = np.random.default_rng(5)
    out = []
    for n, step in [(1, 0), (9, 0), (30, 0), (30, 4), (40, 2), (12, 1), (25, 100)]:
        scores = rng.normal(size=n) if step == 0 else np.floor(rng.random(n) * step) / step
        sought = rng.random(n) < 0.35
        sought[rng.integers(n)] = True
        out.append(
            {
                "scores": scores.tolist(),
                "relevant": sought.astype(int).tolist(),
                "worst": average_precision(scores, sought),
                "sklearn": float(average_precision_score(sought, scores)),
            }
        )
    return out


def mse(image, text, sentence):
    i, t, s = unit(image), unit(text), unit(sentence)
    target = s @ s.T
    parts = [float(np.mean((product - target) ** 2)) for product in (i @ i.T, i @ t.T, t @ t.T)]
    return {"imageImage": parts[0], "imageText": parts[1], "textText": parts[2], "total": float(np.mean(parts))}


def similarity_mse():
    rng = np.random.default_rng(21)
    n, dim, sentence_dim, batch = 61, 5, 7, 16
    shared = rng.normal(size=(n, dim))
    image = (shared + 0.5 * rng.normal(size=(n, dim))).astype(np.float32).astype(float)
    text = (shared + 0.5 * rng.normal(size=(n, dim))).astype(np.float32).astype(float)
    sentence = (shared @ rng.normal(size=(dim, sentence_dim)) + rng.normal(size=(n, sentence_dim))).astype(np.float32).astype(float)
    starts = range(0, n, batch)
    batches = [mse(image[b : b + batch], text[b : b + batch], sentence[b : b + batch]) for b in starts]
    sizes = [min(batch, n - b) for b in starts]

    def over(count):
        weights = np.array(sizes[:count], dtype=float)
        return {key: float(np.average([one[key] for one in batches[:count]], weights=weights)) for key in batches[0]}

    # The batch of three whose value the original code gave when it was run: .1718518518518519.
    three = {
        "images": [[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]],
        "texts": [[0.8, 0.6, 0], [0, 0, 1], [0.6, 0, 0.8]],
        "sentences": [[1, 0], [0.6, 0.8], [0, 1]],
    }
    original = mse(*(np.array(rows, dtype=float) for rows in three.values()))
    assert abs(original["total"] - 0.1718518518518519) < 1e-15

    return {
        "three": {**three, "original": original},
        "dim": dim,
        "images": image.ravel().tolist(),
        "texts": text.ravel().tolist(),
        "sentences": sentence.ravel().tolist(),
        "whole": mse(image, text, sentence),
        "batchSize": batch,
        "batches": over(n // batch),
        "batchesWithLast": over(len(batches)),
    }


OUT.write_text(
    json.dumps(
        {
            "sets": [case(1, 20, 5, False), case(2, 24, 3, True), case(12, 14, 4, True)],
            "rankings": rankings(),
            "similarityMSE": similarity_mse(),
        },
    )
    + "\n"
)
