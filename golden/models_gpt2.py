"""Golden values of GPT-2 for @rsdix/models: logits, losses and gradients of a tiny random model.

Reference: transformers 4.36.2 (GPT2LMHeadModel) on torch 1.13.
Run from the repository's root: python golden/models_gpt2.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F
import transformers
from tensor_values import tensor

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/models/src/fixtures/gpt2.json"
assert transformers.__version__ == "4.36.2", transformers.__version__
torch.manual_seed(0)

config = transformers.GPT2Config(
    vocab_size=17, n_positions=12, n_embd=8, n_layer=2, n_head=2, n_inner=20, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
)
model = transformers.GPT2LMHeadModel(config)
for name, parameter in model.named_parameters():
    # Larger than GPT-2's own start, so that every nonlinearity and every bias matters.
    parameter.data.copy_(torch.randn_like(parameter) * 0.4 + (1.0 if ".ln_" in name and name.endswith("weight") else 0.0))


def gradients():
    result = {name: tensor(parameter.grad) for name, parameter in model.named_parameters()}
    model.zero_grad()
    return result


texts = [[3, 1, 4, 1, 5, 9], [2, 6, 5, 3], [16]]
length = max(map(len, texts))
ids = torch.tensor([text + [0] * (length - len(text)) for text in texts])
mask = torch.tensor([[1] * len(text) + [0] * (length - len(text)) for text in texts])
labels = ids.masked_fill(mask == 0, -100)

output = model(input_ids=ids, attention_mask=mask, labels=labels, output_hidden_states=True)
output.loss.backward()
full = {"loss": output.loss.item(), "gradients": gradients()}

# The same with the softmax over some tokens only, as with a compact vocabulary.
kept = sorted({token for text in texts for token in text} | {11})
logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1, kept].reshape(-1, len(kept))
targets = labels[:, 1:].reshape(-1)
rows = torch.tensor([kept.index(token) if token >= 0 else -100 for token in targets.tolist()])
loss = F.cross_entropy(logits, rows, ignore_index=-100)
loss.backward()
compact = {"ids": kept, "loss": loss.item(), "gradients": gradients()}

# A mask with padding on the left: the second text moved to the right.
left_ids = torch.tensor([texts[0], [0, 0] + texts[1]])
left_mask = torch.tensor([[1] * 6, [0, 0, 1, 1, 1, 1]])
left = model(input_ids=left_ids, attention_mask=left_mask).logits

OUT.write_text(
    json.dumps(
        {
            "config": {"vocabSize": 17, "contextLength": 12, "width": 8, "layers": 2, "heads": 2, "mlpWidth": 20},
            "huggingFace": {key: value for key, value in config.to_dict().items() if key.startswith(("n_", "vocab", "layer_norm", "activation", "model_type", "tie_word"))},
            "weights": {name: tensor(value) for name, value in model.state_dict().items()},
            "texts": texts,
            "logits": tensor(output.logits),
            "hidden": [tensor(h) for h in output.hidden_states],  # the last one after ln_f
            "full": full,
            "compact": compact,
            "left": {"ids": left_ids.tolist(), "mask": left_mask.tolist(), "logits": tensor(left)},
        }
    )
    + "\n"
)
