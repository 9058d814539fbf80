"""What `rsdix convert` writes, loaded by transformers and open_clip, and the way back: weights that these save after a step of training.

References: transformers 5.24.0, open_clip_torch 3.3.0 on torch 2.15.0 (the environment of models_keys.py).
Run from the repository's root after `node scripts/build.mjs @rsdix/train`: python golden/convert.py
Reads packages/models/src/fixtures/keys-rsdix.ckpt. Writes packages/train/src/fixtures/convert.json, convert-transformers.safetensors and convert-open-clip.pt.
A Node test runs the same command: its files must be these by their hashes, so that what these libraries have read is what is written today.
"""

import hashlib
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file
from tensor_values import floats

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYS = ROOT / "packages/models/src/fixtures"
OUT = ROOT / "packages/train/src/fixtures"
assert (open_clip.__version__, transformers.__version__) == ("3.3.0", "5.24.0")
torch.manual_seed(0)
torch.use_deterministic_algorithms(True)

keys = json.loads((KEYS / "keys.json").read_text())
scratch = pathlib.Path(tempfile.mkdtemp())
config_path = scratch / "config.json"
config_path.write_text(json.dumps(keys["rsdix"]["config"]))


def converted(layout):
    folder = scratch / layout
    args = ["--model", "clip", "--role", "teacher", "--config", config_path, "--layout", layout]
    subprocess.run(["node", ROOT / "packages/train/dist/cli.js", "convert", KEYS / "keys-rsdix.ckpt", folder, *args], check=True)
    return folder


def hashes(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


# An image that is no square, and texts whose largest id comes twice.
height, width = 11, 14
image = ((np.arange(height * width * 3) * 37) % 251).astype(np.uint8).reshape(height, width, 3)
pixels = torch.randn(3, 3, 8, 8)
ids = torch.tensor([[5, 3, 4, 18, 0, 0, 18], [5, 6, 7, 8, 9, 10, 18], [5, 17, 18, 1, 1, 1, 1]])
golden = {"image": {"width": width, "height": height, "data": image.flatten().tolist()}, "pixels": floats(pixels), "ids": ids.flatten().tolist()}


def outputs(encode_image, encode_text, scale):
    with torch.no_grad():
        image_rows, text_rows = F.normalize(encode_image(pixels), dim=-1), F.normalize(encode_text(ids), dim=-1)
        return {"image": floats(image_rows), "text": floats(text_rows), "logits": floats(scale.exp() * image_rows @ text_rows.T)}


def step(parameters, encode_image, encode_text, scale):
    """One step of AdamW on CLIP's loss."""
    optimizer = torch.optim.AdamW(parameters, lr=0.05)
    logits = scale.exp() * F.normalize(encode_image(pixels), dim=-1) @ F.normalize(encode_text(ids), dim=-1).T
    labels = torch.arange(len(ids))
    ((F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2).backward()
    optimizer.step()
    return optimizer


# transformers
folder = converted("huggingface")
model, report = transformers.CLIPModel.from_pretrained(folder, output_loading_info=True)
assert not any(report.values()), report
model.eval()
hugging_face = (lambda x: model.get_image_features(pixel_values=x).pooler_output, lambda x: model.get_text_features(input_ids=x).pooler_output, model.logit_scale)
processed = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")(Image.fromarray(image), return_tensors="pt")["pixel_values"]
golden["transformers"] = {"files": hashes(folder), "outputs": outputs(*hugging_face), "processed": floats(processed)}
step(model.parameters(), *hugging_face)
golden["transformers"]["trained"] = outputs(*hugging_face)
model.save_pretrained(scratch / "trained")
save_file(load_file(scratch / "trained/model.safetensors"), OUT / "convert-transformers.safetensors", {"format": "pt"})
golden["transformers"]["config"] = json.loads((scratch / "trained/config.json").read_text())

# open_clip
folder = converted("openclip")
model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}", precision="fp32")
weights = load_file(folder / "model.safetensors")
assert weights.keys() == model.state_dict().keys() and all(torch.equal(t, weights[name]) for name, t in model.state_dict().items())
model.eval()
of_open_clip = (model.encode_image, model.encode_text, model.logit_scale)
golden["open_clip"] = {"files": hashes(folder), "outputs": outputs(*of_open_clip), "processed": floats(preprocess(Image.fromarray(image)))}
optimizer = step(model.parameters(), *of_open_clip)
golden["open_clip"]["trained"] = outputs(*of_open_clip)
# As open_clip_train saves an epoch of a training on several GPUs.
state = {f"module.{name}": t for name, t in model.state_dict().items()}
torch.save({"epoch": 1, "name": "golden", "state_dict": state, "optimizer": optimizer.state_dict()}, OUT / "convert-open-clip.pt")
golden["open_clip"]["config"] = json.loads((folder / "open_clip_config.json").read_text())

(OUT / "convert.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
