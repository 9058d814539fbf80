"""Golden values of SentenceBert: transformers 4.37.2 BertModel (torch 1.13.0), a tiny random configuration, with masked mean pooling.

Run: python golden/models_sentence_bert.py   (writes packages/models/src/fixtures/sentence-bert.json)
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers
from tensor_values import short, short_tensor
from transformers import BertConfig, BertModel

assert transformers.__version__ == "4.37.2", transformers.__version__
torch.manual_seed(0)
config = BertConfig(
    vocab_size=20,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=7,
    type_vocab_size=2,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
model = BertModel(config, add_pooling_layer=False).train()
with torch.no_grad():  # so that biases and norms count
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.3)


texts = [[2, 5, 6, 7, 8, 3], [2, 9, 3], [2, 10, 11, 12, 3]]
types = [[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0]]
length = max(map(len, texts))
ids = torch.tensor([text + [0] * (length - len(text)) for text in texts])
mask = torch.tensor([[1] * len(text) + [0] * (length - len(text)) for text in texts])
target = torch.randn(3, 8)


def run(normalize):
    out = model(input_ids=ids, attention_mask=mask, token_type_ids=torch.tensor(types), output_hidden_states=True)
    counted = mask.unsqueeze(-1).float()
    pooled = (out.last_hidden_state * counted).sum(1) / counted.sum(1)
    embeddings = F.normalize(pooled, dim=1) if normalize else pooled
    loss = ((embeddings - target) ** 2).mean()
    model.zero_grad()
    loss.backward()
    return {
        "hidden": [short_tensor(h) for h in out.hidden_states],
        "pooled": short(pooled),
        "embeddings": short(embeddings),
        "loss": float(loss),
        "gradients": {k: short(p.grad) for k, p in model.named_parameters()},
    }


def count(hidden_size, intermediate_size):
    """How many numbers a published model of six layers has, without the pooling layer that isn't used."""
    sizes = BertConfig(vocab_size=30522, hidden_size=hidden_size, num_hidden_layers=6, num_attention_heads=12, intermediate_size=intermediate_size)
    return sum(p.numel() for p in BertModel(sizes, add_pooling_layer=False).parameters())


normalized, plain = run(True), run(False)
fixtures = Path(__file__).parent.parent / "packages/models/src/fixtures"
(fixtures / "sentence-bert.json").write_text(
    json.dumps(
        {
            "weights": {k: short_tensor(v) for k, v in model.state_dict().items() if not k.endswith(("position_ids", "token_type_ids"))},
            "texts": texts,
            "tokenTypes": [t for row in types for t in row],
            "target": short(target),
            "normalized": normalized,
            "plain": {key: plain[key] for key in ("embeddings", "loss", "gradients")},
            "counts": {"ALL_MINILM_L6_V2": count(384, 1536), "PARAPHRASE_TINYBERT_L6_V2": count(768, 3072)},
        }
    )
    + "\n"
)
