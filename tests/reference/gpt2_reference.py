"""Writes gpt2_reference.json: a tiny GPT-2 in PyTorch, against which tests/Modeling.Tests checks the C# model.

Run with Debian's PyTorch (apt-get install python3-torch):  /usr/bin/python3 tests/reference/gpt2_reference.py

Weights come from a formula that the tests repeat, so only results are stored:
  element i of parameter number p (in the order of `parameter_shapes`) is
  scale * sin(1 + 0.7 * i + 1.3 * p), plus 1 for the weights of layer norms;
  scale is 0.1 for matrices and embeddings, 0.05 for the rest.
Token (b, t) is (7 * b + 3 * t * t + 5) mod vocab; its target is (11 * b + 5 * t + 2) mod vocab.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

CONFIG = dict(vocab_size=61, padded=64, block_size=16, n_layer=2, n_head=2, n_embd=16)
B, T = 2, 8


def parameter_shapes(bias, config=CONFIG):
    c, shapes = config["n_embd"], []
    add = lambda name, *shape: shapes.append((name, shape))
    add("transformer.wte.weight", config["padded"], c)
    add("transformer.wpe.weight", config["block_size"], c)
    for i in range(config["n_layer"]):
        p = f"transformer.h.{i}."
        for name, shape in (("ln_1", (c,)), ("attn.c_attn", (3 * c, c)), ("attn.c_proj", (c, c)), ("ln_2", (c,)),
                            ("mlp.c_fc", (4 * c, c)), ("mlp.c_proj", (c, 4 * c))):
            add(p + name + ".weight", *shape)
            if bias:
                add(p + name + ".bias", shape[0])
    add("transformer.ln_f.weight", c)
    if bias:
        add("transformer.ln_f.bias", c)
    return shapes


def make_weights(bias):
    weights = {}
    for p, (name, shape) in enumerate(parameter_shapes(bias)):
        scale = 0.1 if len(shape) == 2 else 0.05
        offset = 1 if ".ln_" in name and name.endswith(".weight") else 0
        i = torch.arange(math.prod(shape), dtype=torch.float64)
        value = offset + scale * torch.sin(1 + 0.7 * i + 1.3 * p)
        weights[name] = value.float().view(shape).requires_grad_(True)
    return weights


def forward(w, idx, config=CONFIG):
    c, h = config["n_embd"], config["n_head"]
    get = lambda name: w.get(name)
    x = w["transformer.wte.weight"][idx] + w["transformer.wpe.weight"][: idx.shape[1]]
    norm = lambda x, n: F.layer_norm(x, (c,), w[n + ".weight"], get(n + ".bias"), 1e-5)
    linear = lambda x, n: F.linear(x, w[n + ".weight"], get(n + ".bias"))
    mask = torch.tril(torch.ones(idx.shape[1], idx.shape[1], dtype=torch.bool))
    for i in range(config["n_layer"]):
        p = f"transformer.h.{i}."
        q, k, v = linear(norm(x, p + "ln_1"), p + "attn.c_attn").split(c, dim=2)
        q, k, v = (t.view(*t.shape[:2], h, c // h).transpose(1, 2) for t in (q, k, v))
        a = (q @ k.transpose(-2, -1)) / math.sqrt(c // h)
        a = a.masked_fill(~mask, float("-inf")).softmax(-1)
        x = x + linear((a @ v).transpose(1, 2).reshape(x.shape), p + "attn.c_proj")
        g = F.gelu(linear(norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh")
        x = x + linear(g, p + "mlp.c_proj")
    return F.linear(norm(x, "transformer.ln_f"), w["transformer.wte.weight"])


def reference(bias):
    w = make_weights(bias)
    idx = torch.tensor([[(7 * b + 3 * t * t + 5) % CONFIG["vocab_size"] for t in range(T)] for b in range(B)])
    targets = torch.tensor([[(11 * b + 5 * t + 2) % CONFIG["vocab_size"] for t in range(T)] for b in range(B)])
    groups = [{"params": [p for p in w.values() if p.dim() >= 2], "weight_decay": 0.1},
              {"params": [p for p in w.values() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
    result = {"losses": [], "norms": []}
    for step in range(3):
        logits = forward(w, idx)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            result["logits_last"] = logits[:, -1, :].detach().flatten().tolist()
            # Only odd positions count, as in instruction tuning.
            every = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            result["masked_loss"] = every[:, 1::2].mean().item()
            result["gradients"] = {n: {"norm": p.grad.norm().item(), "first": p.grad.flatten()[:4].tolist(),
                                       "last": p.grad.flatten()[-4:].tolist()} for n, p in w.items()}
        result["losses"].append(loss.item())
        result["norms"].append(torch.nn.utils.clip_grad_norm_(w.values(), 0.5).item())
        optimizer.step()
    result["updated"] = {n: p.detach().flatten()[:4].tolist() for n, p in w.items()}
    return result


if __name__ == "__main__":
    torch.set_num_threads(1)
    out = {"config": CONFIG, "with_bias": reference(True), "without_bias": reference(False)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpt2_reference.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
