"""Writes masked_run_reference.json: twelve steps of a run with a loss mask in PyTorch, against which
tests/Trainer.Service.Tests checks a worker's.

Run with Debian's PyTorch (apt-get install python3-torch):  /usr/bin/python3 tests/reference/masked_run_reference.py

The model is gpt2_reference.py's, with its weights by a formula. Token i of the data set is (i*i + 3*i + i//5) mod 29;
it counts as a target where i mod 17 <= (i//17) mod 16, so that micro-batches have very different numbers of targets
that count. A step takes four micro-batches of 2 x 16 tokens in order; its loss is the mean over all targets of the step
that count, as if it were one batch. In float64: what differs is the C# worker's rounding alone.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

import gpt2_reference as gpt2

gpt2.CONFIG.update(vocab_size=29, padded=32)
STEPS, MICRO, B, T = 12, 4, 2, 16
RATE, FLOOR, WARMUP = 1e-2, 1e-3, 2


def token(i):
    return (i * i + 3 * i + i // 5) % 29


def counts(i):
    return i % 17 <= i // 17 % 16


def rate(step):
    if step < WARMUP:
        return RATE * (step + 1) / WARMUP
    return FLOOR + 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP))) * (RATE - FLOOR)


def main():
    w = {n: p.detach().double().requires_grad_(True) for n, p in gpt2.make_weights(True).items()}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in w.values() if p.dim() >= 2], "weight_decay": 0.1},
         {"params": [p for p in w.values() if p.dim() < 2], "weight_decay": 0.0}], betas=(0.9, 0.95), eps=1e-8)
    out = {"losses": [], "norms": [], "counted": []}
    for step in range(STEPS):
        first = step * MICRO * B * T
        places = range(first, first + MICRO * B * T)
        ids = torch.tensor([token(i) for i in places]).view(MICRO * B, T)
        targets = torch.tensor([token(i + 1) if counts(i + 1) else -100 for i in places])
        loss = F.cross_entropy(gpt2.forward(w, ids).view(-1, 32), targets, ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        out["losses"].append(loss.item())
        out["norms"].append(torch.nn.utils.clip_grad_norm_(w.values(), 1.0).item())
        out["counted"].append([int((part != -100).sum()) for part in targets.view(MICRO, -1)])
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "masked_run_reference.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
