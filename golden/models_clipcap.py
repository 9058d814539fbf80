"""Golden values of ClipCap for @rsdix/models: loss, gradients and decoded ids of a tiny random model.

Written from the paper's formulas (arXiv 2111.09734) over transformers 4.36.2 (GPT2LMHeadModel) on torch 1.13; decoding is uncached and
goes one text at a time.
Run from the repository's root: python golden/models_clipcap.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F
import transformers
from tensor_values import tensor

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/clipcap.json"
assert transformers.__version__ == "4.36.2", transformers.__version__
torch.manual_seed(1)
PREFIX_SIZE, PREFIX_LENGTH, WIDTH, VOCABULARY, STOP, MAX_TOKENS = 6, 3, 8, 17, 8, 9


class ClipCap(torch.nn.Module):
    def __init__(self):
        super().__init__()
        out = WIDTH * PREFIX_LENGTH
        self.clip_project = torch.nn.Module()
        self.clip_project.model = torch.nn.Sequential(torch.nn.Linear(PREFIX_SIZE, out // 2), torch.nn.Tanh(), torch.nn.Linear(out // 2, out))
        self.gpt = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=VOCABULARY, n_positions=16, n_embd=WIDTH, n_layer=2, n_head=2, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
            )
        )

    def prefix(self, embeddings):
        return self.clip_project.model(F.normalize(embeddings, dim=-1)).view(-1, PREFIX_LENGTH, WIDTH)

    def logits(self, embeddings, ids, mask):
        x = torch.cat([self.prefix(embeddings), self.gpt.transformer.wte(ids)], 1)
        mask = torch.cat([torch.ones(len(ids), PREFIX_LENGTH), mask], 1)
        return self.gpt(inputs_embeds=x, attention_mask=mask).logits


model = ClipCap()
for name, parameter in model.named_parameters():
    # Large enough that texts depend on the image and on the position, and end at different lengths.
    scale = 1.5 if "wpe" in name else 0.8
    parameter.data.copy_(torch.randn_like(parameter) * scale + (1.0 if ".ln_" in name and name.endswith("weight") else 0.0))


texts = [[0, 7, 2, 0, 5], [3, 11, 5], [9], [1, 2, 3, 4]]
length = max(map(len, texts))
ids = torch.tensor([text + [0] * (length - len(text)) for text in texts])
mask = torch.tensor([[1.0] * len(text) + [0.0] * (length - len(text)) for text in texts])
embeddings = torch.randn(len(texts), PREFIX_SIZE) * 3

logits = model.logits(embeddings, ids, mask)[:, PREFIX_LENGTH - 1 : -1]
per_token = F.cross_entropy(logits.reshape(-1, VOCABULARY), ids.reshape(-1), reduction="none").view(mask.shape)
loss = (per_token * mask).sum() / mask.sum()
loss.backward()
gradients = {name: tensor(parameter.grad) for name, parameter in model.named_parameters()}


@torch.no_grad()
def next_log_probabilities(embedding, tokens):
    ids = torch.tensor([tokens], dtype=torch.long)
    logits = model.logits(embedding[None], ids, torch.ones(1, len(tokens)))[0, -1]
    return F.log_softmax(logits.double(), -1).tolist()


def mean(beam):
    return beam["sum"] / len(beam["tokens"])


def beam_search(embedding, beams):
    """Keeps the best texts by mean log-probability at every step; a text with the stop token stays as it is."""
    kept = [{"tokens": [], "sum": 0.0}]
    for _ in range(MAX_TOKENS):
        candidates = []
        for beam in kept:
            if beam["tokens"] and beam["tokens"][-1] == STOP:
                candidates.append(beam)
                continue
            for token, value in enumerate(next_log_probabilities(embedding, beam["tokens"])):
                candidates.append({"tokens": beam["tokens"] + [token], "sum": beam["sum"] + value})
        ranked = sorted(candidates, key=mean, reverse=True)
        kept = ranked[:beams]
        if len(ranked) > beams:
            assert mean(kept[-1]) - mean(ranked[beams]) > 1e-5, "too close to call in single precision: change the seed"
    return [{"tokens": beam["tokens"], "score": mean(beam)} for beam in kept]


many = torch.randn(12, PREFIX_SIZE)
OUT.write_text(
    json.dumps(
        {
            "config": {
                "prefixSize": PREFIX_SIZE,
                "prefixLength": PREFIX_LENGTH,
                "gpt2": {"vocabSize": VOCABULARY, "contextLength": 16, "width": WIDTH, "layers": 2, "heads": 2},
            },
            "stop": STOP,
            "maxTokens": MAX_TOKENS,
            "weights": {name: tensor(value) for name, value in model.state_dict().items()},
            "texts": texts,
            "embeddings": tensor(embeddings),
            "prefix": tensor(model.prefix(embeddings)),
            "loss": loss.item(),
            "gradients": gradients,
            "many": tensor(many),
            "greedy": [beam_search(e, 1)[0] for e in many],
            "beams": {str(beams): [beam_search(e, beams) for e in many] for beams in (2, 5)},
        }
    )
    + "\n"
)
