"""Golden loss curves of the original's equations over 20 steps of fixed batches (torch 1.13.0, transformers 4.37.2).

Written from the formulas: teacher updated at the start of every step, a Sentence-BERT behind a fixed random projection, targets that multiply the logits of
the sigmoid loss, AdamW with decay on everything. `reference` of @rsdix/train must follow each curve.

Run: python golden/train_curves.py   (writes packages/train/src/fixtures/train-curves.json and train-curves.safetensors)
"""
import copy
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from train_formulas import (
    DIM,
    VOCABULARY,
    bert,
    bert_ids,
    clip,
    clipcap,
    divergence,
    embed,
    frozen,
    info_nce,
    move,
    pair_batches,
    sentences,
    siglip,
    sigmoid,
    soft_sigmoid,
    targets,
    unit,
)

torch.manual_seed(5)
STEPS, N, RATE, ALPHA, EMA = 20, 6, 2e-3, 0.5, 0.999
batches = pair_batches(STEPS, N)
models = {"clip": clip(), "siglip": siglip(), "bert": bert(), "clipcap": clipcap()}
projection = torch.nn.Linear(4, DIM)
caption_ids = torch.randint(0, VOCABULARY, (STEPS, N, 5))
caption_lengths = torch.randint(1, 6, (STEPS, N))
caption_embeddings = torch.randn(STEPS, N, DIM)
adam = lambda parameters: torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)


def pairs(name, sentence_teacher=False):
    student, teacher = copy.deepcopy(models[name]), frozen(models[name])
    is_sigmoid = name == "siglip"
    own = [torch.nn.Parameter(torch.tensor(v)) for v in ((2.302585093, -10.0) if is_sigmoid else (3.9,))]
    optimizer = adam([*student.parameters(), *own])
    losses = []
    for step in range(STEPS):
        ids = batches[f"{name}Ids"][step]
        move(teacher, student, step, EMA)
        image, text = embed(student, batches["pixels"][step], ids)
        with torch.no_grad():
            i, t = embed(teacher, batches["pixels"][step], ids)
            if sentence_teacher:
                t = unit(projection(unit(sentences(models["bert"], *bert_ids(batches["words"][step])))))
            soft = targets(i, t)
        if is_sigmoid:
            contrastive = sigmoid(image, text, student.logit_scale, student.logit_bias)
            distillation = soft_sigmoid(image, text, soft, *own, reference=True)
        else:
            contrastive, distillation = info_nce(image, text, student.logit_scale), divergence(image, text, soft, *own)
        loss = ALPHA * contrastive + (1 - ALPHA) * distillation
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append([float(loss), float(contrastive), float(distillation)])
    return losses


def captions():
    model = copy.deepcopy(models["clipcap"])
    optimizer = adam(model.parameters())
    losses = []
    for step in range(STEPS):
        loss = model.loss(caption_embeddings[step], caption_ids[step], caption_lengths[step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


curves = {"infoNCE": pairs("clip"), "sentenceBert": pairs("clip", True), "sigmoid": pairs("siglip"), "captions": captions()}
arrays = {f"start/{name}/{key}": value for name in ("clip", "siglip", "bert") for key, value in models[name].named_parameters()}
arrays |= {f"start/clipcap/{key}": value for key, value in models["clipcap"].arrays().items()}
arrays |= {"projection/weight": projection.weight, "projection/bias": projection.bias, "pixels": batches["pixels"], "captionEmbeddings": caption_embeddings}
arrays |= {key: value.int() for key, value in {**batches, "captionIds": caption_ids, "captionLengths": caption_lengths}.items() if key != "pixels"}
fixtures = Path(__file__).parent.parent / "packages/train/src/fixtures"
save_file({key: value.detach().contiguous() for key, value in arrays.items()}, fixtures / "train-curves.safetensors")
(fixtures / "train-curves.json").write_text(json.dumps({"learningRate": RATE, "alpha": ALPHA, "emaDecay": EMA, "curves": curves}) + "\n")
for name, curve in curves.items():
    print(name, curve[0], curve[-1])
