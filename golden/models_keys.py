"""Golden checkpoints of the layouts that key tables know, and embeddings that the reference computes from them.

References: open_clip_torch 3.3.0, timm 1.0.31, transformers 5.24.0 on torch 2.15.0.
Run from the repository's root: python golden/models_keys.py
Writes packages/models/src/fixtures/keys.json, keys-{openclip,siglip}.safetensors, keys-openai.pt and keys-rsdix.ckpt.
"""

import collections
import json
import pathlib

import open_clip
import timm
import torch
import torch.nn.functional as F
import transformers
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from safetensors.torch import save_file
from tensor_values import floats
from timm.models import register_model
from timm.models.vision_transformer import VisionTransformer

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures"
assert (open_clip.__version__, timm.__version__, transformers.__version__) == ("3.3.0", "1.0.31", "5.24.0")
torch.manual_seed(0)


def shaken(model):
    """Larger random weights, so that biases and norms count."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


@torch.no_grad()
def embeddings(model, pixels, ids):
    return {"image": floats(model.encode_image(pixels, normalize=True)), "text": floats(model.encode_text(ids, normalize=True))}


pixels = torch.randn(2, 3, 8, 8)
golden = {"pixels": floats(pixels)}

# CLIP in open_clip, and the same in half precision as OpenAI's files have it.
clip_sizes = {
    "vision_cfg": {"image_size": 8, "patch_size": 4, "width": 12, "layers": 2, "head_width": 4, "mlp_ratio": 2.0},
    "text_cfg": {"context_length": 7, "vocab_size": 20, "width": 8, "heads": 2, "layers": 2},
}
clip_ids = torch.tensor([[18, 3, 4, 19, 0, 0, 0], [18, 5, 6, 7, 8, 9, 19]])
clip = shaken(CLIP(embed_dim=6, vision_cfg=CLIPVisionCfg(**clip_sizes["vision_cfg"]), text_cfg=CLIPTextCfg(**clip_sizes["text_cfg"])))
save_file({name: t.contiguous() for name, t in clip.state_dict().items()}, OUT / "keys-openclip.safetensors")
golden["openclip"] = {"model_cfg": {"embed_dim": 6, **clip_sizes}, "ids": clip_ids.flatten().tolist(), **embeddings(clip, pixels, clip_ids)}

half = {name: t.half() for name, t in clip.state_dict().items()}
# Sizes that OpenAI's archives keep among the arrays.
half.update(input_resolution=torch.tensor(8), context_length=torch.tensor(7), vocab_size=torch.tensor(20))
torch.save(collections.OrderedDict(half), OUT / "keys-openai.pt")
rounded = CLIP(embed_dim=6, vision_cfg=CLIPVisionCfg(**clip_sizes["vision_cfg"]), text_cfg=CLIPTextCfg(**clip_sizes["text_cfg"]), quick_gelu=True).eval()
rounded.load_state_dict({name: half[name].float() for name in clip.state_dict()})
golden["openai"] = {"ids": clip_ids.flatten().tolist(), **embeddings(rounded, pixels, clip_ids)}


# SigLIP in open_clip: a tower of timm, small, and a text tower of open_clip.
@register_model
def vit_rsdix_golden(pretrained=False, **kwargs):
    kwargs.pop("pretrained_cfg", None), kwargs.pop("pretrained_cfg_overlay", None), kwargs.pop("cache_dir", None)
    # As timm's own SigLIP towers of the second version: class_token off, map pooling, gelu_tanh.
    return VisionTransformer(img_size=8, patch_size=4, embed_dim=12, depth=2, num_heads=3, mlp_ratio=2.0, class_token=False, act_layer="gelu_tanh", **kwargs)


siglip_sizes = {
    "vision_cfg": {"image_size": 8, "timm_model_name": "vit_rsdix_golden", "timm_model_pretrained": False, "timm_pool": "map", "timm_proj": "none"},
    "text_cfg": {"context_length": 6, "vocab_size": 20, "width": 12, "heads": 3, "layers": 2, "no_causal_mask": True, "proj_bias": True, "pool_type": "last",
                 "norm_kwargs": {"eps": 1e-6}, "act_kwargs": {"approximate": "tanh"}},
}
siglip_ids = torch.tensor([[3, 4, 1, 1, 1, 1], [5, 6, 7, 8, 9, 1]])
siglip = shaken(CustomTextCLIP(embed_dim=12, vision_cfg=CLIPVisionCfg(**siglip_sizes["vision_cfg"]), text_cfg=CLIPTextCfg(**siglip_sizes["text_cfg"]), init_logit_bias=-10))
save_file({name: t.contiguous() for name, t in siglip.state_dict().items()}, OUT / "keys-siglip.safetensors")
golden["siglip"] = {"ids": siglip_ids.flatten().tolist(), **embeddings(siglip, pixels, siglip_ids)}

# RSDiX's layout, as Lightning saves it through DeepSpeed: student and teacher of transformers' CLIP, and a captioner.
config = transformers.CLIPConfig(
    projection_dim=6,
    text_config={"vocab_size": 20, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 7, "layer_norm_eps": 1e-3, "bos_token_id": 0, "eos_token_id": 2},
    vision_config={"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 8, "patch_size": 4, "layer_norm_eps": 1e-2},
)  # with the end token of old files, by which transformers pools at the largest id
models = {role: shaken(transformers.CLIPModel(config)) for role in ("student", "teacher")}
gpt = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=17, n_positions=16, n_embd=16, n_layer=1, n_head=2, n_inner=24, bos_token_id=16, eos_token_id=16))
mapper = torch.nn.Sequential(torch.nn.Linear(6, 24), torch.nn.Tanh(), torch.nn.Linear(24, 48))
state = collections.OrderedDict()
for role, model in models.items():
    for name, t in model.state_dict().items():
        state[f"_forward_module._clip_encoder._{role}.{name}"] = t.half()
for name, t in gpt.state_dict().items():
    state[f"_forward_module._clipcap.gpt.{name}"] = t.half()
for name, t in mapper.state_dict().items():
    state[f"_forward_module._clipcap.clip_project.model.{name}"] = t.half()
state["_forward_module._dist_loss.T_s"] = torch.tensor(3.9)
torch.save({"epoch": 1, "state_dict": state, "hyper_parameters": {"prefix_length": 3}}, OUT / "keys-rsdix.ckpt")
rsdix_ids = torch.tensor([[5, 3, 4, 18, 0, 0, 18], [5, 6, 7, 8, 9, 10, 18]])
golden["rsdix"] = {"config": json.loads(config.to_json_string(use_diff=True)), "ids": rsdix_ids.flatten().tolist()}
for role, model in models.items():
    model.load_state_dict({name: t.half().float() for name, t in model.state_dict().items()})
    with torch.no_grad():
        out = model(input_ids=rsdix_ids, pixel_values=pixels)
    golden["rsdix"][role] = {"image": floats(out.image_embeds), "text": floats(out.text_embeds)}

# Position tables for other grids, as transformers' interpolate_pos_encoding asks torch for them.
golden["positions"] = []
for before, after, width, extra in [(2, 3, 2, 1), (4, 2, 3, 1), (3, 3, 2, 0), (7, 12, 2, 0), (5, 1, 2, 1), (1, 4, 2, 1), (6, 5, 3, 1)]:
    table = torch.randn(extra + before**2, width)
    grid = table[extra:].T.reshape(1, width, before, before)
    resized = F.interpolate(grid, size=(after, after), mode="bicubic", align_corners=False)
    result = torch.cat([table[:extra], resized.reshape(width, -1).T])
    golden["positions"].append({"table": floats(table), "width": width, "to": after, "result": floats(result)})

(OUT / "keys.json").write_text(json.dumps(golden) + "\n")
