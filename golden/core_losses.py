"""Golden values of @rsdix/core-losses: PyTorch 1.13 on small seeded inputs that float32 holds exactly.

Run from anywhere with Python 3 and torch 1.13; writes packages/core-losses/src/fixtures/<loss>.json. Value and gradient to every
input are those of float64; "float32" beside them is what PyTorch gets in float32, so that a test can compare the errors (its last
digits may differ from machine to machine). Unreduced losses are weighted by the seeded "dy" for the gradient.
"""

import json
from pathlib import Path

import core_losses_formulas as plain
import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parent.parent / "packages/core-losses/src/fixtures"
generator = torch.Generator().manual_seed(20240607)


def normal(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def uniform(*shape):
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def representable(x):
    return x.float().double()


def unit(n, d):
    return representable(F.normalize(normal(n, d), dim=1))


def scalar(value):
    return representable(torch.tensor(value, dtype=torch.float64))


def distributions(m, n):
    return representable(torch.softmax(3 * normal(m, n), dim=1))


def marginal(n):
    return representable(F.normalize(uniform(n) + 0.2, p=1, dim=0))


def numbers(x):
    return [float(f"{v:.9g}") for v in x.detach().double().flatten().tolist()]


def array(x):
    return {"shape": list(x.shape), "values": numbers(x)}


def run(formula, inputs, constants, options, dtype, dy):
    """Every output of the formula: its value, and its gradient to each input that it depends on."""
    leaves = {k: x.to(dtype).requires_grad_() for k, x in inputs.items()}
    fixed = {k: x if x.dtype == torch.int64 else x.to(dtype) for k, x in constants.items()}  # labels stay integers
    outputs = formula(**leaves, **fixed, **options)
    outputs = outputs if isinstance(outputs, dict) else {"loss": outputs}
    results = {}
    for name, value in outputs.items():
        results[name] = {"value": numbers(value), "gradients": {}}
        if leaves:
            weights = dy.to(dtype) if value.dim() else torch.ones((), dtype=dtype)
            grads = torch.autograd.grad((value * weights).sum(), list(leaves.values()), allow_unused=True, retain_graph=True)
            results[name]["gradients"] = {k: numbers(g) for k, g in zip(leaves, grads) if g is not None}
    return results


def case(title, formula, inputs, constants=None, **options):
    constants = constants or {}
    size = max([len(x) for x in {**inputs, **constants}.values() if x.dim()])
    dy = representable(normal(size))
    if formula is plain.info_nce:
        dy = dy[: min(len(inputs["image"]), len(inputs["text"]))]
    elif formula is plain.sigmoid_loss:
        dy = dy[: len(inputs["image"])]
    exact, single = (run(formula, inputs, constants, options, dtype, dy) for dtype in (torch.float64, torch.float32))
    shape = " ".join(f"{k} [{', '.join(map(str, x.shape))}]" for k, x in {**inputs, **constants}.items() if x.dim())
    return {
        "title": ", ".join(filter(None, [title, shape, *(f"{k} {v}" for k, v in options.items())])),
        "options": options,
        "inputs": {k: array(x) for k, x in inputs.items()},
        "constants": {k: array(x) for k, x in constants.items()},
        "dy": numbers(dy) if options.get("reduction") == "none" else [],
        "results": exact,
        "float32": single,
    }


def write(name, cases):
    lines = ",\n".join(json.dumps(c) for c in cases)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')


def student(m, n, d, **scales):
    return {"image": unit(m, d), "text": unit(n, d), **{k: scalar(v) for k, v in scales.items()}}


write("infoNCE", [
    case("", plain.info_nce, student(m, n, d, logitScale=scale), labelSmoothing=smoothing, reduction=reduction)
    for m, n, d, scale, smoothing, reduction in [
        (6, 6, 8, 2.659260, 0.0, "mean"), (5, 5, 3, 0.5, 0.0, "sum"), (4, 4, 7, 4.605170, 0.0, "none"), (1, 1, 4, 1.0, 0.0, "mean"),
        (4, 7, 5, 2.659260, 0.0, "none"), (7, 3, 5, 1.5, 0.0, "mean"), (1, 5, 4, 2.0, 0.0, "sum"), (5, 1, 4, 2.0, 0.0, "mean"),
        (5, 5, 6, 2.0, 0.1, "mean"), (3, 6, 4, 4.605170, 0.2, "none"), (6, 3, 4, 2.0, 0.3, "sum"), (19, 16, 8, 4.605170, 0.05, "mean"),
    ]
])


def labels(image, text):
    return {"imageLabels": torch.tensor(image), "textLabels": torch.tensor(text)}


def mask(m, n, share):
    positives = (uniform(m, n) < share).double()
    positives[0, 0] = 1
    return {"positives": positives}


write("supervisedContrastive", [
    case(title, plain.supervised_contrastive, student(m, n, d, logitScale=scale), constants, labelSmoothing=smoothing, reduction=reduction)
    for title, m, n, d, scale, smoothing, reduction, constants in [
        ("each its own class", 5, 5, 6, 2.659260, 0.0, "mean", labels([0, 1, 2, 3, 4], [0, 1, 2, 3, 4])),
        ("classes of several", 6, 6, 5, 2.0, 0.0, "none", labels([7, 3, 7, 3, 7, 1], [7, 3, 7, 3, 7, 1])),
        ("rows without positives", 6, 6, 5, 1.0, 0.0, "sum", labels([0, 0, 1, 2, 3, 4], [0, 0, 5, 2, 6, 2])),
        ("fewer images", 4, 7, 5, 2.659260, 0.0, "none", labels([0, 1, 1, 9], [0, 1, 0, 1, 2, 2, 0])),
        ("fewer texts", 7, 3, 5, 4.605170, 0.0, "mean", labels([0, 1, 2, 1, 1, 0, 5], [0, 1, 2])),
        ("smoothed", 5, 5, 4, 2.0, 0.1, "mean", labels([0, 1, 0, 1, 2], [0, 1, 0, 1, 3])),
        ("smoothed", 3, 6, 4, 3.0, 0.2, "none", labels([0, 1, 2], [0, 1, 1, 0, 5, 6])),
        ("mask", 5, 5, 6, 2.659260, 0.0, "none", mask(5, 5, 0.4)),
        ("mask, few", 6, 4, 5, 2.0, 0.0, "sum", mask(6, 4, 0.2)),
        ("mask, smoothed", 4, 6, 5, 4.605170, 0.3, "mean", mask(4, 6, 0.3)),
        ("one pair", 1, 1, 3, 1.0, 0.0, "mean", labels([4], [4])),
    ]
])

write("sigmoidLoss", [
    case("soft" if soft else "hard", plain.sigmoid_loss, student(m, n, d, logitScale=scale, logitBias=float(bias)),
         {"labels": representable(uniform(m, n).round() if soft == "edges" else uniform(m, n))} if soft else {}, reference=reference, reduction=reduction)
    for m, n, d, scale, bias, soft, reference, reduction in [
        (6, 6, 8, 2.302585, -10, False, False, "mean"), (5, 5, 3, 0.5, 0.25, False, False, "sum"), (4, 4, 7, 4.605170, -3, False, False, "none"),
        (1, 1, 4, 1.0, 2, False, False, "mean"), (4, 7, 5, 2.302585, -10, False, False, "none"), (7, 3, 5, 3.0, -5, False, False, "mean"),
        (5, 5, 6, 2.302585, -10, True, False, "mean"), (3, 6, 4, 4.605170, -3, True, False, "none"), (6, 3, 4, 1.0, 0.5, True, False, "sum"),
        (5, 4, 4, 2.302585, -2, "edges", False, "none"),
        (5, 5, 6, 2.302585, -10, True, True, "mean"), (3, 6, 4, 3.0, -1, True, True, "none"), (6, 3, 4, 1.0, 0.5, True, True, "sum"),
    ]
])

write("sinkhorn", [
    case("marginals" if marginals else "", plain.sinkhorn, {}, {
        "cost": representable(-span * uniform(m, n)), **({"rowMarginal": marginal(m), "columnMarginal": marginal(n)} if marginals else {}),
    }, **{"lambda": lam}, iterations=iterations)
    for m, n, span, lam, iterations, marginals in [
        (5, 5, 3, 0.1, 4, False), (4, 6, 3, 0.05, 1, False), (6, 3, 3, 1.0, 20, True), (3, 3, 3, 0.2, 0, False), (1, 1, 3, 0.1, 4, False),
        (7, 4, 3, 1e-3, 4, False), (5, 5, 3, 1e-3, 30, True), (3, 8, 3, 1e-2, 4, True), (6, 6, 3, 10.0, 4, False), (5, 7, 100, 10.0, 2, True), (1, 4, 3, 0.1, 4, False), (4, 1, 3, 0.1, 4, True),
    ]
])

TEACHERS = [  # m, n, e, f of the sentences or 0, lambda, iterations, coefficients of images and texts, diagonal removed
    (6, 6, 8, 0, 0.1, 4, 1.0, 1.0, False), (5, 5, 4, 0, 0.25, 2, 0.5, 2.0, False), (4, 4, 6, 0, 0.5, 5, 1.0, 0.75, True), (1, 1, 4, 0, 0.1, 4, 1.0, 1.0, False),
    (4, 7, 5, 0, 0.1, 4, 1.0, 1.0, False), (7, 4, 5, 0, 0.2, 3, 0.5, 1.5, True), (5, 5, 6, 3, 0.1, 4, 1.0, 1.0, False), (3, 6, 5, 8, 0.15, 4, 1.0, 0.5, False),
    (6, 3, 5, 8, 0.1, 6, 0.25, 1.0, True), (5, 4, 6, 0, 0.02, 4, 1.0, 1.0, False), (5, 5, 4, 0, 0.1, 4, 0.0, 0.0, False), (1, 4, 5, 0, 0.1, 4, 1.0, 1.0, False),
]


def targets_options(lam, iterations, a, b, remove):
    return {"lambda": lam, "iterations": iterations, "imageCoefficient": a, "textCoefficient": b, "removeDiagonal": remove}


write("teacherTargets", [
    case("", plain.teacher_targets, {}, {"image": unit(m, e), "text": unit(n, e), **({"sentence": unit(max(m, n), f)} if f else {})}, **targets_options(*options))
    for m, n, e, f, *options in TEACHERS
])

# exp(4.7) lies above the clamp and exp(-0.3) below it: there the scale has no gradient.
write("distillationLoss", [
    case("hard targets" if hard else "", plain.distillation_loss, {"similarities": representable(2 * uniform(m, n) - 1), "logitScale": scalar(tau)}, {
        "imageTargets": torch.eye(m, n, dtype=torch.float64) if hard else distributions(m, n),
        "textTargets": torch.eye(n, m, dtype=torch.float64).flip(0) if hard else distributions(n, m),
    }, reduction=reduction)
    for m, n, tau, hard, reduction in [
        (6, 6, 3.9, False, "mean"), (5, 5, 0.4, False, "sum"), (5, 5, 4.7, False, "none"), (4, 4, -0.3, True, "mean"), (1, 1, 1.0, False, "mean"), (5, 5, 0.0, False, "mean"),
        (4, 7, 3.9, False, "none"), (7, 3, 2.0, False, "mean"), (3, 6, 1.0, False, "sum"), (6, 4, 3.9, True, "none"), (1, 5, 2.0, False, "mean"), (14, 17, 3.9, False, "none"),
    ]
])


def teachers(m, n, e, f):
    return {"teacherImage": unit(m, e), "teacherText": unit(n, e), **({"teacherSentence": unit(max(m, n), f)} if f else {})}


REDUCTIONS = ["mean", "sum", "none", "mean", "none", "mean", "sum", "none", "mean", "none", "mean", "sum"]
SCALES = [3.9, 2.0, 4.7, 1.0, 3.9, 2.0, -0.5, 3.9, 1.5, 4.5, 3.0, 3.9]
write("selfDistillationLoss", [
    case("", plain.self_distillation_loss, student(m, n, 5, logitScale=tau), teachers(m, n, e, f), **targets_options(*options), reduction=reduction)
    for (m, n, e, f, *options), tau, reduction in zip(TEACHERS, SCALES, REDUCTIONS)
])

write("rsdixLoss", [
    case("", plain.rsdix_loss, student(m, n, d, logitScale=scale, distillationScale=tau), teachers(m, n, e, f),
         alpha=alpha, labelSmoothing=smoothing, **targets_options(*options), reduction=reduction)
    for m, n, d, e, f, alpha, smoothing, scale, tau, reduction, *options in [
        (6, 6, 8, 8, 0, 0.5, 0.0, 2.659260, 3.9, "mean", 0.1, 4, 1.0, 1.0, False), (5, 5, 4, 6, 0, 0.25, 0.0, 1.0, 4.7, "sum", 0.3, 2, 0.5, 1.5, False),
        (4, 4, 6, 3, 0, 0.8, 0.0, 4.0, -0.5, "none", 0.2, 3, 1.0, 1.0, True), (5, 5, 4, 6, 7, 0.5, 0.1, 4.605170, 3.9, "none", 0.1, 4, 1.0, 1.0, False),
        (4, 7, 5, 6, 0, 0.5, 0.0, 2.659260, 3.9, "mean", 0.1, 4, 1.0, 1.0, False), (6, 3, 5, 4, 8, 0.3, 0.2, 2.0, 3.0, "sum", 0.1, 5, 1.0, 0.5, True),
    ]
])

write("similarityMSE", [
    case("", plain.similarity_mse, student(m, n, d), {"sentence": unit(max(m, n), f)}, reference=reference, reduction=reduction)
    for m, n, d, f, reduction, reference in [
        (6, 6, 5, 8, "mean", False), (5, 5, 4, 3, "sum", False), (4, 4, 6, 5, "none", False), (4, 7, 5, 6, "none", False), (7, 3, 5, 6, "mean", False),
        (3, 6, 4, 4, "sum", False), (5, 5, 4, 3, "sum", True), (6, 4, 4, 3, "sum", True), (2, 2, 4, 3, "mean", False), (2, 5, 3, 5, "none", False),
    ]
])


def near(image, noise):
    return representable(F.normalize(image + noise * normal(*image.shape), dim=1))


write("inBatchAccuracy", [case("", plain.in_batch_accuracy, {}, {"image": image, "text": near(image, 0.6)}) for image in (unit(6, 3), unit(9, 2), unit(1, 4))])
