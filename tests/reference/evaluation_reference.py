"""Writes evaluation_reference.json: what tests/Evaluation.Tests compares the tasks with.

/usr/bin/python3 tests/reference/evaluation_reference.py SHARED_DATA
Needs PyTorch. Rendering, byte-pair encoding and scoring written anew from the definitions: nothing in common with the
platform's code but the samples.
"""
import hashlib
import json
import math
import os
import random
import re
import struct
import sys
import unicodedata

import torch
import torch.nn.functional as F

shared = sys.argv[1]
folder = shared + "/checkpoints/sshleifer-tiny-gpt2"


def lines(path):
    return [json.loads(line) for line in open(shared + "/" + path, encoding="utf-8")]


# GPT-2's tokenizer, the slow and plain way.
def byte_table():
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, n = {b: chr(b) for b in kept}, 0
    for b in range(256):
        if b not in table:
            table[b], n = chr(256 + n), n + 1
    return table


BYTES = byte_table()
VOCAB = json.load(open(shared + "/gpt2-bpe/encoder.json", encoding="utf-8"))
MERGES = open(shared + "/gpt2-bpe/vocab.bpe", encoding="utf-8").read().split("\n")[1:-1]
RANKS = {tuple(l.split()): i for i, l in enumerate(MERGES)}
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]


def kind(c):
    if c.isspace() and not "\x1c" <= c <= "\x1f":
        return "s"
    return {"L": "l", "N": "n"}.get(unicodedata.category(c)[0], "o")


def pieces(text):
    i = 0
    while i < len(text):
        hit = next((c for c in CONTRACTIONS if text.startswith(c, i)), None)
        if hit:
            yield hit
            i += len(hit)
            continue
        j = i + 1 if text[i] == " " and i + 1 < len(text) and kind(text[i + 1]) != "s" else i
        k = kind(text[j])
        end = j
        while end < len(text) and kind(text[end]) == k:
            end += 1
        if k == "s" and end < len(text) and end - i > 1:
            end -= 1  # \s+(?!\S): the last one belongs to what follows
        yield text[i:end]
        i = end


def merge(piece, cache={}):
    if piece not in cache:
        parts = [BYTES[b] for b in piece.encode("utf-8")]
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: RANKS.get(pair, 1 << 30))
            if best not in RANKS:
                break
            out, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    out, i = out + [parts[i] + parts[i + 1]], i + 2
                else:
                    out, i = out + [parts[i]], i + 1
            parts = out
        cache[piece] = [VOCAB[p] for p in parts]
    return cache[piece]


def encode(text):
    return [token for piece in pieces(text) for token in merge(piece)]


def pair(context, continuation):
    spaces = len(context) - len(context.rstrip())
    if spaces:
        context, continuation = context[:-spaces], context[-spaces:] + continuation
    whole, head = encode(context + continuation), encode(context)
    return whole[:len(head)], whole[len(head):]


# The tasks: (context, continuations, gold), as lm-evaluation-harness renders them.
def preprocess(text):
    text = text.strip().replace(" [title]", ". ")
    return re.sub("\\[.*?\\]", "", text).replace("  ", " ")


def hellaswag(d):
    context = d["ctx_a"] + " " + d["ctx_b"].capitalize()
    endings = [" " + preprocess(e) for e in d["endings"]]
    return preprocess(d["activity_label"] + ": " + context), endings, int(d["label"])


def question(d):
    return d["query"].strip() + "\nAnswer:", [" " + c for c in d["choices"]], d["gold"]


TASKS = {
    "hellaswag": ("hellaswag/hellaswag_val_orig_700.jsonl", hellaswag),
    "piqa": ("multiple-choice/piqa.jsonl", question),
    "arc_easy": ("multiple-choice/arc_easy.jsonl", question),
    "openbookqa": (
        "multiple-choice/openbook_qa.jsonl",
        lambda d: (d["query"], [" " + c for c in d["choices"]], d["gold"])),
    "lambada_openai": (
        "lambada/lambada_openai_first1500.jsonl",
        lambda d: (d["context"], [" " + d["continuation"]], 0)),
}


def plain(d):
    head = encode(d["ctx"])
    return [(head, encode(" " + ending)) for ending in d["endings"]]


def sha(rows):
    return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()


def split(context, continuation):
    return " ".join(map(str, context)) + "|" + " ".join(map(str, continuation))


# A GPT-2 in double precision.
def load():
    raw = open(folder + "/model.safetensors", "rb").read()
    (length,) = struct.unpack("<Q", raw[:8])
    w = {}
    for name, entry in json.loads(raw[8:8 + length]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            data = bytearray(raw[8 + length + begin:8 + length + end])
            value = torch.frombuffer(data, dtype=torch.float32).view(entry["shape"])
            w[name.replace("transformer.", "")] = value.double()
    return w


W, CONFIG = load(), json.load(open(folder + "/config.json"))


def logits(ids):
    c, h, t = CONFIG["n_embd"], CONFIG["n_head"], len(ids)
    norm = lambda x, n: F.layer_norm(x, (c,), W[n + ".weight"], W[n + ".bias"], 1e-5)
    conv = lambda x, n: x @ W[n + ".weight"] + W[n + ".bias"]
    x = W["wte.weight"][torch.tensor(ids)] + W["wpe.weight"][:t]
    mask = torch.tril(torch.ones(t, t, dtype=torch.bool))
    for i in range(CONFIG["n_layer"]):
        p = f"h.{i}."
        qkv = conv(norm(x, p + "ln_1"), p + "attn.c_attn")
        q, k, v = (y.view(t, h, c // h).transpose(0, 1) for y in qkv.split(c, 1))
        a = ((q @ k.transpose(-2, -1)) / math.sqrt(c // h)).masked_fill(~mask, float("-inf")).softmax(-1)
        x = x + conv((a @ v).transpose(0, 1).reshape(t, c), p + "attn.c_proj")
        g = conv(norm(x, p + "ln_2"), p + "mlp.c_fc")
        x = x + conv(0.5 * g * (1 + torch.tanh(math.sqrt(2 / math.pi) * (g + 0.044715 * g ** 3))), p + "mlp.c_proj")
    return norm(x, "ln_f") @ W["wte.weight"].T


def score(context, continuation, length=1024):
    ids = (context + continuation)[-(length + 1):]
    rows = logits(ids[:-1])[-len(continuation):]
    logs = rows.log_softmax(-1)[range(len(continuation)), continuation]
    return logs.sum().item(), rows.argmax(-1).tolist() == continuation


def examples(docs, render, k, one_more, separator=" "):
    """lm-evaluation-harness's default sampler, over the documents themselves."""
    rnd, out = random.Random(1234), []
    for d in docs:
        drawn = rnd.sample(docs, k + 1 if one_more else k)
        text = ""
        for other in [o for o in drawn if o != d][:k]:
            context, continuations, gold = render(other)
            text += context + continuations[gold] + "\n\n"
        out.append(text)
    return out


def rolling(ids, window, stride):
    """Each token once behind as many others as fit: (context, scored)."""
    ids, at = [50256] + ids, 1
    while at < len(ids):
        count = min(window if at == 1 else stride, len(ids) - at)
        context = min(at, window + 1 - count)
        yield ids[at - context:at], ids[at:at + count]
        at += count


def main():
    out = {"tasks": {}}
    for name, (path, render) in TASKS.items():
        docs = lines(path)
        rendered = [render(d) for d in docs]
        task = {
            "items": len(docs),
            "texts_sha256": sha([x for c, ends, _ in rendered for x in [c] + ends]),
            "tokens_sha256": sha([split(*pair(c, e)) for c, ends, _ in rendered for e in ends]),
            "log_probabilities": [[score(*pair(c, e))[0] for e in ends] for c, ends, _ in rendered[:8]],
        }
        if name == "hellaswag":
            task["plain_tokens_sha256"] = sha([split(*row) for d in docs for row in plain(d)])
            task["plain_log_probabilities"] = [[score(*row)[0] for row in plain(d)] for d in docs[:8]]
        if name == "lambada_openai":
            task["greedy"] = [score(*pair(c, ends[0]))[1] for c, ends, _ in rendered[:8]]
        out["tasks"][name] = task
    docs = lines(TASKS["arc_easy"][0])
    shots = examples(docs, TASKS["arc_easy"][1], 3, one_more=True)
    out["arc_easy_3_shot_sha256"] = sha([s + TASKS["arc_easy"][1](d)[0] for s, d in zip(shots, docs)])
    out["random"] = {
        f"{n},{k}": [random.Random(1234).sample(range(n), k), random.Random(2 ** 40 + 7).sample(range(n), k)]
        for n, k in [(5, 3), (21, 4), (100, 6), (700, 4), (100000, 25)]}
    text = open(shared + "/wikitext-2/valid.txt", encoding="utf-8").read()[:6000]
    out["perplexity"] = []
    for window, stride in [(256, 256), (256, 64)]:
        windows = list(rolling(encode(text), window, stride))
        total = sum(score(c, s, window)[0] for c, s in windows)
        tokens = sum(len(s) for _, s in windows)
        words, size = len(re.split(r"\s+", text)), len(text.encode("utf-8"))
        out["perplexity"].append({
            "window": window, "stride": stride, "tokens": tokens, "words": words, "bytes": size,
            "loss": -total / tokens,
            "word_perplexity": math.exp(-total / words), "byte_perplexity": math.exp(-total / size),
            "bits_per_byte": -total / size / math.log(2)})
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "evaluation_reference.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


main()
