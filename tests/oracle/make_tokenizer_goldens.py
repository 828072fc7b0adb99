#!/usr/bin/env python3
"""Trains two small byte-level BPE tokenizers and records what Hugging Face's library encodes and decodes.

    python3 tests/oracle/make_tokenizer_goldens.py tests/oracle

Needs tokenizers. The format of the files it writes is in README.md.
"""
import json
import pathlib
import random
import sys

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors,
                        trainers)

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
           "<|eot_id|>", "<|eot|>"]
PLAIN_ADDED = "<tool>"  # added, but not special
VOCAB = 640

TRAINING = """
The cache keeps the keys and the values of every token that the model has read. When the cache is
full, something has to leave it: the oldest tokens, the tokens that nobody looks at, or the tokens of
heads that only look at their neighbours. We can't keep everything, we won't drop the first tokens,
and we'll see that it's the middle that goes. They've measured it; I'd say you're right, she'd say
he's wrong. In 1999 there were 128 of them, in 2024 there are 131072.
Der Speicher behält die Schlüssel und die Werte aller Wörter, die das Modell gelesen hat. Größere
Modelle brauchen mehr Speicher, kleinere weniger; über die Straße führt eine Brücke.
La mémoire garde les clés et les valeurs de chaque mot que le modèle a lu, même après l'été.
Память хранит ключи и значения каждого слова, которое прочитала модель.
缓存保存模型读过的每个词的键和值。当缓存满了,总要有东西离开。
キャッシュはモデルが読んだすべての単語のキーと値を保持します。
الذاكرة تحتفظ بالمفاتيح والقيم لكل كلمة قرأها النموذج.
    for (int i = 0; i < count; ++i) {
        total += values[i] * weights[i];
    }
"""

TEXTS = [
    "", " ", "  ", "\n", "a", "Hello, world!", "The cache keeps the keys and the values.",
    "we'll  can't WON'T I'D you're She'S they've x'Lls 'twas rock'n'roll it\u2019s",
    "\u017f'\u017f don'\u017f '\u017ft",  # long s folds to s
    "one\r\ntwo\r\n\r\nthree\rfour\n\n\nfive \n six\n  seven  \n\n  eight",
    "tabs\tand\t\tmore \t mixed \t\n\tend\t", " " * 17 + "x" + " " * 40, "\n" * 30 + "x\n \n \n",
    "trailing   ", "   leading", "a  b   c    d", "1 12 123 1234 12345678901234567890",
    "3.14159, 1e-5, 0x1F, 1,000,000.00 \u00bd \u2163 \u0664\u0665\u0666\u0667 \u4e00\u5343",
    "Gr\u00f6\u00dfere Modelle \u00fcber die Stra\u00dfe: \u00c4\u00d6\u00dc",
    "e\u0301 a\u0300\u0301\u0302 n\u0303o \u0301alone Z\u0351\u036b\u0343a\u0328\u0319l\u0334g\u0335o\u0336",
    "\u041f\u0430\u043c\u044f\u0442\u044c \u0445\u0440\u0430\u043d\u0438\u0442 \u043a\u043b\u044e\u0447\u0438",
    "\u7f13\u5b58\u4fdd\u5b58\u6a21\u578b\u8bfb\u8fc7\u7684\u6bcf\u4e2a\u8bcd\u3002\u5168\u89d2\u3000\u7a7a\u683c\uff01",
    "\u30ad\u30e3\u30c3\u30b7\u30e5\u306f\u30e2\u30c7\u30eb\u304c\u3000\u8aad\u3093\u3060 \ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8",
    "\u0627\u0644\u0630\u0627\u0643\u0631\u0629 \u062a\u062d\u062a\u0641\u0638 \u0628\u0627\u0644\u0645\u0641\u0627\u062a\u064a\u062d \u0648\u0627\u0644\u0642\u064e\u064a\u0651\u0650\u0645",
    "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u1019\u103c\u1014\u103a\u1019\u102c",
    "\U0001f600\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea \u2764\ufe0f #\ufe0f\u20e3",
    "\u1820\u180e\u1821 \u180e\u180e a\u180eb \u00a0nbsp\u00a0\u00a0 \u2003em \u2028line\u2029para\u0085nel\u200bzw\ufeffbom",
    "\x00\x01\x02\x07\x08\x0b\x0c\x0e\x1b[31m\x1c\x1d\x1e\x1f\x7f\x80\x9f",
    "\ue000\uf8ff\U000f0000\U0010ffff\ufffd\ufffe\ufdd0",
    "<|begin_of_text|>", "<|eot_id|>", "a<|eot_id|>b", "<|eot_id|><|eot|><|eot_id", "<|eot_id |> <|EOT_ID|>",
    " <|start_header_id|>user<|end_header_id|>\n\nHi <|eot_id|> ", "<tool> <<tool>> <tool", "<|<tool>eot_id|>",
    "for (int i = 0; i < count; ++i) {\n        total += values[i] * weights[i];\n    }\n",
    "https://example.org/a/b?c=d&e=f#g user@host.test C:\\path\\to !!!??? --- ___ ~~~ $$$ %%% \"q\" (p) [b] {c}",
    "zxqjv" * 300, "the" * 500, "ab " * 400, "!" * 700, "." * 48 + " " + "." * 49, "\u00e9" * 333,
    "\u4fdd" * 200, "\U0001f600" * 100, "9" * 301, "keep" + " " * 500 + "keep", "\r\n" * 200, "A" * 4097,
    "Wor" + "d" * 60, "unseparatedlowercasewordsthatgoonandonwithoutanyspacebetweenthemuntiltheend" * 4,
    "kept whole token", "the kept_whole", "whole kept whole", "keptwhole",
]


def hostile(seed, length):
    """Random characters from ranges where the classes of the split pattern meet."""
    rng = random.Random(seed)
    pools = ["'sSdDtTlLvVeErRmM", " \t\n\r\x0b\x0c\u00a0\u2003\u3000\u180e", "0123456789\u0660\u00b2\u2155",
             "abcXYZ\u00e9\u00df\u0416\u4e2d\u05d0\u0e01", ".,;:!?-_/\\|<>()", "\u0301\u0308\u200d\ufe0f\u20ac\U0001f680",
             "\x00\x1f\x7f\x85"]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(length))


def train(ignore_merges):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(TRAINING.splitlines(keepends=True), trainer)
    data = json.loads(tokenizer.to_str())
    if ignore_merges:
        # Tokens that no merge reaches: they appear only where a piece is looked up as a whole.
        for token in ["kept", "\u0120kept", "\u0120whole", "zxqjv", "\u0120\u0120\u0120"]:
            data["model"]["vocab"].setdefault(token, len(data["model"]["vocab"]))
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    tokenizer.add_tokens([AddedToken(PLAIN_ADDED, special=False, normalized=True)])
    bos = tokenizer.token_to_id(SPECIAL[0])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single=f"{SPECIAL[0]} $A", pair=f"{SPECIAL[0]} $A {SPECIAL[0]} $B:1",
                                      special_tokens=[(SPECIAL[0], bos)])])
    return tokenizer


def gpt2():
    """The older layout: one ByteLevel stage with its built-in pattern and a space before the text."""
    tokenizer = Tokenizer.from_str(train(False).to_str())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    return tokenizer


def main():
    out = pathlib.Path(sys.argv[1])
    texts = TEXTS + [hostile(seed, 120) for seed in range(40)]
    rng = random.Random(7)
    goldens = {}
    for name, tokenizer in [("merges", train(False)), ("ignore", train(True)), ("gpt2", gpt2())]:
        data = json.loads(tokenizer.to_str())
        if name == "gpt2":  # merges as strings, as older files have them
            data["model"]["merges"] = [" ".join(m) for m in data["model"]["merges"]]
        tokenizer = Tokenizer.from_str(json.dumps(data))
        (out / f"tokenizer_{name}.json").write_text(
            json.dumps(data, ensure_ascii=True, separators=(",", ":")) + "\n")
        size = tokenizer.get_vocab_size(with_added_tokens=True)
        # Random ids cut characters in the middle: the decoder has to put U+FFFD there.
        loose = [[rng.randrange(size) for _ in range(12)] for _ in range(60)]
        loose = [ids for ids in loose if tokenizer.token_to_id(PLAIN_ADDED) not in ids]
        goldens[name] = {
            "ids": [tokenizer.encode(t).ids for t in texts],
            "loose": loose,
            "loose_text": [tokenizer.decode(ids, skip_special_tokens=True) for ids in loose],
        }
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            decoded = tokenizer.decode(ids, skip_special_tokens=False)
            assert decoded == text or name == "gpt2", (name, text, decoded)
    # Ids hide where pieces end when no merge crosses the border: the pieces themselves, in bytes.
    split = pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated")
    goldens["pattern"] = LLAMA3
    goldens["pieces"] = [[len(piece.encode()) for piece, _ in split.pre_tokenize_str(t)] if t else []
                         for t in texts]
    goldens["texts"] = texts
    (out / "tokenizer_goldens.json").write_text(
        json.dumps(goldens, ensure_ascii=True, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
