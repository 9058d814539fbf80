"""Makes the models that both sides load: transformers' own, with seeded random weights, as safetensors for ours and as ONNX for the peer.

Every folder has config.json and model.safetensors (save_pretrained), and onnx/*.onnx (torch.onnx.export of the same modules) under the names that
@huggingface/transformers looks for. CLIP is there in shards and as PyTorch's own file too, for ours alone. Run as: models.py FOLDER
"""
import os
import sys

import torch
import transformers as hf

AUTO = torch.export.Dim.AUTO
BATCH = torch.export.Dim("batch_size", min=1, max=4096)


def seeded(make):
    """Norms and biases get random values too: ones and zeros would hide a mistake."""
    torch.manual_seed(1)
    model = make().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return model


class Calls(torch.nn.Module):
    """A module's call under the names of a graph's inputs."""

    def __init__(self, module, call):
        super().__init__()
        self.module, self.call = module, call

    def forward(self, *inputs):
        return self.call(self.module, *inputs)


def export(path, module, call, inputs, outputs):
    """`inputs`: a name to an example and its changing dimensions; a list of them is an input each."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    torch.onnx.export(
        Calls(module, call).eval(), tuple(example for example, _ in inputs.values()), path,
        input_names=list(inputs), output_names=outputs, dynamic_shapes={"inputs": tuple(dims for _, dims in inputs.values())},
        opset_version=18, external_data=False, dynamo=True, verbose=False,
    )
    print(path, f"{os.path.getsize(path) / 2**20:.0f} MiB")


def ids(*shape):
    return torch.randint(0, 100, shape)


def clip(folder):
    text = {"attn_implementation": "eager", "eos_token_id": 49407, "bos_token_id": 49406}
    model = seeded(lambda: hf.CLIPModel(hf.CLIPConfig(text_config=text, attn_implementation="eager")))
    model.save_pretrained(folder)
    export(
        f"{folder}/onnx/vision_model.onnx", model, lambda m, pixels: m.visual_projection(m.vision_model(pixel_values=pixels).pooler_output),
        {"pixel_values": (torch.randn(2, 3, 224, 224), {0: BATCH})}, ["image_embeds"],
    )
    export(
        f"{folder}/onnx/text_model.onnx", model, lambda m, tokens: m.text_projection(m.text_model(input_ids=tokens).pooler_output),
        {"input_ids": (ids(2, 77), {0: BATCH, 1: AUTO})}, ["text_embeds"],
    )


def made_clip(folder):
    return hf.CLIPModel.from_pretrained(os.path.join(os.path.dirname(folder), "clip"))


def clip_sharded(folder):
    made_clip(folder).save_pretrained(folder, max_shard_size="200MB")


def clip_bin(folder):
    model = made_clip(folder)
    os.makedirs(folder, exist_ok=True)
    model.config.save_pretrained(folder)
    torch.save(model.state_dict(), os.path.join(folder, "pytorch_model.bin"))


def siglip(folder):
    """B/16 at 224 pixels: 64 tokens, and a head that pools by attention."""
    model = seeded(lambda: hf.SiglipModel(hf.SiglipConfig(attn_implementation="eager")))
    model.save_pretrained(folder)
    export(
        f"{folder}/onnx/vision_model.onnx", model, lambda m, pixels: m.vision_model(pixel_values=pixels).pooler_output,
        {"pixel_values": (torch.randn(2, 3, 224, 224), {0: BATCH})}, ["pooler_output"],
    )
    export(
        f"{folder}/onnx/text_model.onnx", model, lambda m, tokens: m.text_model(input_ids=tokens).pooler_output,
        {"input_ids": (ids(2, 64), {0: BATCH})}, ["pooler_output"],
    )


def gpt2(folder):
    model = seeded(lambda: hf.GPT2LMHeadModel(hf.GPT2Config(attn_implementation="eager")))
    model.save_pretrained(folder)
    layers = range(model.config.n_layer)

    def call(m, tokens, mask, positions, *past):
        cache = hf.DynamicCache()
        for i in layers:
            cache.update(past[2 * i], past[2 * i + 1], i)
        # The last position is scored alone: `generate` reads no other.
        out = m(input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return out.logits, *[part for layer in out.past_key_values.layers for part in (layer.keys, layer.values)]

    batch, new, past = 2, 3, 5
    names = [f"past_key_values.{i}.{part}" for i in layers for part in ("key", "value")]
    inputs = {
        "input_ids": (ids(batch, new), {0: BATCH, 1: AUTO}),
        "attention_mask": (torch.ones(batch, past + new, dtype=torch.int64), {0: BATCH, 1: AUTO}),
        "position_ids": (torch.arange(past, past + new).repeat(batch, 1), {0: BATCH, 1: AUTO}),
        **{name: (torch.randn(batch, 12, past, 64), {0: BATCH, 2: AUTO}) for name in names},
    }
    export(f"{folder}/onnx/model.onnx", model, call, inputs, ["logits", *[name.replace("past_key_values", "present") for name in names]])


def bert(folder):
    """all-MiniLM-L6-v2's sizes."""
    sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
    model = seeded(lambda: hf.BertModel(hf.BertConfig(**sizes, attn_implementation="eager")))
    model.save_pretrained(folder)
    dims = {0: BATCH, 1: AUTO}
    export(
        f"{folder}/onnx/model.onnx", model,
        lambda m, tokens, mask, types: m(input_ids=tokens, attention_mask=mask, token_type_ids=types).last_hidden_state,
        {"input_ids": (ids(2, 7), dims), "attention_mask": (torch.ones(2, 7, dtype=torch.int64), dims), "token_type_ids": (ids(2, 7) % 2, dims)},
        ["last_hidden_state"],
    )


if __name__ == "__main__":
    for make in (clip, clip_sharded, clip_bin, siglip, gpt2, bert):
        folder = os.path.join(sys.argv[1], make.__name__)
        if os.path.exists(os.path.join(folder, "made")):
            continue
        make(folder)
        open(os.path.join(folder, "made"), "w").close()
