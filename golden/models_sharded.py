"""Golden sharded checkpoint for @rsdix/models: a tiny BertModel as transformers saves it in several files, with the values that it has.

Reference: transformers 4.36.2 with safetensors 0.8.0 and torch 1.13.
safetensors orders a header differently at every run, so the bytes change; names, files and values do not.
Run from the repository's root: python golden/models_sharded.py
"""

import base64
import json
import pathlib
import tempfile

import torch
from transformers import BertConfig, BertModel

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/sharded.json"
MAX_BYTES = 2000
torch.manual_seed(0)

config = BertConfig(
    vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=12
)
model = BertModel(config).eval()
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder, safe_serialization=True, max_shard_size=MAX_BYTES)
    files = {path.name: path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir()) if "safetensors" in path.name}

index = files.pop("model.safetensors.index.json")
golden = {
    "maxBytes": MAX_BYTES,
    "index": index.decode(),
    "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
    "order": list(model.state_dict()),
    "sums": {name: t.double().sum().item() for name, t in model.state_dict().items()},
    "shapes": {name: list(t.shape) for name, t in model.state_dict().items()},
}
OUT.write_text(json.dumps(golden) + "\n")
