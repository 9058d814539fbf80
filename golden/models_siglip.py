"""Golden values of Siglip: transformers 4.37.2 SiglipModel (torch 1.13.0) with a tiny random configuration.

The image is not a whole number of patches wide, as in google/siglip-so400m-patch14-384.
Run: python golden/models_siglip.py   (writes packages/models/src/fixtures/siglip.json)
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers
from tensor_values import short, short_tensor
from transformers import SiglipConfig, SiglipModel

assert transformers.__version__ == "4.37.2", transformers.__version__
torch.manual_seed(0)
config = SiglipConfig(
    text_config=dict(vocab_size=20, hidden_size=8, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=5),
    vision_config=dict(hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=10, patch_size=4),
)
model = SiglipModel(config).train()
with torch.no_grad():  # so that biases and norms count
    for name, p in model.named_parameters():
        p.add_(torch.randn_like(p) * 0.2)
    model.logit_scale.fill_(0.9)
    model.logit_bias.fill_(-1.3)


ids = torch.tensor([[3, 4, 5, 2, 1], [6, 2, 1, 1, 1], [7, 8, 9, 10, 2]])
pixels = torch.randn(3, 3, 10, 10)
out = model(input_ids=ids, pixel_values=pixels, output_hidden_states=True)
logits = out.logits_per_image
labels = 2 * torch.eye(3) - 1
loss = -F.logsigmoid(labels * logits).sum(1).mean()  # the paper's algorithm 1
loss.backward()

fixtures = Path(__file__).parent.parent / "packages/models/src/fixtures"
(fixtures / "siglip.json").write_text(
    json.dumps(
        {
            "weights": {k: short_tensor(v) for k, v in model.state_dict().items() if not k.endswith("position_ids")},
            "ids": ids.flatten().tolist(),
            "pixels": short(pixels),
            "imageHidden": [short_tensor(h) for h in out.vision_model_output.hidden_states],
            "textHidden": [short_tensor(h) for h in out.text_model_output.hidden_states],
            "imagePooled": short(out.vision_model_output.pooler_output),
            "image": short(out.image_embeds),
            "text": short(out.text_embeds),
            "logits": short(logits),
            "loss": float(loss),
            "gradients": {k: short(p.grad) for k, p in model.named_parameters()},
        }
    )
    + "\n"
)
