"""Golden configurations: files as transformers and open_clip have them, and what these libraries build from them.

References: open_clip_torch 3.3.0, timm 1.0.31, transformers 5.24.0 on torch 2.15.0. Models are built without memory for their weights.
Run from the repository's root: python golden/models_configs.py
Writes packages/models/src/fixtures/configs.json.
"""

import json
import pathlib
import warnings

import open_clip
import timm
import torch
import transformers
from open_clip.transformer import QuickGELU
from transformers import BertConfig, BertModel, CLIPConfig, CLIPModel, GPT2Config, GPT2LMHeadModel, SiglipConfig, SiglipModel

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/configs.json"
assert (open_clip.__version__, timm.__version__, transformers.__version__) == ("3.3.0", "1.0.31", "5.24.0")
warnings.filterwarnings("ignore")

ACTIVATIONS = {"QuickGELUActivation": "quickGelu", "GELUActivation": "gelu", "NewGELUActivation": "geluTanh", "GELUTanh": "geluTanh", "ReLU": "relu", "Tanh": "tanh"}


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def activation(module):
    name = type(module).__name__
    if name == "GELU":  # torch's
        return {"none": "gelu", "tanh": "geluTanh"}[module.approximate]
    if name == "GELUTanh" or name == "PytorchGELUTanh":
        return "geluTanh"
    return "quickGelu" if isinstance(module, QuickGELU) else ACTIVATIONS[name]


def clip_tower(tower):
    """Measured from a tower of transformers' CLIP or SigLIP."""
    block = tower.encoder.layers[0]
    return {
        "width": block.mlp.fc1.in_features,
        "layers": len(tower.encoder.layers),
        "heads": block.self_attn.num_heads,
        "mlpWidth": block.mlp.fc1.out_features,
        "activation": activation(block.mlp.activation_fn),
        "layerNormEpsilon": block.layer_norm1.eps,
    }


def both(model):
    vision, text = model.vision_model, model.text_model
    return {
        "image": {**clip_tower(vision), "size": vision.embeddings.image_size, "patch": vision.embeddings.patch_size},
        "text": {**clip_tower(text), "vocabSize": text.embeddings.token_embedding.num_embeddings, "contextLength": text.embeddings.position_embedding.num_embeddings},
    }


def clip(file):
    model = CLIPModel(CLIPConfig.from_dict(json.loads(json.dumps(file))))
    end = model.text_model.eos_token_id
    expected = both(model)
    expected["text"].update({"pooling": "largestId"} if end == 2 else {"endTokenId": end})
    return {"file": file, "expected": {**expected, "embedDim": model.projection_dim}, "count": count(model)}


def siglip(file):
    model = SiglipModel(SiglipConfig.from_dict(json.loads(json.dumps(file))))
    return {"file": file, "expected": both(model), "count": count(model)}


def gpt2(file):
    model = GPT2LMHeadModel(GPT2Config.from_dict(file))
    inner = model.transformer
    expected = {
        "vocabSize": inner.wte.num_embeddings,
        "contextLength": inner.wpe.num_embeddings,
        "width": inner.embed_dim,
        "layers": len(inner.h),
        "heads": inner.h[0].attn.num_heads,
        "mlpWidth": inner.h[0].mlp.c_fc.nf,
        "layerNormEpsilon": inner.ln_f.eps,
        "initializerRange": model.config.initializer_range,
    }
    return {"file": file, "expected": expected, "count": count(model)}


def bert(file):
    model = BertModel(BertConfig.from_dict(file), add_pooling_layer=False)
    layer = model.encoder.layer[0]
    expected = {
        "vocabSize": model.embeddings.word_embeddings.num_embeddings,
        "contextLength": model.embeddings.position_embeddings.num_embeddings,
        "typeVocabSize": model.embeddings.token_type_embeddings.num_embeddings,
        "width": layer.intermediate.dense.in_features,
        "layers": len(model.encoder.layer),
        "heads": layer.attention.self.num_attention_heads,
        "mlpWidth": layer.intermediate.dense.out_features,
        "activation": activation(layer.intermediate.intermediate_act_fn),
        "layerNormEpsilon": layer.output.LayerNorm.eps,
        "initializerRange": model.config.initializer_range,
    }
    return {"file": file, "expected": expected, "count": count(model)}


def written(config):
    """What save_pretrained writes: only what differs from the defaults."""
    return json.loads(config.to_json_string(use_diff=True))


def open_clip_tower(tower, width):
    block = tower.resblocks[0]
    return {
        "width": width,
        "layers": len(tower.resblocks),
        "heads": block.attn.num_heads,
        "mlpWidth": block.mlp.c_fc.out_features,
        "activation": activation(block.mlp.gelu),
        "layerNormEpsilon": block.ln_1.eps,
    }


def plain_blocks(tower):
    """Whether blocks are OpenAI's, without the scales that open_clip can add to them."""
    return all(isinstance(block.ls_1, torch.nn.Identity) for block in tower.resblocks)


def is_clip(model):
    """Whether it is what OpenAI's CLIP is, by what open_clip built."""
    visual = model.visual
    return (
        isinstance(model, open_clip.CLIP)
        and hasattr(visual, "transformer")
        and plain_blocks(visual.transformer)
        and plain_blocks(model.transformer)
        and isinstance(visual.ln_pre, torch.nn.LayerNorm)
        and visual.pool_type == "tok"
        and model.text_pool_type in ("argmax", "eos")
        and isinstance(model.text_projection, torch.nn.Parameter)
        and model.attn_mask is not None
    )


def is_siglip(model):
    """Whether it is what transformers' SigLIP is."""
    trunk, text = model.visual.trunk, getattr(model, "text", None)
    return (
        type(trunk).__name__ == "VisionTransformer"
        and trunk.attn_pool is not None
        and len(model.visual.head) == 0
        and plain_blocks(text.transformer)
        and text.pool_type == "last"
        and text.attn_mask is None
        and isinstance(text.text_projection, torch.nn.Linear)
        and model.logit_bias is not None
    )


def open_clip_model(name):
    file = open_clip.get_model_config(name)
    if "hf_model_name" in file["text_cfg"] or "multimodal_cfg" in file:
        return {"file": file}  # of other families, and built from downloads
    cfg = {key: value for key, value in file.items() if key != "custom_text"}
    model = (open_clip.CustomTextCLIP if file.get("custom_text") else open_clip.CLIP)(**cfg)
    text = model.text if file.get("custom_text") else model
    pool = model.text_pool_type if text is model else text.pool_type
    trunk = getattr(model.visual, "trunk", None)
    if not (is_clip(model) if trunk is None else is_siglip(model)):
        return {"file": file}
    pooling = {"argmax": {"pooling": "largestId"}, "last": {}}.get(pool) or ({"endTokenId": model.text_eos_id} if pool == "eos" else {})
    if trunk is None:
        image = {**open_clip_tower(model.visual.transformer, model.visual.conv1.out_channels), "size": model.visual.image_size[0], "patch": model.visual.patch_size[0]}
    else:
        block = trunk.blocks[0]
        image = {
            **{"width": trunk.embed_dim, "layers": len(trunk.blocks), "heads": block.attn.num_heads, "mlpWidth": block.mlp.fc1.out_features},
            **{"activation": activation(block.mlp.act), "layerNormEpsilon": block.norm1.eps, "size": model.visual.image_size[0], "patch": trunk.patch_embed.patch_size[0]},
        }
    expected = {
        "image": image,
        "text": {
            **open_clip_tower(text.transformer, text.token_embedding.embedding_dim),
            **{"vocabSize": text.token_embedding.num_embeddings, "contextLength": text.positional_embedding.shape[0]},
            **pooling,
        },
    }
    if trunk is None:
        expected["embedDim"] = model.visual.output_dim
    return {"file": file, "expected": expected, "count": count(model)}


with torch.device("meta"):
    golden = {
        "clip": [
            clip(written(CLIPConfig())),
            clip({"model_type": "clip"}),
            # As openai/clip-vit-large-patch14-336's: old names of the end token, and a second set of sizes.
            clip(
                {
                    "model_type": "clip", "projection_dim": 768, "logit_scale_init_value": 2.6592, "torch_dtype": "float32",
                    "text_config": {"hidden_size": 512, "eos_token_id": 7, "vocab_size": 49408}, "vision_config": None,
                    "text_config_dict": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12, "bos_token_id": 0, "eos_token_id": 2},
                    "vision_config_dict": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14},
                }
            ),
            clip({"model_type": "clip", "projection_dim": 768, "text_config": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12},
                  "vision_config": {"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14}, "text_config_dict": None}),
            clip({"model_type": "clip", "vision_config": {"patch_size": 16}, "text_config": {}}),
            clip(written(CLIPConfig(text_config={"hidden_act": "gelu", "eos_token_id": 49407, "layer_norm_eps": 1e-6}, vision_config={"hidden_act": "gelu", "image_size": 256}))),
            clip(written(CLIPConfig(text_config={"hidden_act": "gelu_pytorch_tanh"}, vision_config={"hidden_act": "gelu_new"}))),
            clip(written(CLIPConfig(text_config={"hidden_act": "relu"}, vision_config={"hidden_act": "relu", "num_hidden_layers": 2}))),
        ],
        "siglip": [
            siglip(written(SiglipConfig())),
            siglip({"model_type": "siglip", "vision_config": {"image_size": 384, "patch_size": 14, "hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
                    "text_config": {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16, "vocab_size": 256000, "projection_size": 1152}}),
            siglip(written(SiglipConfig(vision_config={"hidden_act": "gelu"}, text_config={"hidden_size": 384, "num_attention_heads": 6, "projection_size": 768}))),
        ],
        "gpt2": [gpt2(file) for file in (
            {"model_type": "gpt2"},
            {"model_type": "gpt2", "activation_function": "gelu_new", "n_ctx": 1024, "n_embd": 1024, "n_head": 16, "n_layer": 24, "n_positions": 1024, "vocab_size": 50257},
            {"model_type": "gpt2", "n_embd": 1280, "n_head": 20, "n_layer": 36},
            {"model_type": "gpt2", "n_embd": 1600, "n_head": 25, "n_layer": 48, "n_inner": None},
            {"model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_layer": 2, "n_inner": 100, "layer_norm_epsilon": 1e-6, "activation_function": "gelu_pytorch_tanh", "initializer_range": 0.1},
        )],
        "bert": [bert(file) for file in (
            written(BertConfig()),
            {"model_type": "bert", "hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 6, "gradient_checkpointing": False, "position_embedding_type": "absolute"},
            {"model_type": "bert", "hidden_act": "relu", "type_vocab_size": 3, "layer_norm_eps": 1e-5, "max_position_embeddings": 128, "vocab_size": 1000},
        )],
        "openclip": {},
    }
    for name in open_clip.list_models():
        if name.startswith(("ViT-", "coca_", "RN50", "roberta", "EVA", "MobileCLIP-S1", "convnext_base")):
            golden["openclip"][name] = open_clip_model(name)
OUT.write_text(json.dumps(golden) + "\n")
