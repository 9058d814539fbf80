"""Golden values for the metrics of @rsdix/metrics that injected models give: SBERT-sim, FENSE, SPIDEr-FL, SPIDEr, SPIDEr-max by
aac-metrics, whose models and SPICE are replaced by tables of made-up values, which the tests read from the same file; CLIPScore
and RefCLIPScore by numpy from the paper's formulas.

Run from the repository root with: aac-metrics==0.4.2, numpy==1.26.4, torch 1.13 (aac-metrics is installed without what it depends on).
Writes packages/metrics/src/fixtures/embeddings.json. Nothing here is needed to run or test the packages.
"""

import json
import sys
import types
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).resolve().parent.parent / "packages/metrics/src/fixtures/embeddings.json"


def stand_in(name, **members):
    """A module that aac-metrics imports and that nothing here calls."""
    module = types.ModuleType(name)
    module.__path__ = []
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module


class Unused:
    pass


stand_in("sentence_transformers", SentenceTransformer=Unused)
stand_in("transformers", logging=types.SimpleNamespace(ERROR=40, set_verbosity=lambda *_: None, get_verbosity=lambda: 40))
for part in ("models", "models.auto"):
    stand_in(f"transformers.{part}")
stand_in("transformers.models.auto.modeling_auto", AutoModel=Unused)
stand_in("transformers.models.auto.tokenization_auto", AutoTokenizer=Unused)
stand_in("transformers.tokenization_utils_fast", PreTrainedTokenizerFast=Unused)

import aac_metrics.functional  # noqa: E402
from aac_metrics.functional.fense import fense  # noqa: E402
from aac_metrics.functional.sbert_sim import sbert_sim  # noqa: E402

spider_module = sys.modules["aac_metrics.functional.spider"]
spider_fl_module = sys.modules["aac_metrics.functional.spider_fl"]
spider_max_module = sys.modules["aac_metrics.functional.spider_max"]

rng = np.random.default_rng(8)
DIM = 7
WORDS = "a the many some green trees are near road river building lake white planes in of water".split()


def sentence():
    return " ".join(rng.choice(WORDS, rng.integers(3, 12))) + " ."


def disturbed(text):
    return " ".join(rng.choice(WORDS) if rng.random() < 0.3 else word for word in text.split())


references = [[sentence() for _ in range(rng.integers(1, 6))] for _ in range(12)]
references[3] = references[3] + [references[3][0], references[1][0]]  # written twice, and of another image too
candidates = [[disturbed(refs[0]) for _ in range(3)] for refs in references]
candidates[5] = [references[5][0], candidates[0][0], candidates[5][2]]
first = [some[0] for some in candidates]
texts = sorted({text for group in [*references, *candidates] for text in group})
embedding = {text: rng.normal(size=DIM) for text in texts}
error_logit = {text: rng.normal() * 3 + 1 for text in texts}
# SPICE of a caption, whichever image it is of; equal ones for a tie between candidates.
spice_table = {text: float(rng.integers(0, 20)) / 20 for text in texts}


class Sbert:
    def to(self, device=None):
        return self

    def eval(self):
        return self

    def parameters(self):
        return []

    def encode(self, sentences, normalize_embeddings, **_):
        rows = np.array([embedding[s] for s in sentences])
        assert normalize_embeddings
        return torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True))


class Echecker(Sbert):
    """Gives the logits of the captions in the order in which they come: what its tokenizer is given has lost its full stops."""

    def __init__(self, sentences):
        self.logits = [error_logit[s] for s in sentences]

    def __call__(self, input_ids, **_):
        count = len(input_ids)
        logits, self.logits = self.logits[:count], self.logits[count:]
        return torch.tensor([[0.0] * 5 + [logit] for logit in logits], dtype=torch.float64)


def tokenizer(sentences, **_):
    return {key: [[0]] * len(sentences) for key in ("input_ids", "attention_mask", "token_type_ids")}


def spice(candidates, *_, **__):
    scores = torch.tensor([spice_table[c] for c in candidates], dtype=torch.float64)
    return {"spice": scores.mean()}, {"spice": scores}


spider_module.spice = spice


def numbers(tensor):
    return tensor.tolist()


def result(outs, name, *parts):
    corpus, each = outs
    return {"corpus": corpus[name].item(), "perImage": numbers(each[name]), **{part: numbers(each[part]) for part in parts}}


def penalised():
    out = []
    for threshold, penalty in [(0.9, 0.9), (0.5, 0.25)]:
        checks = {"echecker_tokenizer": tokenizer, "error_threshold": threshold, "penalty": penalty, "device": "cpu"}
        fense_outs = fense(first, references, sbert_model=Sbert(), echecker=Echecker(first), **checks)
        spider_outs = spider_fl_module.spider_fl(first, references, echecker=Echecker(first), **checks)
        out.append(
            {
                "threshold": threshold,
                "penalty": penalty,
                "errorRate": fense_outs[0]["fluerr"].item(),
                "fense": result(fense_outs, "fense"),
                "spiderFl": result(spider_outs, "spider_fl"),
            }
        )
    return out


def clip():
    """Hessel et al., equations 1 and 2, on made-up embeddings of images and captions."""
    images = rng.normal(size=(len(first), DIM)) + 0.7 * np.array([embedding[c] for c in first])
    unit = lambda rows: rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    captions = unit(np.array([embedding[c] for c in first]))
    score = 2.5 * np.maximum((unit(images) * captions).sum(1), 0)
    nearest = [max(float((unit(np.array([embedding[r] for r in refs])) @ captions[i]).max()), 0.0) for i, refs in enumerate(references)]
    harmonic = [2 / (1 / s + 1 / n) if s > 0 and n > 0 else 0.0 for s, n in zip(score.tolist(), nearest)]
    return {
        "images": images.tolist(),
        "clipScore": {"corpus": float(score.mean()), "perImage": score.tolist()},
        "refClipScore": {"corpus": float(np.mean(harmonic)), "perImage": harmonic},
    }


OUT.write_text(
    json.dumps(
        {
            "dim": DIM,
            "candidates": candidates,
            "references": references,
            "embedding": {text: row.tolist() for text, row in embedding.items()},
            "errorProbability": {text: float(1 / (1 + np.exp(-logit))) for text, logit in error_logit.items()},
            "spice": spice_table,
            "sbertSim": result(sbert_sim(first, references, sbert_model=Sbert(), device="cpu"), "sbert_sim"),
            "spider": result(spider_module.spider(first, references), "spider", "cider_d", "spice"),
            "spiderMax": result(spider_max_module.spider_max(candidates, references), "spider", "cider_d", "spice"),
            "ciderD": [numbers(spider_module.cider_d([some[c] for some in candidates], references)[1]["cider_d"]) for c in range(3)],
            "penalised": penalised(),
            "clip": clip(),
        },
        indent=1,
    )
    + "\n"
)
