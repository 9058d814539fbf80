"""Golden values of one whole training step of each task: loss, gradients, updated weights, teacher (torch 1.13.0, transformers 4.37.2).

The teacher begins apart from the student, so that everything of it counts. AdamW has an epsilon of 1e-2, beside which float32's rounding of a gradient near
zero is small; decay is on the weight matrices only.

Run: python golden/train_steps.py   (writes packages/train/src/fixtures/train-steps.json and train-steps.safetensors)
"""
import copy
import json
from pathlib import Path

import torch
import torch.nn.functional as F
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
    perturbed,
    sentences,
    siglip,
    sigmoid,
    similarity_mse,
    soft_sigmoid,
    targets,
    top1,
    unit,
)

torch.manual_seed(8)
N, RATE, ALPHA, EMA = 6, 1e-2, 0.3, 0.6
OPTIONS = {"lambda": 0.2, "iterations": 3, "imageCoefficient": 0.8, "textCoefficient": 1.2, "removeDiagonal": True}
soft_options = dict(lam=0.2, iterations=3, image_coefficient=0.8, text_coefficient=1.2, remove_diagonal=True)
batch = {key: value[0] for key, value in pair_batches(1, N).items()}
models = {"clip": clip(), "siglip": siglip(), "bert": bert(), "mlp": clipcap(), "transformer": clipcap(True)}
teachers = {name: perturbed(frozen(models[name]), 0.2) for name in ("clip", "siglip")}
projection = torch.nn.Linear(4, DIM)
arrays, cases = {}, {}


def named(model):
    return model.arrays() if hasattr(model, "arrays") else dict(model.named_parameters())


def joined(values):
    """One vector of all arrays in the order of their names."""
    return torch.cat([values[name].detach().flatten() for name in sorted(values)])


def decays(name):
    """Matrices of linear layers and of the patches; not biases, norms, tables, positions, constants and temperatures."""
    name = name.removeprefix("encoder.").removeprefix("clipcap.")
    if name.startswith("gpt."):
        return name.endswith(".weight") and ".c_" in name
    if name.startswith(("model.", "linear.", "layers.")):
        return name.endswith("weight") and ".norm" not in name
    matrices = ("_proj.", ".fc1.", ".fc2.", "projection.", "patch_embedding.", ".head.weight", "in_proj_weight")
    return name.endswith("weight") and any(k in name for k in matrices)


def step(case, model, loss, parts, extra=None, trained=lambda name: True, teacher=None):
    """One step on what `trained` names; `extra` are the task's own weights by name."""
    loss.backward()
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad and trained(name)}
    own = extra or {}
    groups = [
        {"params": [p for n, p in weights.items() if decays(n)] + [p for n, p in own.items() if p.dim() == 2], "weight_decay": 0.1},
        {"params": [p for n, p in weights.items() if not decays(n)] + [p for n, p in own.items() if p.dim() < 2], "weight_decay": 0.0},
    ]
    gradient = (lambda p: p.grad if p.grad is not None else torch.zeros_like(p))
    view = model.arrays(gradient) if hasattr(model, "arrays") else {n: gradient(p) for n, p in model.named_parameters()}
    arrays[f"{case}/gradients"] = joined({n: v for n, v in view.items() if trained(n)})
    torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99), eps=1e-2).step()
    arrays[f"{case}/updated"] = joined({n: v for n, v in named(model).items() if trained(n)})
    for name, p in own.items():
        arrays[f"{case}/own/{name}/gradient"], arrays[f"{case}/own/{name}/updated"] = p.grad.clone(), p
    if teacher:  # what the next step is taught by
        move(teacher, model, 1, EMA)
        arrays[f"{case}/teacher"] = joined(named(teacher))
    cases[case] = {"loss": float(loss), **{name: float(value) for name, value in parts.items()}}


def pairs(case, name, kind="none", loss="infoNCE", reference=False):
    student, teacher = copy.deepcopy(models[name]), copy.deepcopy(teachers[name])
    ids = batch[f"{name}Ids"]
    image, text = embed(student, batch["pixels"], ids)
    own = {}
    scale, bias = student.logit_scale, getattr(student, "logit_bias", None)
    if loss == "sigmoid" and bias is None:
        scale, bias = torch.nn.Parameter(torch.tensor(2.302585093)), torch.nn.Parameter(torch.tensor(-10.0))
        own |= {"sigmoid_scale": scale, "sigmoid_bias": bias}
    contrastive = info_nce(image, text, scale) if loss == "infoNCE" else sigmoid(image, text, scale, bias)
    unused = {"logit_scale"} if "sigmoid_scale" in own else {"logit_bias"} if loss == "infoNCE" else set()
    trained = lambda n: n not in unused
    parts = {"accuracy": top1(image, text), "scale": scale.exp()}
    if kind == "none":
        return step(case, student, contrastive, parts, own, trained)
    if loss == "infoNCE":
        own["distillation_scale"] = torch.nn.Parameter(torch.tensor(3.9))
    else:
        own |= {"distillation_scale": torch.nn.Parameter(torch.tensor(2.302585093)), "distillation_bias": torch.nn.Parameter(torch.tensor(-10.0))}
    i, t = embed(teacher, batch["pixels"], ids)
    sentence, similar, extra = None, None, 0.0
    if kind != "ema":
        sentence = unit(sentences(models["bert"], *bert_ids(batch["words"]))).detach()
        parts["sbsMse"] = similarity_mse(image, text, sentence)
        if kind == "similarity":
            similar = sentence
        else:
            linear = copy.deepcopy(projection)
            t = unit(linear(sentence))
            if kind == "projected":
                own |= {"sentence_projection.weight": linear.weight, "sentence_projection.bias": linear.bias}
                extra = parts["projection"] = info_nce(i, t, torch.tensor(1 / 0.07).log())
    soft = targets(i, t, similar, **soft_options)
    taught = [own["distillation_scale"]] if loss == "infoNCE" else [own["distillation_scale"], own["distillation_bias"]]
    distillation = divergence(image, text, soft, *taught) if loss == "infoNCE" else soft_sigmoid(image, text, soft, *taught, reference)
    parts |= {"contrastive": contrastive, "distillation": distillation}
    step(case, student, ALPHA * contrastive + (1 - ALPHA) * distillation + extra, parts, own, trained, teacher)


pairs("clip", "clip")
pairs("clip-ema", "clip", "ema")
pairs("clip-similarity", "clip", "similarity")
pairs("clip-projected", "clip", "projected")
pairs("clip-reference", "clip", "reference")
pairs("clip-sigmoid", "clip", loss="sigmoid")
pairs("siglip", "siglip", loss="sigmoid")
pairs("siglip-infoNCE", "siglip")
pairs("siglip-ema", "siglip", "ema", "sigmoid")
pairs("siglip-reference", "siglip", "ema", "sigmoid", True)

captions = {"ids": torch.randint(0, VOCABULARY, (N, 5)), "lengths": torch.randint(1, 6, (N,)), "embeddings": torch.randn(N, DIM)}
for case in ("mlp", "transformer"):
    model = copy.deepcopy(models[case])
    mapper_only = (lambda n: not n.startswith("gpt.")) if case == "transformer" else (lambda n: True)
    step(f"captions-{case}", model, model.loss(captions["embeddings"], captions["ids"], captions["lengths"]), {}, trained=mapper_only)


class Unlocked(torch.nn.Module):
    """A captioner behind an image tower that learns, too."""

    def __init__(self):
        super().__init__()
        self.encoder, self.clipcap = copy.deepcopy(models["clip"]), copy.deepcopy(models["mlp"])

    def arrays(self, of=lambda t: t):
        tower = {f"encoder.{n}": of(p) for n, p in self.encoder.named_parameters() if n.startswith("vi")}
        return {**tower, **self.clipcap.arrays(of)}


model = Unlocked()
seen = unit(model.encoder.get_image_features(pixel_values=batch["pixels"]))
step("captions-unlocked", model, model.clipcap.loss(seen, captions["ids"], captions["lengths"]), {})

# Heads on features: an MLP with GELU and label smoothing, and a linear one a modality that meet under InfoNCE.
features = {"image": torch.randn(N, DIM), "text": torch.randn(N, 5)}
labels = torch.tensor([0, 2, 1, 1, 0, 2])
mlp = torch.nn.Sequential(torch.nn.Linear(DIM, 7), torch.nn.GELU(), torch.nn.Linear(7, 3))
heads = torch.nn.ModuleDict({"image": torch.nn.Linear(DIM, 4), "text": torch.nn.Linear(5, 4)})
rename = {"0.": "layers.0.", "2.": "layers.1."}


class Renamed(torch.nn.Module):
    def __init__(self, module, names):
        super().__init__()
        self.module, self.names = module, names

    def arrays(self, of=lambda t: t):
        return {next(new + n[len(old) :] for old, new in self.names.items() if n.startswith(old)): of(p) for n, p in self.module.named_parameters()}


models |= {"head": Renamed(mlp, rename), "heads": Renamed(heads, {"image.": "image.layers.0.", "text.": "text.layers.0."})}
decays = lambda name: name.endswith("weight")
start = {name: {k: v.detach().clone() for k, v in named(model).items()} for name, model in models.items()}
logits = mlp(features["image"])
step("head", models["head"], F.cross_entropy(logits, labels, label_smoothing=0.1), {"accuracy": (logits.argmax(1) == labels).float().mean()})
i, t = unit(heads["image"](features["image"])), unit(heads["text"](features["text"]))
scale = torch.nn.Parameter(torch.tensor(2.5))
step("heads", models["heads"], info_nce(i, t, scale), {"accuracy": top1(i, t), "scale": scale.exp()}, {"logit_scale": scale})

for name, weights in start.items():
    arrays |= {f"start/{name}/{key}": value for key, value in weights.items()}
for name, model in teachers.items():
    arrays |= {f"teacher-{name}": joined(named(model))}
arrays |= {"projection/weight": projection.weight, "projection/bias": projection.bias, "pixels": batch["pixels"]}
arrays |= {f"features/{key}": value for key, value in features.items()} | {"captions/embeddings": captions["embeddings"]}
integers = {**batch, "captions/ids": captions["ids"], "captions/lengths": captions["lengths"], "labels": labels}
arrays |= {key: value.int() for key, value in integers.items() if key != "pixels"}
fixtures = Path(__file__).parent.parent / "packages/train/src/fixtures"
save_file({key: value.detach().clone().contiguous() for key, value in arrays.items()}, fixtures / "train-steps.safetensors")
settings = {"learningRate": RATE, "alpha": ALPHA, "emaDecay": EMA, "targets": OPTIONS, "cases": cases}
(fixtures / "train-steps.json").write_text(json.dumps(settings, indent=1) + "\n")
print(json.dumps(cases, indent=1))
