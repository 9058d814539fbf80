"""Golden values of the losses of as many texts as images, as the tests beside them read them; core_losses.py makes those of all.

Run from anywhere with Python 3 and torch 1.13; writes packages/core-losses/src/fixtures/core_losses.json.
Written from the formulas (CLIP 2103.00020, OTTER 2112.09445, SigLIP 2303.15343, Sinkhorn 1306.0895); Sinkhorn runs in
the exp domain here, so that the log domain of the package is checked against the other form.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parent.parent / "packages/core-losses/src/fixtures/core_losses.json"
generator = torch.Generator().manual_seed(20240607)


def embeddings(n, d):
    """Unit rows, exactly representable in float32 and held in float64."""
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    return F.normalize(x, dim=1).float().double()


def numbers(value):
    return [float(f"{v:.9g}") for v in value.detach().double().flatten().tolist()]


def scalar(value):
    return torch.tensor(float(torch.tensor(value, dtype=torch.float32)), dtype=torch.float64, requires_grad=True)


def gradients(value, **inputs):
    grads = torch.autograd.grad(value.sum(), list(inputs.values()), allow_unused=True)
    return {k: numbers(g if g is not None else torch.zeros_like(x)) for (k, x), g in zip(inputs.items(), grads)}


def info_nce(image, text, logit_scale, reduction="mean"):
    logits = logit_scale.exp() * image @ text.t()
    own = torch.arange(len(image))
    rows = F.cross_entropy(logits, own, reduction=reduction)
    return (rows + F.cross_entropy(logits.t(), own, reduction=reduction)) / 2


def sigmoid_loss(image, text, logit_scale, logit_bias):
    logits = logit_scale.exp() * image @ text.t() + logit_bias
    labels = 2 * torch.eye(len(image), dtype=logits.dtype) - 1
    return -F.logsigmoid(labels * logits).sum(dim=1).mean()


def sinkhorn(cost, lam, iterations, rows=None, columns=None):
    m, n = cost.shape
    rows = torch.full((m,), 1 / m, dtype=cost.dtype) if rows is None else rows
    columns = torch.full((n,), 1 / n, dtype=cost.dtype) if columns is None else columns
    q = torch.exp(-cost / lam)
    q = q / q.sum()
    for _ in range(iterations):
        q = q * (rows / q.sum(dim=1))[:, None]
        q = q * (columns / q.sum(dim=0))[None, :]
    return q / q.sum(dim=1, keepdim=True)


def teacher_targets(image, text, lam=0.1, iterations=4, a=1.0, b=1.0, remove_diagonal=False):
    ii, tt = image @ image.t(), text @ text.t()
    it, ti = image @ text.t(), text @ image.t()
    if remove_diagonal:
        ii = ii - 100 * torch.eye(len(image), dtype=ii.dtype)
        tt = tt - 100 * torch.eye(len(image), dtype=tt.dtype)
    ii, tt = a * ii, b * tt
    return sinkhorn(-(ii + tt + it), lam, iterations), sinkhorn(-(ii + tt + ti), lam, iterations)


def distillation(similarity, targets, tau):
    scale = torch.clamp(tau.exp(), 1, 100)
    rows = F.kl_div(F.log_softmax(scale * similarity, dim=1), targets[0], reduction="batchmean")
    columns = F.kl_div(F.log_softmax(scale * similarity.t(), dim=1), targets[1], reduction="batchmean")
    return (rows + columns) / 2


cases = {"infoNCE": [], "sigmoidLoss": [], "sinkhorn": [], "teacherTargets": [], "distillationLoss": [], "rsdixLoss": [], "accuracy": []}

for n, d, logit_scale, reduction in [(6, 8, 2.659260, "mean"), (5, 3, 0.5, "sum"), (4, 7, 4.605170, "none"), (1, 4, 1.0, "mean")]:
    image, text, scale = embeddings(n, d).requires_grad_(), embeddings(n, d).requires_grad_(), scalar(logit_scale)
    value = info_nce(image, text, scale, reduction)
    cases["infoNCE"].append({
        "shape": [n, d], "image": numbers(image), "text": numbers(text), "logitScale": scale.item(), "reduction": reduction,
        "value": numbers(value), "gradients": gradients(value, image=image, text=text, logitScale=scale),
    })

for n, d, logit_scale, bias in [(6, 8, 2.302585, -10), (5, 3, 0.5, 0.25), (4, 7, 4.605170, -3), (1, 4, 1.0, 2)]:
    image, text = embeddings(n, d).requires_grad_(), embeddings(n, d).requires_grad_()
    scale, bias = scalar(logit_scale), scalar(bias)
    value = sigmoid_loss(image, text, scale, bias)
    cases["sigmoidLoss"].append({
        "shape": [n, d], "image": numbers(image), "text": numbers(text), "logitScale": scale.item(), "logitBias": bias.item(),
        "value": numbers(value), "gradients": gradients(value, image=image, text=text, logitScale=scale, logitBias=bias),
    })

for m, n, lam, iterations, marginals in [(5, 5, 0.1, 4, False), (4, 6, 0.05, 1, False), (6, 3, 1.0, 20, True), (3, 3, 0.2, 0, False), (1, 1, 0.1, 4, False)]:
    cost = (-3 * torch.rand(m, n, generator=generator, dtype=torch.float64)).float().double()
    rows = F.normalize(torch.rand(m, generator=generator, dtype=torch.float64) + 0.2, p=1, dim=0).float().double() if marginals else None
    columns = F.normalize(torch.rand(n, generator=generator, dtype=torch.float64) + 0.2, p=1, dim=0).float().double() if marginals else None
    cases["sinkhorn"].append({
        "shape": [m, n], "cost": numbers(cost), "lambda": lam, "iterations": iterations,
        **({"rowMarginal": numbers(rows), "columnMarginal": numbers(columns)} if marginals else {}),
        "value": numbers(sinkhorn(cost, lam, iterations, rows, columns)),
    })

for n, d, lam, iterations, a, b, remove in [(6, 8, 0.1, 4, 1.0, 1.0, False), (5, 4, 0.25, 2, 0.5, 2.0, False), (4, 6, 0.5, 5, 1.0, 0.75, True)]:
    image, text = embeddings(n, d), embeddings(n, d)
    targets = teacher_targets(image, text, lam, iterations, a, b, remove)
    cases["teacherTargets"].append({
        "shape": [n, d], "image": numbers(image), "text": numbers(text), "lambda": lam, "iterations": iterations,
        "imageCoefficient": a, "textCoefficient": b, "removeDiagonal": remove,
        "imageTargets": numbers(targets[0]), "textTargets": numbers(targets[1]),
    })

# exp(4.7) lies above the clamp and exp(-0.3) below it: there tau has no gradient.
for n, tau in [(6, 3.9), (5, 0.4), (5, 4.7), (4, -0.3), (1, 1.0)]:
    similarity = (2 * torch.rand(n, n, generator=generator, dtype=torch.float64) - 1).float().double().requires_grad_()
    targets = [torch.softmax(3 * torch.randn(n, n, generator=generator, dtype=torch.float64), dim=1).float().double() for _ in range(2)]
    if n == 4:  # hard labels: zeros in the targets
        targets = [torch.eye(n, dtype=torch.float64), torch.eye(n, dtype=torch.float64).flip(0)]
    tau = scalar(tau)
    value = distillation(similarity, targets, tau)
    cases["distillationLoss"].append({
        "n": n, "similarity": numbers(similarity), "imageTargets": numbers(targets[0]), "textTargets": numbers(targets[1]), "logitScale": tau.item(),
        "value": numbers(value), "gradients": gradients(value, similarity=similarity, logitScale=tau),
    })

for n, d, e, alpha, logit_scale, tau, lam, iterations, a, b, remove in [
    (6, 8, 8, 0.5, 2.659260, 3.9, 0.1, 4, 1.0, 1.0, False),
    (5, 4, 6, 0.25, 1.0, 4.7, 0.3, 2, 0.5, 1.5, False),
    (4, 6, 3, 0.8, 4.0, -0.5, 0.2, 3, 1.0, 1.0, True),
]:
    image, text = embeddings(n, d).requires_grad_(), embeddings(n, d).requires_grad_()
    teacher_image, teacher_text = embeddings(n, e), embeddings(n, e)
    scale, tau = scalar(logit_scale), scalar(tau)
    contrastive = info_nce(image, text, scale)
    distilled = distillation(image @ text.t(), teacher_targets(teacher_image, teacher_text, lam, iterations, a, b, remove), tau)
    total = alpha * contrastive + (1 - alpha) * distilled
    cases["rsdixLoss"].append({
        "shape": [n, d], "teacherShape": [n, e], "image": numbers(image), "text": numbers(text),
        "teacherImage": numbers(teacher_image), "teacherText": numbers(teacher_text), "alpha": alpha, "logitScale": scale.item(),
        "distillationScale": tau.item(), "lambda": lam, "iterations": iterations, "imageCoefficient": a, "textCoefficient": b, "removeDiagonal": remove,
        "total": numbers(total), "contrastive": numbers(contrastive), "distillation": numbers(distilled),
        "distillationGradients": {k: numbers(g) for k, g in zip(["image", "text", "logitScale"], torch.autograd.grad(distilled, [image, text, tau], retain_graph=True))},
        "gradients": gradients(total, image=image, text=text, logitScale=scale, distillationScale=tau),
    })

for n, d in [(6, 3), (9, 2)]:
    image = embeddings(n, d)
    text = F.normalize(image + 0.6 * torch.randn(n, d, generator=generator, dtype=torch.float64), dim=1).float().double()
    similarity, own = image @ text.t(), torch.arange(n)
    accuracy = ((similarity.argmax(1) == own).double().mean() + (similarity.argmax(0) == own).double().mean()) / 2
    cases["accuracy"].append({"shape": [n, d], "image": numbers(image), "text": numbers(text), "value": numbers(accuracy)})

OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({"torch": torch.__version__, **cases}) + "\n")
