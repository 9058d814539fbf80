"""The reference tools on a file of captions, one task a process. Writes a JSON file of scores and of seconds that the task took without start-up.

    python peer.py TASK CAPTIONS OUT      tasks: ngram, aac, ptb, meteor, meteor-plain, spice
"""

import contextlib
import json
import os
import shutil
import sys
import time
import types

task, captions, out = sys.argv[1:4]
with open(captions, encoding="utf-8") as file:
    data = json.load(file)
candidates, references = data["candidates"], data["references"]
gts = dict(enumerate(references))
res = {i: [candidate] for i, candidate in enumerate(candidates)}


def ngram():
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    begin = time.perf_counter()
    bleu, _ = Bleu(4).compute_score(gts, res, verbose=0)
    rouge, _ = Rouge().compute_score(gts, res)
    cider, each = Cider().compute_score(gts, res)
    return begin, {"bleu": list(map(float, bleu)), "rougeL": float(rouge), "ciderD": float(cider), "perImage": list(map(float, each))}


def aac():
    # It imports models at once that these scores have no use for.
    sys.modules["sentence_transformers"] = types.SimpleNamespace(SentenceTransformer=None)
    from aac_metrics.functional import bleu, cider_d, rouge_l

    begin = time.perf_counter()
    scores, _ = bleu(candidates, references, n=4, return_1_to_n=True)
    rouge, _ = rouge_l(candidates, references)
    cider, each = cider_d(candidates, references)
    per_image = each["cider_d"].tolist()
    return begin, {"bleu": scores["bleu_1_to_4"].tolist(), "rougeL": rouge["rouge_l"].item(), "ciderD": cider["cider_d"].item(), "perImage": per_image}


def ptb():
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    begin = time.perf_counter()
    given = {i: [{"caption": text} for text in [candidate, *refs]] for i, (candidate, refs) in enumerate(zip(candidates, references))}
    tokens = PTBTokenizer().tokenize(given)
    return begin, {"captions": [text for i in range(len(candidates)) for text in tokens[i]]}


def meteor():
    from pycocoevalcap.meteor import meteor as module

    if task == "meteor-plain":
        module.METEOR_JAR = os.environ["PLAIN_METEOR_JAR"]
    scorer = module.Meteor()
    scorer._stat("a road", ["a road"])  # answered once all is read
    begin = time.perf_counter()
    corpus, each = scorer.compute_score(gts, res)
    return begin, {"meteor": corpus, "perImage": each}


def spice():
    from pycocoevalcap.spice import spice as module

    shutil.rmtree(os.path.join(os.path.dirname(module.__file__), module.CACHE_DIR), ignore_errors=True)
    begin = time.perf_counter()
    corpus, each = module.Spice().compute_score(gts, res)
    return begin, {"spice": float(corpus), "perImage": [scores["All"]["f"] for scores in each]}


with contextlib.redirect_stdout(sys.stderr):
    begin, scores = {"ngram": ngram, "aac": aac, "ptb": ptb, "meteor": meteor, "meteor-plain": meteor, "spice": spice}[task]()
seconds = time.perf_counter() - begin
with open(out, "w", encoding="utf-8") as file:
    json.dump({**scores, "seconds": seconds}, file)
