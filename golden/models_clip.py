"""Golden values of Clip: transformers 4.36.2 CLIPModel (torch 1.13.0) with a tiny random configuration.

Run: python golden/models_clip.py   (writes packages/models/src/fixtures/clip.json and clip.safetensors)
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

torch.manual_seed(0)
config = CLIPConfig(
    projection_dim=6,
    text_config=dict(vocab_size=20, hidden_size=8, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=7, hidden_act="quick_gelu", eos_token_id=19, bos_token_id=18),
    vision_config=dict(hidden_size=12, intermediate_size=16, num_hidden_layers=2, num_attention_heads=3, image_size=8, patch_size=4, hidden_act="gelu"),
)
model = CLIPModel(config).train()
with torch.no_grad():  # so that biases and norms count
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.2)

ids = torch.tensor([[18, 3, 4, 19, 19, 19], [18, 5, 6, 7, 8, 19], [18, 19, 19, 19, 19, 19]])
pixels = torch.randn(3, 3, 8, 8)
out = model(input_ids=ids, pixel_values=pixels, return_loss=True, output_hidden_states=True)
out.loss.backward()

fixtures = Path(__file__).parent.parent / "packages/models/src/fixtures"
fixtures.mkdir(parents=True, exist_ok=True)
save_file({k: v.detach().contiguous() for k, v in model.state_dict().items()}, fixtures / "clip.safetensors")
flat = lambda t: [float(v) for v in t.detach().double().flatten()]
(fixtures / "clip.json").write_text(
    json.dumps(
        {
            "ids": ids.flatten().tolist(),
            "pixels": flat(pixels),
            "image": flat(out.image_embeds),
            "text": flat(out.text_embeds),
            "imageHidden": [flat(h) for h in out.vision_model_output.hidden_states],
            "textHidden": [flat(h) for h in out.text_model_output.hidden_states],
            "imagePooled": flat(out.vision_model_output.pooler_output),
            "textPooled": flat(out.text_model_output.pooler_output),
            "logits": flat(out.logits_per_image),
            "loss": float(out.loss),
            "gradients": {k: flat(p.grad) for k, p in model.named_parameters()},
        }
    )
)
