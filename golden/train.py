"""Golden values of @rsdix/train: AdamW over 50 steps (groups, clipping, accumulation, EMA), schedules, learning-rate finder (torch 1.13.0, transformers 4.36.2).

Run: python golden/train.py   (writes packages/train/src/fixtures/train.json)
"""
import json
from pathlib import Path

import numpy
import torch
from transformers import get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

torch.manual_seed(0)
flat = lambda t: [float(v) for v in t.detach().double().flatten()]
out = {}

# A two-layer regression, 50 steps with a cosine schedule: decay on the matrices only, and on everything.
x, y = torch.randn(8, 4), torch.randn(8, 2)
start = {"w1": torch.randn(4, 3) * 0.5, "b1": torch.zeros(3), "w2": torch.randn(3, 2) * 0.5}
out["regression"] = {"x": flat(x), "y": flat(y), "start": {k: flat(v) for k, v in start.items()}, "runs": {}}
for mode in ("matrices", "all"):
    p = {k: v.clone().requires_grad_(True) for k, v in start.items()}
    groups = [{"params": [p["w1"], p["w2"]], "weight_decay": 0.1}, {"params": [p["b1"]], "weight_decay": 0.1 if mode == "all" else 0.0}]
    opt = torch.optim.AdamW(groups, lr=0.05, betas=(0.9, 0.99), eps=1e-8)
    schedule = get_cosine_schedule_with_warmup(opt, 5, 50)
    losses = []
    for _ in range(50):
        loss = ((torch.tanh(x @ p["w1"] + p["b1"]) @ p["w2"] - y) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        schedule.step()
        losses.append(float(loss))
    out["regression"]["runs"][mode] = {"losses": losses, "end": {k: flat(v) for k, v in p.items()}}


def rates(make, n=30):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    schedule = make(opt)
    values = []
    for _ in range(n):
        values.append(opt.param_groups[0]["lr"])
        opt.step()
        schedule.step()
    return values


out["schedules"] = {
    "cosine": rates(lambda o: get_cosine_schedule_with_warmup(o, 4, 25)),
    "cosineNoWarmup": rates(lambda o: get_cosine_schedule_with_warmup(o, 0, 25)),
    "linear": rates(lambda o: get_linear_schedule_with_warmup(o, 4, 25)),
    "constant": rates(lambda o: get_constant_schedule_with_warmup(o, 4)),
    "ramp": rates(lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=1 / 3, end_factor=1.0, total_iters=5)),
}

# EMA with warm-up decay, 12 updates of one tensor, by torch's own averaging function.
values = torch.randn(12, 3)
average = values[0].clone()
states = []
for n in range(12):
    decay = min(0.7, (1 + n) / (10 + n))
    average.lerp_(values[n], 1 - decay)
    states.append(flat(average))
out["ema"] = {"values": [flat(v) for v in values], "states": states}

g = [torch.randn(3, 2) * 4, torch.randn(5)]
params = [torch.nn.Parameter(torch.zeros_like(v)) for v in g]
clipped = []
for max_norm in (1.0, 100.0):
    for q, v in zip(params, g):
        q.grad = v.clone()
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm)
    clipped.append({"maxNorm": max_norm, "norm": float(norm), "clipped": [flat(q.grad) for q in params]})
out["clip"] = {"gradients": [flat(v) for v in g], "cases": clipped}

# The same regression over 50 steps: each schedule with one more thing that fit does.
def run(groups, make_schedule, micro=1, max_norm=None, maximum_decay=None):
    p = {k: v.clone().requires_grad_(True) for k, v in start.items()}
    average = {k: v.clone() for k, v in start.items()}
    opt = torch.optim.AdamW([{**options, "params": [p[name] for name in names]} for names, options in groups], betas=(0.9, 0.99), eps=1e-8)
    schedule = make_schedule(opt)
    losses, norms = [], []
    for n in range(1, 51):
        opt.zero_grad()
        total = 0.0
        for rows in torch.chunk(torch.arange(8), micro):
            loss = ((torch.tanh(x[rows] @ p["w1"] + p["b1"]) @ p["w2"] - y[rows]) ** 2).mean() / micro
            loss.backward()
            total += float(loss)
        norms.append(float(torch.nn.utils.clip_grad_norm_(list(p.values()), max_norm or 1e9)))
        opt.step()
        schedule.step()
        losses.append(total)
        if maximum_decay:
            for k, v in p.items():
                average[k].lerp_(v.detach(), 1 - min(maximum_decay, (1 + n) / (10 + n)))
    return {"losses": losses, "norms": norms, "end": {k: flat(v) for k, v in p.items()}, "average": {k: flat(v) for k, v in average.items()}}


plain = [(["w1", "w2"], {"lr": 0.05, "weight_decay": 0.1}), (["b1"], {"lr": 0.05, "weight_decay": 0.0})]
grouped = [(["w1"], {"lr": 0.005, "weight_decay": 0.1}), (["b1"], {"lr": 0.05, "weight_decay": 0.0}), (["w2"], {"lr": 0.05, "weight_decay": 0.4})]
out["fits"] = {
    "clipped": run(plain, lambda o: get_constant_schedule_with_warmup(o, 5), max_norm=0.3),
    "groups": run(grouped, lambda o: get_linear_schedule_with_warmup(o, 5, 50)),
    "accumulated": run(plain, lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=1 / 3, end_factor=1.0, total_iters=5), micro=4),
    "averaged": run(plain, lambda o: get_cosine_schedule_with_warmup(o, 5, 50), maximum_decay=0.8),
}

# A learning-rate range test on a quadratic: 60 rates from 1e-4 to 1, a running mean of the losses, the steepest point between the tenth and the last but one.
curvature, target_w = torch.tensor([1.0, 3.0, 0.2]), torch.tensor([2.0, -1.0, 5.0])
w = torch.zeros(3, requires_grad=True)
opt = torch.optim.AdamW([w], lr=1.0, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0)
lrs = [1e-4 * (1 / 1e-4) ** (i / 59) for i in range(60)]
losses, smooth, mean = [], [], 0.0
for i, lr in enumerate(lrs):
    opt.param_groups[0]["lr"] = lr
    loss = (curvature * (w - target_w) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(float(loss))
    mean = 0.9 * mean + 0.1 * losses[-1]
    smooth.append(mean / (1 - 0.9 ** (i + 1)))
inner = numpy.array(smooth[10:-1])
out["finder"] = {
    "curvature": flat(curvature),
    "target": flat(target_w),
    "rates": lrs,
    "losses": losses,
    "smoothed": smooth,
    "suggestion": lrs[10 + int(numpy.gradient(inner).argmin())],
}

target = Path(__file__).parent.parent / "packages/train/src/fixtures/train.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(out))
