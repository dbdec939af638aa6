"""Writes lora_reference.json: LoRA, rsLoRA and DoRA as PEFT defines them, on the tiny GPT-2 of gpt2_reference.py.

Run with Debian's PyTorch (apt-get install python3-torch):  /usr/bin/python3 tests/reference/lora_reference.py

Each adapted layer is y = W x + b + s * B A x with s = alpha / r, or alpha / sqrt(r) with rsLoRA. With DoRA the layer is
y = W x + b + (m / n - 1) * W x + (m / n) * s * B A x, n the length of each row of W + s B A, taken as a constant.
Element i of A and B is 0.2 * sin(2 + 0.9 * i + 1.7 * p), p the parameter's number: layers in the order of their names
as text, A before B before m. Element i of m is 1 + 0.1 * sin(3 + i) times the length of row i of W.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

import gpt2_reference as base

# Targets with their ranks and alphas: as rank 3, alpha 6 on c_attn and c_fc, with the patterns h.1.mlp.c_fc: 2 and 1.
LAYERS = {"transformer.h.0.attn.c_attn": (3, 6.0), "transformer.h.0.mlp.c_fc": (3, 6.0),
          "transformer.h.1.attn.c_attn": (3, 6.0), "transformer.h.1.mlp.c_fc": (2, 1.0)}


def make_adapter(w, dora):
    adapter = {}
    for name in sorted(LAYERS):
        rank, _ = LAYERS[name]
        rows, columns = w[name + ".weight"].shape
        for part, shape in ((".lora_A.weight", (rank, columns)), (".lora_B.weight", (rows, rank))):
            i = torch.arange(math.prod(shape), dtype=torch.float64)
            value = 0.2 * torch.sin(2 + 0.9 * i + 1.7 * len(adapter))
            adapter[name + part] = value.float().view(shape).requires_grad_(True)
        if dora:
            lengths = w[name + ".weight"].detach().norm(dim=1)
            i = torch.arange(rows, dtype=torch.float64)
            value = lengths.double() * (1 + 0.1 * torch.sin(3 + i))
            adapter[name + ".lora_magnitude_vector"] = value.float().requires_grad_(True)
    return adapter


def forward(w, adapter, idx, rslora, dora):
    plain = F.linear

    def linear(x, weight, bias=None):
        name = names.get(id(weight))
        if name not in LAYERS:
            return plain(x, weight, bias)
        rank, alpha = LAYERS[name]
        scale = alpha / math.sqrt(rank) if rslora else alpha / rank
        a, b = adapter[name + ".lora_A.weight"], adapter[name + ".lora_B.weight"]
        low = plain(plain(x, a), b) * scale
        if not dora:
            return plain(x, weight, bias) + low
        length = (weight + scale * (b @ a)).norm(dim=1).detach()
        ratio = adapter[name + ".lora_magnitude_vector"] / length
        return plain(x, weight, bias) + (ratio - 1) * plain(x, weight) + ratio * low

    names = {id(value): name[: -len(".weight")] for name, value in w.items() if name.endswith(".weight")}
    base.F.linear = linear
    try:
        return base.forward(w, idx)
    finally:
        base.F.linear = plain


def reference(rslora=False, dora=False):
    w = base.make_weights(True)
    adapter = make_adapter(w, dora)
    size = base.CONFIG["vocab_size"]
    idx = torch.tensor([[(7 * b + 3 * t * t + 5) % size for t in range(base.T)] for b in range(base.B)])
    targets = torch.tensor([[(11 * b + 5 * t + 2) % size for t in range(base.T)] for b in range(base.B)])
    logits = forward(w, adapter, idx, rslora, dora)
    loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
    loss.backward()
    # lora_only: the biases of the adapted layers train too.
    trained = dict(adapter, **{n + ".bias": w[n + ".bias"] for n in LAYERS})
    return {"loss": loss.item(), "logits_last": logits[:, -1, :].detach().flatten().tolist(),
            "gradients": {n: {"norm": p.grad.norm().item(), "first": p.grad.flatten()[:4].tolist(),
                              "last": p.grad.flatten()[-4:].tolist()} for n, p in trained.items()}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    out = {"lora": reference(), "rslora": reference(rslora=True), "dora": reference(dora=True),
           "dora_rslora": reference(rslora=True, dora=True)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lora_reference.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
