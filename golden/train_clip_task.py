"""Golden values of clipTask: the RSDiX recipe over six steps on a tiny CLIP (torch 1.13.0, transformers 4.36.2).

Written from the formulas: EMA teacher updated at the start of every step, Sinkhorn targets, KL with a learned clamped scale, alpha-weighted InfoNCE, AdamW with
decay on matrices only, logit scale clamped to ln 100 after every step.

Run: python golden/train_clip_task.py   (writes packages/train/src/fixtures/clip-task.json and clip-task.safetensors)
"""
import copy
import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

torch.manual_seed(3)
config = CLIPConfig(
    projection_dim=6,
    text_config=dict(vocab_size=12, hidden_size=8, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=5, hidden_act="quick_gelu", eos_token_id=11, bos_token_id=10),
    vision_config=dict(hidden_size=8, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4, hidden_act="quick_gelu"),
)
start = CLIPModel(config)
with torch.no_grad():
    for p in start.parameters():
        p.add_(torch.randn_like(p) * 0.3)
    start.logit_scale.fill_(4.8)  # beyond ln 100, so that the clamp acts
STEPS, RATE, ALPHA, EMA, LAMBDA, ITERATIONS, II, TT = 6, 2e-2, 0.3, 0.5, 0.2, 3, 0.8, 1.2
ids = torch.randint(0, 10, (STEPS, 4, 4))
ids[:, :, 0], ids[:, :, -1] = 10, 11
pixels = torch.randn(STEPS, 4, 3, 8, 8)
flat = lambda t: [float(v) for v in t.detach().double().flatten()]


def embed(model, step):
    image = model.get_image_features(pixel_values=pixels[step])
    text = model.get_text_features(input_ids=ids[step])
    return image / image.norm(dim=1, keepdim=True), text / text.norm(dim=1, keepdim=True)


def sinkhorn(cost):
    q = torch.exp(-cost.double() / LAMBDA)
    q = q / q.sum()
    for _ in range(ITERATIONS):
        q = q / q.sum(1, keepdim=True) / q.shape[0]
        q = q / q.sum(0, keepdim=True) / q.shape[1]
    return (q / q.sum(1, keepdim=True)).float()


def move(teacher, student, step):
    decay = min(EMA, (1 + step) / (10 + step))
    for a, b in zip(teacher.parameters(), student.parameters()):
        a.mul_(decay).add_(b, alpha=1 - decay)


def run(distil):
    student = copy.deepcopy(start)
    teacher = copy.deepcopy(start)
    tau = torch.nn.Parameter(torch.tensor(3.9))
    # Decay on weight matrices only: not on biases, norms, embeddings, positions, temperatures.
    matrix = lambda n: n.endswith(".weight") and any(k in n for k in ("_proj.", ".fc1.", ".fc2.", "projection.", "patch_embedding."))
    groups = [
        {"params": [p for n, p in student.named_parameters() if matrix(n)], "weight_decay": 0.1},
        {"params": [p for n, p in student.named_parameters() if not matrix(n)] + ([tau] if distil else []), "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99), eps=1e-8)
    losses = []
    for step in range(STEPS):
        with torch.no_grad():
            move(teacher, student, step)
            i, t = embed(teacher, step)
            ii, tt, it = i @ i.T * II, t @ t.T * TT, i @ t.T
            targets = sinkhorn(-(ii + tt + it)), sinkhorn(-(ii + tt + it.T))
        image, text = embed(student, step)
        s = image @ text.T
        labels = torch.arange(4)
        logits = student.logit_scale.exp() * s
        contrastive = (torch.nn.functional.cross_entropy(logits, labels) + torch.nn.functional.cross_entropy(logits.T, labels)) / 2
        scale = tau.exp().clamp(1, 100)
        kl = lambda target, m: torch.nn.functional.kl_div((scale * m).log_softmax(1), target, reduction="batchmean")
        distillation = (kl(targets[0], s) + kl(targets[1], s.T)) / 2
        loss = ALPHA * contrastive + (1 - ALPHA) * distillation if distil else contrastive
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            student.logit_scale.clamp_(max=math.log(100))
        losses.append([float(loss), float(contrastive), float(distillation)])
    with torch.no_grad():
        move(teacher, student, STEPS)  # the teacher of the step that would follow
    pick = ["logit_scale", "visual_projection.weight", "text_model.embeddings.token_embedding.weight", "vision_model.encoder.layers.0.mlp.fc1.bias"]
    return {
        "losses": losses,
        "distillationScale": float(tau),
        "student": {n: flat(dict(student.named_parameters())[n]) for n in pick},
        "teacher": {n: flat(dict(teacher.named_parameters())[n]) for n in pick},
    }


fixtures = Path(__file__).parent.parent / "packages/train/src/fixtures"
fixtures.mkdir(parents=True, exist_ok=True)
save_file({k: v.detach().contiguous() for k, v in start.state_dict().items()}, fixtures / "clip-task.safetensors")
out = {
    "options": {"alpha": ALPHA, "emaDecay": EMA, "lambda": LAMBDA, "iterations": ITERATIONS, "imageCoefficient": II, "textCoefficient": TT},
    "learningRate": RATE,
    "ids": ids.flatten(1).tolist(),
    "pixels": [flat(p) for p in pixels],
    "ema": run(True),
    "none": run(False),
}
(fixtures / "clip-task.json").write_text(json.dumps(out))
print(out["ema"]["losses"], out["ema"]["student"]["logit_scale"], out["none"]["student"]["logit_scale"], out["ema"]["distillationScale"])
