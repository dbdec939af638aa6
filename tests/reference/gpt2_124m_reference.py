"""Writes gpt2_124m_reference.json: GPT-2 124M in PyTorch, against which tests/Modeling.Tests checks the C# model.

Run with Debian's packages python3-torch and python3-numpy:  /usr/bin/python3 tests/reference/gpt2_124m_reference.py

Half a gigabyte of weights is no file for a repository: both sides make them by a formula, and only results are stored.
Element i of parameter number p (in the order of `parameter_shapes`) is offset + scale * noise(p, i), rounded to fp32:
noise is even in [-1, 1), from a hash of both numbers; `recipe` has offset and scale. The computation is in float64, so
that what differs is the C# model's rounding alone. Of each gradient the norm, both ends and a scalar product with
noise(1000 + p, i) are stored, the latter so that no element goes unseen.
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

VOCAB, PADDED, CONTEXT, LAYERS, HEADS, WIDTH = 50257, 50304, 1024, 12, 12, 768
B, T = 2, 32
LOGITS_EVERY = 997


def noise(p, count):
    i = np.arange(count, dtype=np.uint32)
    h = i * np.uint32(0x9E3779B1) + np.uint32((p * 0x85EBCA6B) & 0xFFFFFFFF)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(12)
    h *= np.uint32(0x297A2D39)
    h ^= h >> np.uint32(15)
    return h.astype(np.float64) / 2.0**31 - 1


def parameter_shapes():
    c, shapes = WIDTH, []
    shapes.append(("transformer.wte.weight", (PADDED, c)))
    shapes.append(("transformer.wpe.weight", (CONTEXT, c)))
    for i in range(LAYERS):
        p = f"transformer.h.{i}."
        for name, shape in (("ln_1", (c,)), ("attn.c_attn", (3 * c, c)), ("attn.c_proj", (c, c)), ("ln_2", (c,)),
                            ("mlp.c_fc", (4 * c, c)), ("mlp.c_proj", (c, 4 * c))):
            shapes.append((p + name + ".weight", shape))
            shapes.append((p + name + ".bias", (shape[0],)))
    shapes.append(("transformer.ln_f.weight", (c,)))
    shapes.append(("transformer.ln_f.bias", (c,)))
    return shapes


def recipe(name, shape):
    """Offset and scale: matrices as wide as GPT-2's initialisation makes them, the rest so that it shows."""
    if len(shape) == 1:
        return (1.0 if ".ln_" in name and name.endswith(".weight") else 0.0), 0.1
    deep = math.sqrt(2 * LAYERS) if name.endswith("c_proj.weight") else 1.0
    return 0.0, 0.02 * math.sqrt(3) / deep


def make_weights():
    weights = {}
    for p, (name, shape) in enumerate(parameter_shapes()):
        offset, scale = recipe(name, shape)
        value = (offset + scale * noise(p, math.prod(shape))).astype(np.float32)
        weights[name] = torch.from_numpy(value.astype(np.float64)).view(shape).requires_grad_(True)
    return weights


def forward(w, idx):
    c, h = WIDTH, HEADS
    x = w["transformer.wte.weight"][idx] + w["transformer.wpe.weight"][: idx.shape[1]]
    norm = lambda x, n: F.layer_norm(x, (c,), w[n + ".weight"], w[n + ".bias"], 1e-5)
    linear = lambda x, n: F.linear(x, w[n + ".weight"], w[n + ".bias"])
    mask = torch.tril(torch.ones(idx.shape[1], idx.shape[1], dtype=torch.bool))
    for i in range(LAYERS):
        p = f"transformer.h.{i}."
        q, k, v = linear(norm(x, p + "ln_1"), p + "attn.c_attn").split(c, dim=2)
        q, k, v = (t.view(*t.shape[:2], h, c // h).transpose(1, 2) for t in (q, k, v))
        a = (q @ k.transpose(-2, -1)) / math.sqrt(c // h)
        a = a.masked_fill(~mask, float("-inf")).softmax(-1)
        x = x + linear((a @ v).transpose(1, 2).reshape(x.shape), p + "attn.c_proj")
        g = F.gelu(linear(norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh")
        x = x + linear(g, p + "mlp.c_proj")
    return F.linear(norm(x, "transformer.ln_f"), w["transformer.wte.weight"])


def main():
    w = make_weights()
    idx = torch.tensor([[(7919 * b + 104729 * t + 11 * t * t + 5) % VOCAB for t in range(T)] for b in range(B)])
    targets = torch.tensor([[(1299709 * b + 15485863 * t + 2) % VOCAB for t in range(T)] for b in range(B)])
    logits = forward(w, idx)
    loss = F.cross_entropy(logits.view(-1, PADDED), targets.view(-1))
    loss.backward()
    last = logits[:, -1, :VOCAB].detach()
    gradients = {}
    for p, (name, _) in enumerate(parameter_shapes()):
        g = w[name].grad.flatten()
        probe = torch.from_numpy(noise(1000 + p, g.numel()))
        gradients[name] = {"norm": g.norm().item(), "probe": torch.dot(g, probe).item(),
                           "first": g[:4].tolist(), "last": g[-4:].tolist()}
    out = {"loss": loss.item(), "logits_norm": last.norm().item(),
           "logits": last[:, ::LOGITS_EVERY].flatten().tolist(), "gradients": gradients}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpt2_124m_reference.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
