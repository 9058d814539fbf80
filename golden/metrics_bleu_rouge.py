"""Golden values for BLEU-1..4 and ROUGE-L of @rsdix/metrics.

Run from the repository root with: aac-metrics==0.4.2, pycocoevalcap==1.2.
Writes packages/metrics/src/fixtures/bleu-rouge.json. Nothing here is needed to run or test the packages.
"""

import json
import random
from pathlib import Path

from aac_metrics.functional import bleu as aac_bleu
from aac_metrics.functional import rouge_l as aac_rouge_l
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.rouge.rouge import Rouge

OUT = Path(__file__).resolve().parent.parent / "packages/metrics/src/fixtures/bleu-rouge.json"
WORDS = "a the many some green trees are near road river building , . lake. Lake pond's is in of water white é 湖 𝔸 next to".split()
# What Python's str.split() takes as white space, and two characters that it does not (JavaScript's \s takes U+FEFF).
SPACES = [" ", "  ", "\t", "\n", "\x0b", "\x1c", "\x1f", "\x85", "\u00a0", "\u1680", "\u2003", "\u2028", "\u202f", "\u205f", "\u3000"]
NOT_SPACES = ["\u200b", "\ufeff"]


def sentence(rng, low, high):
    return [rng.choice(WORDS) for _ in range(rng.randint(low, high))]


def disturbed(rng, words):
    """A reference turned into a plausible candidate: words dropped, doubled or replaced."""
    out = []
    for word in words:
        draw = rng.random()
        if draw < 0.1:
            continue
        out.append(rng.choice(WORDS) if draw < 0.25 else word)
        if draw > 0.9:
            out.append(word)
    return out


def plain_set(rng):
    candidates, references = [], []
    for _ in range(rng.randint(1, 5)):
        refs = [sentence(rng, 1, 14) for _ in range(rng.randint(1, 5))]
        candidates.append(" ".join(disturbed(rng, rng.choice(refs)) or ["road"]))
        references.append([" ".join(ref) for ref in refs])
    return candidates, references


def spaced_set(rng):
    candidates, references = plain_set(rng)

    def respace(text):
        joined = "".join(rng.choice(SPACES) if c == " " else c for c in text)
        return rng.choice(["", " ", "\u3000"]) + joined + rng.choice(["", "\u2028", rng.choice(NOT_SPACES)])

    return [respace(c) for c in candidates], [[respace(r) for r in refs] for refs in references]


def odd_sets():
    long_text = " ".join(WORDS * 3)
    return [
        ([""], [["a road near a river ."]]),
        (["", "a road"], [["a road near a river ."], ["a road", "the road"]]),
        (["   \u3000 "], [["a road"]]),
        (["the the the the the the the"], [["the cat is on the mat", "there is a cat on the mat"]]),
        (["a road near a river ."], [["a road near a river ."]]),
        (["road"], [["road"]]),
        (["road"], [[long_text]]),
        ([long_text], [["road", "a road"]]),
        (["there is a lake."], [["it is a lake near some trees .", "a lake"]]),
        (["a b c d e f"], [["f e d c b a", "a c e b d f"]]),
        (["one two three four"], [["one two", "one two three four five six"]]),
        (["A Road"], [["a road"]]),
        (["x y z"], [["a b c"]]),
        (
            ["many planes are parked near a terminal .", "a pond is near a road ."],
            [
                [
                    "many planes are parked next to a long building in an airport .",
                    "several aircraft are parked near the terminal .",
                    "some airplanes are parked near a terminal in an airport with parking lots .",
                ],
                ["a pond is near a road with green trees .", "there is a pond beside the road ."],
            ],
        ),
    ]


def golden(candidates, references):
    corpus, per_image = aac_bleu(candidates, references, n=4, return_1_to_n=True)
    out = {
        "candidates": candidates,
        "references": references,
        "aac": {
            "corpusBleu": corpus["bleu_1_to_4"].tolist(),
            "perImageBleu": per_image["bleu_1_to_4"].T.tolist(),
            "perImageRougeL": aac_rouge_l(candidates, references)[1]["rouge_l"].tolist(),
        },
    }
    # As the original evaluates: one image a call, a running mean over the images.
    mean = [0.0] * 5
    for i, (candidate, refs) in enumerate(zip(candidates, references)):
        scores = [aac_bleu([candidate], [refs], n=n)[0][f"bleu_{n}"].item() for n in (1, 2, 3, 4)]
        scores.append(aac_rouge_l([candidate], [refs])[0]["rouge_l"].item())
        mean = [m + (s - m) / (i + 1) for m, s in zip(mean, scores)]
    out["rsdix"] = {"bleu": mean[:4], "rougeL": mean[4]}

    gts, res = dict(enumerate(references)), {i: [c] for i, c in enumerate(candidates)}
    coco, coco_each = Bleu(4).compute_score(gts, res, verbose=0)
    out["coco"] = {"corpusBleu": [float(x) for x in coco], "perImageBleu": [list(map(float, x)) for x in zip(*coco_each)]}
    # coco's ROUGE-L splits at single blanks and has no rule for an empty candidate: compare where that is the same thing.
    texts = candidates + [r for refs in references for r in refs]
    if all(t and t.split() == t.split(" ") for t in texts):
        score, scores = Rouge().compute_score(gts, res)
        out["coco"]["rougeL"] = float(score)
        out["coco"]["perImageRougeL"] = [float(x) for x in scores]
    return out


def main():
    rng = random.Random(20240)
    sets = [plain_set(rng) for _ in range(20)] + [spaced_set(rng) for _ in range(8)] + odd_sets()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([golden(*s) for s in sets], indent=1) + "\n")


main()
