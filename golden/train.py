"""Golden values of @rsdix/train: AdamW over 50 steps, schedules, EMA, gradient clipping (torch 1.13.0, transformers 4.36.2).

Run: python golden/train.py   (writes packages/train/src/fixtures/train.json)
"""
import json
from pathlib import Path

import torch
from transformers import get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

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

target = Path(__file__).parent.parent / "packages/train/src/fixtures/train.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(out))
