"""Writes gpt2_124m_reference.json: GPT-2 124M in PyTorch, against which tests/Modeling.Tests checks the C# model.

Run with Debian's packages python3-torch and python3-numpy:  /usr/bin/python3 tests/reference/gpt2_124m_reference.py

Half a gigabyte of weights is no file for a repository: both sides make them by a formula, and only results are stored.
Element i of parameter number p (in the order of gpt2_reference.py's `parameter_shapes`) is offset + scale *
noise(p, i), rounded to fp32: noise is even in [-1, 1), from a hash of both numbers; `recipe` has offset and scale. The
computation is in float64, so that what differs is the C# model's rounding alone. Of each gradient the norm, both ends
and a scalar product with noise(1000 + p, i) are stored, the latter so that no element goes unseen.
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

import gpt2_reference as gpt2

CONFIG = dict(vocab_size=50257, padded=50304, block_size=1024, n_layer=12, n_head=12, n_embd=768)
VOCAB = CONFIG["vocab_size"]
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


def recipe(name, shape):
    """Offset and scale: matrices as wide as GPT-2's initialisation makes them, the rest so that it shows."""
    if len(shape) == 1:
        return (1.0 if ".ln_" in name and name.endswith(".weight") else 0.0), 0.1
    deep = math.sqrt(2 * CONFIG["n_layer"]) if name.endswith("c_proj.weight") else 1.0
    return 0.0, 0.02 * math.sqrt(3) / deep


def make_weights():
    weights = {}
    for p, (name, shape) in enumerate(gpt2.parameter_shapes(True, CONFIG)):
        offset, scale = recipe(name, shape)
        value = (offset + scale * noise(p, math.prod(shape))).astype(np.float32)
        weights[name] = torch.from_numpy(value.astype(np.float64)).view(shape).requires_grad_(True)
    return weights


def main():
    w = make_weights()
    idx = torch.tensor([[(7919 * b + 104729 * t + 11 * t * t + 5) % VOCAB for t in range(T)] for b in range(B)])
    targets = torch.tensor([[(1299709 * b + 15485863 * t + 2) % VOCAB for t in range(T)] for b in range(B)])
    logits = gpt2.forward(w, idx, CONFIG)
    loss = F.cross_entropy(logits.view(-1, CONFIG["padded"]), targets.view(-1))
    loss.backward()
    last = logits[:, -1, :VOCAB].detach()
    gradients = {}
    for p, (name, _) in enumerate(gpt2.parameter_shapes(True, CONFIG)):
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
