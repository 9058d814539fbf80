"""The most memory that a process takes to train transformers' CLIP ViT-B/32 as memory-ours.mjs does: memory_torch.py train|train-checkpointed BATCH."""
import json
import os
import sys

import torch
import torch.nn.functional as F
import transformers as hf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../backend"))
from process_bytes import peak_bytes  # noqa: E402

task, batch = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
torch.manual_seed(1)
model = hf.CLIPModel(hf.CLIPConfig()).train()
if task == "train-checkpointed":
    model.gradient_checkpointing_enable({"use_reentrant": False})
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
pixels = torch.rand(batch, 3, 224, 224)
ids = torch.randint(0, 49406, (batch, 77))
ids[:, -1] = 49407
targets = torch.arange(batch)
losses = []
for _ in range(2):
    optimizer.zero_grad(set_to_none=True)
    logits = model(input_ids=ids, pixel_values=pixels).logits_per_image
    loss = (F.cross_entropy(logits, targets) + F.cross_entropy(logits.t(), targets)) / 2
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(json.dumps({"losses": losses, "peakBytes": peak_bytes()}))
