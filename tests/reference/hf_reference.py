"""Prints the last position's logits of a Hugging Face GPT-2 checkpoint, for tests/Modeling.Tests/ModelFolderTests.cs.

/usr/bin/python3 tests/reference/hf_reference.py FOLDER ID ID …
An independent reading of the format: names with or without "transformer.", Conv1D weights [in, out].
"""
import json
import math
import struct
import sys

import torch
import torch.nn.functional as F

folder, ids = sys.argv[1], torch.tensor([[int(x) for x in sys.argv[2:]]])
config = json.load(open(folder + "/config.json"))
raw = open(folder + "/model.safetensors", "rb").read()
(length,) = struct.unpack("<Q", raw[:8])
w = {}
for name, entry in json.loads(raw[8:8 + length]).items():
    if name != "__metadata__" and entry["dtype"] == "F32":
        begin, end = entry["data_offsets"]
        data = bytearray(raw[8 + length + begin:8 + length + end])
        w[name.removeprefix("transformer.")] = torch.frombuffer(data, dtype=torch.float32).view(entry["shape"])
c, h, eps = config["n_embd"], config["n_head"], config.get("layer_norm_epsilon", 1e-5)
T = ids.shape[1]
mask = torch.tril(torch.ones(T, T, dtype=torch.bool))
conv = lambda x, n: x @ w[n + ".weight"] + w[n + ".bias"]
norm = lambda x, n: F.layer_norm(x, (c,), w[n + ".weight"], w[n + ".bias"], eps)
x = w["wte.weight"][ids] + w["wpe.weight"][:T]
for i in range(config["n_layer"]):
    p = f"h.{i}."
    qkv = conv(norm(x, p + "ln_1"), p + "attn.c_attn").split(c, 2)
    q, k, v = (t.view(1, T, h, c // h).transpose(1, 2) for t in qkv)
    a = ((q @ k.transpose(-2, -1)) / math.sqrt(c // h)).masked_fill(~mask, float("-inf")).softmax(-1)
    x = x + conv((a @ v).transpose(1, 2).reshape(x.shape), p + "attn.c_proj")
    x = x + conv(F.gelu(conv(norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh"), p + "mlp.c_proj")
logits = norm(x, "ln_f")[0, -1] @ w["wte.weight"].t()
print("first 4:", logits[:4].tolist())
print("argmax:", logits.argmax().item(), "max:", logits.max().item(), "log-sum-exp:", logits.logsumexp(0).item())
