"""Golden values of decoding for @rsdix/models: token ids and scores of greedy and beam search, and the distributions that are drawn from.

Reference: transformers 4.36.2 (`generate` and its logits warpers) on torch 1.13, with the weights of fixtures/clipcap.json, and with a model of four tokens
of which every text can be listed. transformers ranks running beams by the sum of log-probabilities, and finished ones by sum / length ** length_penalty, the
end token counted; ours, as ClipCap's authors, ranks both by the mean. Where no text ends early the two are the same, and so they are where all texts are
kept; elsewhere fixtures/clipcap.json has the reference.
Run from the repository's root, after models_clipcap.py: python golden/models_decoding.py
"""

import itertools
import json
import pathlib

import torch
import torch.nn.functional as F
import transformers
from tensor_values import tensor
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures"
assert transformers.__version__ == "4.36.2", transformers.__version__
torch.manual_seed(3)
clipcap = json.loads((FIXTURES / "clipcap.json").read_text())
STOP, MAX_TOKENS = clipcap["stop"], clipcap["maxTokens"]


def from_golden(t):
    return torch.tensor(t["values"]).view(t["shape"])


def gpt2(vocab_size, n_positions, n_embd, n_layer, n_head):
    sizes = dict(vocab_size=vocab_size, n_positions=n_positions, n_embd=n_embd, n_layer=n_layer, n_head=n_head)
    config = transformers.GPT2Config(**sizes, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None)
    return transformers.GPT2LMHeadModel(config).eval()


sizes = clipcap["config"]["gpt2"]
model = gpt2(sizes["vocabSize"], sizes["contextLength"], sizes["width"], sizes["layers"], sizes["heads"])
weights = {name: from_golden(value) for name, value in clipcap["weights"].items()}
model.load_state_dict({name[4:]: value for name, value in weights.items() if name.startswith("gpt.")}, strict=False)
x = F.normalize(from_golden(clipcap["many"]), dim=-1)
x = torch.tanh(x @ weights["clip_project.model.0.weight"].T + weights["clip_project.model.0.bias"])
x = x @ weights["clip_project.model.2.weight"].T + weights["clip_project.model.2.bias"]
prefixes = x.view(len(x), clipcap["config"]["prefixLength"], sizes["width"])


@torch.no_grad()
def generate(of, prompt, *, stop=None, **options):
    """For each row its texts, best first; the padding after the end token is cut. There are no ids before them that a rule could count."""
    result = of.generate(
        input_ids=torch.empty(len(prompt), 0, dtype=torch.long), inputs_embeds=prompt, attention_mask=torch.ones(prompt.shape[:2]), eos_token_id=stop, pad_token_id=0, do_sample=False, return_dict_in_generate=True,
        output_scores=True, **options
    )
    ids = result.sequences.tolist()
    texts = [row[: row.index(stop) + 1] if stop is not None and stop in row else row for row in ids]
    each = options.get("num_return_sequences", 1)
    scores = result.sequences_scores.tolist() if "sequences_scores" in result else [None] * len(texts)
    pairs = [{"tokens": t, **({} if s is None else {"score": s})} for t, s in zip(texts, scores)]
    return [pairs[i : i + each] for i in range(0, len(pairs), each)]


def best(of, prompt, **options):
    return [row[0]["tokens"] for row in generate(of, prompt, **options)]


greedy = [
    {"options": ours, "stop": stop, "tokens": best(model, prefixes, stop=STOP if stop else None, max_new_tokens=MAX_TOKENS, **theirs)}
    for stop, ours, theirs in (
        (True, {}, {}),
        (False, {"noRepeatNgram": 1}, {"no_repeat_ngram_size": 1}),
        (False, {"noRepeatNgram": 2}, {"no_repeat_ngram_size": 2}),
        (False, {"noRepeatNgram": 3}, {"no_repeat_ngram_size": 3}),
        (False, {"repetitionPenalty": 1.2}, {"repetition_penalty": 1.2}),
        (False, {"repetitionPenalty": 3}, {"repetition_penalty": 3.0}),
        (True, {"noRepeatNgram": 2, "repetitionPenalty": 1.3}, {"no_repeat_ngram_size": 2, "repetition_penalty": 1.3}),
    )
]
assert greedy[0]["tokens"] == [text["tokens"] for text in clipcap["greedy"]]
assert all(entry["tokens"] != greedy[0]["tokens"] for entry in greedy[1:])

# Without an end token all texts are as long, so that sum and mean rank them in one order.
beams = [
    {"beams": n, "options": {}, "texts": generate(model, prefixes, max_new_tokens=MAX_TOKENS, num_beams=n, num_return_sequences=n)}
    for n in (2, 3, 4, 5)
]
# With renormalize_logits the probabilities of what the rule allows add up to 1, as ours do.
beams.append(
    {
        "beams": 3,
        "options": {"noRepeatNgram": 2},
        "texts": generate(
            model, prefixes, max_new_tokens=MAX_TOKENS, num_beams=3, num_return_sequences=3, no_repeat_ngram_size=2, renormalize_logits=True
        ),
    }
)
# With one: how often both find the same best text.
for n in (2, 5):
    found = best(model, prefixes, stop=STOP, max_new_tokens=MAX_TOKENS, num_beams=n)
    same = sum(a == b[0]["tokens"] for a, b in zip(found, clipcap["beams"][str(n)]))
    print(f"{n} beams with an end token: the same best text as ranking by the mean at every step for {same} of {len(found)} images")

# Every text of at most four of four tokens, of which 0 ends it.
tiny = gpt2(4, 8, 4, 1, 2)
for parameter in tiny.parameters():
    parameter.data.copy_(torch.randn_like(parameter) * 0.9)
prompts = [[1, 2], [3, 1], [2, 2]]
prompt = tiny.transformer.wte(torch.tensor(prompts))


@torch.no_grad()
def listed(row, length_penalty):
    texts = {t[: t.index(0) + 1] if 0 in t else t for t in itertools.product(range(4), repeat=4)}
    found = []
    for text in texts:
        logits = tiny(torch.tensor([[*prompts[row], *text]])).logits[0, 1:-1]
        each = F.log_softmax(logits.double(), -1)[range(len(text)), text]
        found.append({"tokens": list(text), "score": each.sum().item() / len(text) ** length_penalty})
    return sorted(found, key=lambda text: -text["score"])


exhaustive = [{"lengthPenalty": p, "texts": [listed(row, p) for row in range(len(prompts))]} for p in (0.0, 1.0, 2.0)]
for entry in exhaustive:
    for texts in entry["texts"]:
        assert min(a["score"] - b["score"] for a, b in zip(texts, texts[1:])) > 2e-5, "too close to call in single precision: change the seed"
    theirs = generate(tiny, prompt, stop=0, max_new_tokens=4, num_beams=256, num_return_sequences=20, length_penalty=entry["lengthPenalty"], early_stopping="never")
    assert [[t["tokens"] for t in texts] for texts in theirs] == [[t["tokens"] for t in texts[:20]] for texts in entry["texts"]]

# What is drawn from: temperature, then the likeliest k, then the likeliest with probability p of those.
logits = torch.randn(3, 100) * torch.tensor([[1.0], [3.0], [8.0]])
logits = (logits * 4096).round() / 4096  # exact in float32 and short in JSON
kept = []
for temperature, k, p in ((1.0, None, 0.8), (0.7, None, 0.95), (1.5, 20, 1.0), (1.2, 40, 0.9), (1.0, 1, 1.0), (0.5, None, 1.0), (1.0, None, 0.01)):
    y = TemperatureLogitsWarper(temperature)(None, logits.double())
    if k:
        y = TopKLogitsWarper(k)(None, y)
    if p < 1:
        y = TopPLogitsWarper(p)(None, y)
    rows = [{str(i): round(value, 9) for i, value in enumerate(row) if value > 0} for row in F.softmax(y, -1).tolist()]
    options = {"temperature": temperature, "p": p, **({"topK": k} if k else {})}
    # Of equally likely tokens transformers keeps some at the edge, ours all.
    for row, x in zip(rows, logits):
        assert (x >= min(x[int(i)] for i in row)).sum() == len(row), "equals at the edge: change the seed"
    kept.append({"options": options, "probabilities": rows})

(FIXTURES / "decoding.json").write_text(
    json.dumps(
        {
            "greedy": greedy,
            "beams": beams,
            "tiny": {
                "config": {"vocabSize": 4, "contextLength": 8, "width": 4, "layers": 1, "heads": 2},
                "weights": {name: tensor(value) for name, value in tiny.state_dict().items()},
                "prompts": prompts,
                "maxTokens": 4,
                "exhaustive": exhaustive,
            },
            "draw": {"logits": logits.tolist(), "kept": kept},
        }
    )
    + "\n"
)
