"""Golden values for bleu, rougeL, ciderD and vocab of @rsdix/metrics.

Run from the repository root with: pycocoevalcap==1.2, aac-metrics==0.6.0 (vocab; --no-deps, with pythonwrench and torch).
Writes packages/metrics/src/fixtures/ngrams.json.gz. Nothing here is needed to run or test the packages.
"""

import contextlib
import gzip
import importlib
import io
import json
import random
import sys
import types
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge



def alone(*packages):
    """Makes packages importable without what they import themselves: aac_metrics wants models and libraries that vocab has no use for."""
    for name in packages:
        module = types.ModuleType(name)
        module.__path__ = [str(Path(entry) / name.replace(".", "/")) for entry in sys.path if (Path(entry) / name.replace(".", "/")).is_dir()]
        sys.modules[name] = module


alone("aac_metrics", "aac_metrics.functional", "aac_metrics.utils")
vocab = importlib.import_module("aac_metrics.functional.vocab").vocab

OUT = Path(__file__).resolve().parent.parent / "packages/metrics/src/fixtures/ngrams.json.gz"
NOUNS = "planes buildings trees pond road river bridge harbor boats houses storage tanks stadium cars desert lake beach terminal 湖 café".split()
WORDS = "a the many some green large white are is near beside in of with two next to . , and".split()


def sentence(rng, low=3, high=14):
    return [rng.choice(NOUNS if rng.random() < 0.35 else WORDS) for _ in range(rng.randint(low, high))]


def disturbed(rng, words):
    """A reference turned into a candidate: words dropped, replaced or said again."""
    out = []
    for word in words:
        draw = rng.random()
        if draw > 0.1:
            out.append(rng.choice(NOUNS + WORDS) if draw < 0.25 else word)
        if draw > 0.93:
            out += [word] * rng.randint(1, 6)
    return out


def pair(rng):
    references = [sentence(rng) for _ in range(rng.randint(1, 5))]
    draw = rng.random()
    if draw < 0.02:
        candidate = []
    elif draw < 0.05:
        candidate = [rng.choice(NOUNS)] * rng.randint(1, 12)
    elif draw < 0.08:
        candidate = list(rng.choice(references))
    elif draw < 0.12:
        candidate = sentence(rng, 1, 40)
    else:
        candidate = disturbed(rng, rng.choice(references))
    if rng.random() < 0.03 and candidate:
        references.append([])
    return " ".join(candidate), [" ".join(words) for words in references]


def golden(pairs):
    candidates, references = [c for c, _ in pairs], [r for _, r in pairs]
    gts, res = dict(enumerate(references)), {i: [c] for i, c in enumerate(candidates)}
    with contextlib.redirect_stdout(io.StringIO()):
        corpus_bleu, bleu = Bleu(4).compute_score(gts, res, verbose=0)
    cider, ciders = Cider().compute_score(gts, res)
    rouge, rouges = Rouge().compute_score(gts, res)
    words = {key: float(value) for key, value in vocab(candidates, references)[0].items()}
    digits = lambda values: [float(f"{float(value):.12g}") for value in values]
    return {
        "candidates": candidates,
        "references": references,
        "corpusBleu": digits(corpus_bleu),
        "bleu": [digits(values) for values in zip(*bleu)],
        "ciderD": float(cider),
        "perImageCiderD": digits(ciders),
        "rougeL": float(rouge),
        "perImageRougeL": digits(rouges),
        "vocab": {key.split(".")[1]: words[key] for key in words if "avg" not in key},
    }


def main():
    rng = random.Random(1411)
    sets = [[pair(rng) for _ in range(size)] for size in (2, 2, 3, 5, 8, 20, 60, 400, 1700)]
    sets.append([("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]), ("a", ["a"]), ("", ["a b"])])
    OUT.write_bytes(gzip.compress(json.dumps([golden(pairs) for pairs in sets], ensure_ascii=False).encode(), 9, mtime=0))


main()
