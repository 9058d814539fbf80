"""Tiny models and the losses of training, from RSDiX's formulas and the papers they come from (torch 1.13.0, transformers 4.37.2).

Shared by train_steps.py and train_curves.py; writes nothing.
"""
import copy

import torch
import torch.nn.functional as F
import transformers
from transformers import BertConfig, BertModel, CLIPConfig, CLIPModel, GPT2Config, GPT2LMHeadModel, SiglipConfig, SiglipModel

assert transformers.__version__ == "4.37.2", transformers.__version__
DIM, TEXT, PREFIX_LENGTH, GPT_WIDTH, VOCABULARY = 6, 4, 2, 6, 17
tower = dict(hidden_size=6, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
unit = lambda x: F.normalize(x, dim=1)


def perturbed(model, by=0.3):
    """Fresh weights, moved so that biases and norms count."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * by)
    return model.train()


def clip():
    text = dict(tower, vocab_size=12, max_position_embeddings=TEXT, hidden_act="quick_gelu", eos_token_id=11, bos_token_id=10)
    vision = dict(tower, image_size=4, patch_size=2, hidden_act="quick_gelu")
    model = perturbed(CLIPModel(CLIPConfig(projection_dim=DIM, text_config=text, vision_config=vision)))
    model.logit_scale.data.fill_(2.5)
    return model


def siglip():
    text = dict(tower, vocab_size=12, max_position_embeddings=TEXT)
    model = perturbed(SiglipModel(SiglipConfig(text_config=text, vision_config=dict(tower, image_size=4, patch_size=2))))
    model.logit_scale.data.fill_(1.7)
    model.logit_bias.data.fill_(-1.5)
    return model


def bert():
    sizes = dict(tower, hidden_size=4)
    dropout = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    return perturbed(BertModel(BertConfig(vocab_size=14, max_position_embeddings=6, **sizes, **dropout), add_pooling_layer=False))


class ClipCap(torch.nn.Module):
    """An MLP, or torch's own pre-norm transformer layers without q/k/v bias, before GPT-2."""

    def __init__(self, transformer=False):
        super().__init__()
        out = GPT_WIDTH * PREFIX_LENGTH
        if transformer:
            self.linear = torch.nn.Linear(DIM, out)
            self.prefix_const = torch.nn.Parameter(torch.randn(PREFIX_LENGTH, GPT_WIDTH))
            layer = torch.nn.TransformerEncoderLayer(GPT_WIDTH, 2, 2 * GPT_WIDTH, dropout=0.0, activation="relu", norm_first=True, batch_first=True)
            self.layers = torch.nn.ModuleList([layer])
        else:
            self.model = torch.nn.Sequential(torch.nn.Linear(DIM, out // 2), torch.nn.Tanh(), torch.nn.Linear(out // 2, out))
        no_dropout = dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
        self.gpt = GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_positions=10, n_embd=GPT_WIDTH, n_layer=1, n_head=2, **no_dropout))
        self.transformer = transformer

    def prefix(self, embeddings):
        x = unit(embeddings)
        if not self.transformer:
            return self.model(x).view(-1, PREFIX_LENGTH, GPT_WIDTH)
        constants = self.prefix_const.expand(len(x), -1, -1)
        return self.layers[0](torch.cat([self.linear(x).view(-1, PREFIX_LENGTH, GPT_WIDTH), constants], 1))[:, PREFIX_LENGTH:]

    def loss(self, embeddings, ids, lengths):
        """Padding is left out by length: id 0 is a token, too."""
        x = torch.cat([self.prefix(embeddings), self.gpt.transformer.wte(ids)], 1)
        mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).float()
        logits = self.gpt(inputs_embeds=x, attention_mask=torch.cat([torch.ones(len(x), PREFIX_LENGTH), mask], 1)).logits
        picked = F.cross_entropy(logits[:, PREFIX_LENGTH - 1 : -1].reshape(-1, VOCABULARY), ids.reshape(-1), reduction="none")
        return (picked.view(mask.shape) * mask).sum() / mask.sum()

    def arrays(self, of=lambda t: t):
        """The published checkpoint's names, for weights or what belongs to them."""
        found = {}
        for name, p in self.named_parameters():
            if name.endswith("in_proj_weight"):
                found["clip_project.transformer.layers.0.attn.to_queries.weight"] = of(p)[:GPT_WIDTH]
                found["clip_project.transformer.layers.0.attn.to_keys_values.weight"] = of(p)[GPT_WIDTH:]
            elif not name.endswith("in_proj_bias"):
                for old, new in (("layers.", "transformer.layers."), ("self_attn.out_proj", "attn.project"), (".linear1", ".mlp.fc1"), (".linear2", ".mlp.fc2")):
                    name = name.replace(old, new) if not name.startswith("gpt.") else name
                found[name if name.startswith("gpt.") else f"clip_project.{name}"] = of(p)
        return found


def clipcap(transformer=False):
    model = perturbed(ClipCap(transformer))
    if transformer:
        model.layers[0].self_attn.in_proj_bias.data.zero_()
        model.layers[0].self_attn.in_proj_bias.requires_grad_(False)
    return model


def embed(model, pixels, ids):
    return unit(model.get_image_features(pixel_values=pixels)), unit(model.get_text_features(input_ids=ids))


def sentences(model, ids, lengths):
    """Masked means of the last hidden states, not yet of length 1."""
    mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).float()
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
    return hidden.sum(1) / mask.sum(1, keepdim=True)


def info_nce(image, text, scale):
    logits, labels = scale.exp() * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def sigmoid(image, text, scale, bias):
    logits = scale.exp() * image @ text.T + bias
    return -F.logsigmoid((2 * torch.eye(len(image)) - 1) * logits).sum(1).mean()


def sinkhorn(cost, lam, iterations):
    q = torch.exp(-cost.double() / lam)
    q = q / q.sum()
    for _ in range(iterations):
        q = q / q.sum(1, keepdim=True) / q.shape[0]
        q = q / q.sum(0, keepdim=True) / q.shape[1]
    return (q / q.sum(1, keepdim=True)).float()


@torch.no_grad()
def targets(image, text, sentence=None, lam=0.1, iterations=4, image_coefficient=1.0, text_coefficient=1.0, remove_diagonal=False):
    """Soft labels of images and of texts; a sentence model's similarities may take the place of the texts' own."""
    texts = text if sentence is None else unit(sentence)
    ii, tt, it = image @ image.T, texts @ texts.T, image @ text.T
    if remove_diagonal:
        ii, tt = ii - 100 * torch.eye(len(ii)), tt - 100 * torch.eye(len(tt))
    both = image_coefficient * ii + text_coefficient * tt
    return sinkhorn(-(both + it), lam, iterations), sinkhorn(-(both + it.T), lam, iterations)


def divergence(image, text, soft, tau):
    s, scale = image @ text.T, tau.exp().clamp(1, 100)
    kl = lambda target, m: F.kl_div((scale * m).log_softmax(1), target, reduction="batchmean")
    return (kl(soft[0], s) + kl(soft[1], s.T)) / 2


def soft_sigmoid(image, text, soft, scale, bias, reference=False):
    """Binary cross-entropy to soft labels; `reference`: the labels multiply the logits."""
    logits = scale.exp() * image @ text.T + bias
    if reference:
        one = lambda target, z: -F.logsigmoid(target * z).sum(1).mean()
    else:
        one = lambda target, z: F.binary_cross_entropy_with_logits(z, target, reduction="none").sum(1).mean()
    return (one(soft[0], logits) + one(soft[1], logits.T)) / 2


def similarity_mse(image, text, sentence):
    s = unit(sentence) @ unit(sentence).T
    return sum(F.mse_loss(m, s) for m in (image @ image.T, image @ text.T, text @ text.T)) / 3


def top1(image, text):
    s, own = image @ text.T, torch.arange(len(image))
    return float(((s.argmax(1) == own).float().mean() + (s.argmax(0) == own).float().mean()) / 2)


@torch.no_grad()
def move(teacher, student, n, maximum):
    """The n-th update of the moving average, n from 0."""
    decay = min(maximum, (1 + n) / (10 + n))
    for a, b in zip(teacher.parameters(), student.parameters()):
        a.mul_(decay).add_(b, alpha=1 - decay)


def frozen(model):
    return copy.deepcopy(model).requires_grad_(False)


def pair_batches(steps, n):
    """The same n pairs every step, with noise on the images and a token or word of each text drawn anew: CLIP's ids end, SigLIP's needn't."""
    ids = torch.randint(0, 10, (1, n, TEXT)).repeat(steps, 1, 1)
    ids[:, :, 1] = torch.randint(0, 10, (steps, n))
    clip_ids = ids.clone()
    clip_ids[:, :, 0], clip_ids[:, :, -1] = 10, 11
    words = torch.randint(0, 10, (1, n, 3)).repeat(steps, 1, 1)
    words[:, :, 1] = torch.randint(0, 10, (steps, n))
    pixels = torch.randn(1, n, 3, 4, 4) * 2 + torch.randn(steps, n, 3, 4, 4) * 0.3
    return {"pixels": pixels, "clipIds": clip_ids, "siglipIds": ids, "words": words}


def bert_ids(words):
    """[CLS] three words [SEP]: ids 0-3 are [PAD] [UNK] [CLS] [SEP], and word k is 4 + k."""
    n = len(words)
    ids = torch.cat([torch.full((n, 1), 2), words + 4, torch.full((n, 1), 3)], 1)
    return ids, torch.full((n,), 5)
