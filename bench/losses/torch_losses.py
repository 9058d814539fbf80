"""The same losses in PyTorch, dense, timed: node asks with JSON lines {"workload": "LOSS|torch|N", "warm", "repeats"} on stdin and gets {"ms", "profile"}."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "backend"))

import numpy as np
import torch
import torch.nn.functional as F
from numbers_ import INPUTS, Numbers

WIDTH, SENTENCE_WIDTH, PER_SCENE = 512, 384, 8
LAMBDA, ITERATIONS, ALPHA = 0.1, 4, 0.5
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
torch.set_num_interop_threads(1)


def stream(index, n, width):
    return Numbers(INPUTS + index * 2**25).floats((n, width), 1.0)


def unit_rows(index, n, width, base, weight, share=1):
    values = stream(index, n, width) + np.float32(weight) * np.repeat(base, share, 0)
    return (values / np.sqrt((values.astype(np.float64) ** 2).sum(1, keepdims=True))).astype(np.float32)


def make_inputs(n):
    scenes = stream(0, n // PER_SCENE, WIDTH)
    image = unit_rows(1, n, WIDTH, scenes, 3, PER_SCENE)
    text = unit_rows(2, n, WIDTH, scenes, 3, PER_SCENE)
    sentences = stream(6, n // PER_SCENE, SENTENCE_WIDTH)
    made = dict(
        image=image, text=text, teacherImage=unit_rows(3, n, WIDTH, image, 20), teacherText=unit_rows(4, n, WIDTH, text, 20),
        sentence=unit_rows(5, n, SENTENCE_WIDTH, sentences, 3, PER_SCENE), labels=np.arange(n) // PER_SCENE,
    )
    return {name: torch.from_numpy(values) for name, values in made.items()}


def clip_loss(similarities, scale):
    logits = similarities * scale.exp()
    pairs = torch.arange(len(logits))
    return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.t(), pairs)) / 2


@torch.no_grad()
def sinkhorn(cost):
    q = torch.exp(-cost / LAMBDA)
    m, n = q.shape
    q /= q.sum()
    for _ in range(ITERATIONS):
        q /= q.sum(1, keepdim=True)
        q /= m
        q /= q.sum(0, keepdim=True)
        q /= n
    return q / q.sum(1, keepdim=True)


@torch.no_grad()
def targets_of(x):
    image, text = x["teacherImage"], x["teacherText"]
    ii, tt, it, ti = image @ image.t(), text @ text.t(), image @ text.t(), text @ image.t()
    return sinkhorn(-(ii + tt + it)), sinkhorn(-(ii + tt + ti))


def distillation(similarities, targets, scale):
    logits = similarities * scale.exp().clamp(1, 100)
    divergence = lambda z, target: F.kl_div(F.log_softmax(z, 1), target, reduction="batchmean")
    return (divergence(logits, targets[0]) + divergence(logits.t(), targets[1])) / 2


def info_nce(x, scale):
    return clip_loss(x["image"] @ x["text"].t(), scale)


def sigmoid_loss(x, scale, bias):
    logits = x["image"] @ x["text"].t() * scale.exp() + bias
    labels = 2 * torch.eye(len(logits)) - 1
    return -F.logsigmoid(labels * logits).sum(1).mean()


def supervised_contrastive(x, scale):
    logits = x["image"] @ x["text"].t() * scale.exp()
    positives = (x["labels"][:, None] == x["labels"]).float()
    direction = lambda z: -((positives * F.log_softmax(z, 1)).sum(1) / positives.sum(1)).mean()
    return (direction(logits) + direction(logits.t())) / 2


def similarity_mse(x):
    image, text, sentence = x["image"], x["text"], x["sentence"]
    reference = sentence @ sentence.t()
    return sum(F.mse_loss(a @ b.t(), reference) for a, b in ((image, image), (image, text), (text, text))) / 3


def self_distillation(x, scale):
    return distillation(x["image"] @ x["text"].t(), targets_of(x), scale)


def rsdix(x, scale, distillation_scale):
    targets = targets_of(x)
    similarities = x["image"] @ x["text"].t()
    return ALPHA * clip_loss(similarities, scale) + (1 - ALPHA) * distillation(similarities, targets, distillation_scale)


CLIP_SCALE = float(np.log(1 / 0.07))
LOSSES = {
    "infoNCE": (info_nce, [CLIP_SCALE]),
    "sigmoidLoss": (sigmoid_loss, [float(np.log(10)), -10.0]),
    "supervisedContrastive": (supervised_contrastive, [CLIP_SCALE]),
    "similarityMSE": (similarity_mse, []),
    "selfDistillationLoss": (self_distillation, [3.9]),
    "rsdixLoss": (rsdix, [CLIP_SCALE, 3.9]),
}


def open_workload(workload, made={}):
    name, _, size = workload.split("|")
    x = made.setdefault(size, make_inputs(int(size)))
    loss, values = LOSSES[name]
    scalars = [torch.tensor(value, requires_grad=True) for value in values]
    leaves = [x["image"].requires_grad_(), x["text"].requires_grad_(), *scalars]

    def run():
        for leaf in leaves:
            leaf.grad = None
        value = loss(x, *scalars)
        value.backward()
        return value

    def numbers():
        value = run().item()
        image, text, *rest = (leaf.grad for leaf in leaves)
        first = image.flatten()[:4] / image.square().mean().sqrt()
        return [value, image.norm().item(), text.norm().item(), *(grad.item() for grad in rest), *first.tolist()]

    return run, numbers


def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def main():
    mkl = "its avx512 kernels" if "mkl-avx512" in os.environ.get("LD_PRELOAD", "") else "what it chooses"
    kernels = f"MKL {mkl}; ATen {torch.backends.cpu.get_cpu_capability()}"
    print(json.dumps({"kernels": kernels, "threads": torch.get_num_threads(), "version": torch.__version__}), flush=True)
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        workload = request["workload"]
        if workload not in ready:
            ready[workload] = open_workload(workload)
        run, numbers = ready[workload]
        answer = {}
        if request.get("profile"):
            begin = time.perf_counter()
            compared = numbers()
            answer["profile"] = {"numbers": compared, "ms": (time.perf_counter() - begin) * 1e3, "resident": {"peak": peak()}}
        took = []
        for i in range(-request["warm"], request["repeats"]):
            begin = time.perf_counter()
            run()
            if i >= 0:
                took.append((time.perf_counter() - begin) * 1e3)
        answer["ms"] = took
        print(json.dumps(answer), flush=True)


main()
