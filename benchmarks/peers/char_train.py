"""Trains a character-level GPT on random characters with nanoGPT's processor settings, once for each line on standard
input, and prints the seconds. The arithmetic of nanoGPT's model.py and train.py (manual attention: this PyTorch may
have no other; AdamW in two groups; loss estimated on 20 batches of both splits every 250 iterations), in plain
PyTorch."""
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

L, H, C, T, B, V = 4, 4, 128, 64, 12, 65
steps = int(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(C)) for _ in range(2)])
        sizes = [(C, 3 * C), (C, C), (C, 4 * C), (4 * C, C)]
        self.linear = torch.nn.ModuleList([torch.nn.Linear(a, b, bias=False) for a, b in sizes])

    def forward(self, x, mask):
        b, t, _ = x.shape
        h = F.layer_norm(x, (C,), self.gain[0], None, 1e-5)
        q, k, v = (part.view(b, t, H, C // H).transpose(1, 2) for part in self.linear[0](h).split(C, dim=2))
        a = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
        a = a.masked_fill(mask[:, :, :t, :t] == 0, float("-inf")).softmax(-1)
        x = x + self.linear[1]((a @ v).transpose(1, 2).contiguous().view(b, t, C))
        h = F.layer_norm(x, (C,), self.gain[1], None, 1e-5)
        return x + self.linear[3](F.gelu(self.linear[2](h)))


class Gpt(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = torch.nn.Embedding(V, C), torch.nn.Embedding(T, C)
        self.blocks = torch.nn.ModuleList([Block() for _ in range(L)])
        self.gain = torch.nn.Parameter(torch.ones(C))
        self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T))
        for parameter in self.parameters():
            if parameter.dim() >= 2:
                torch.nn.init.normal_(parameter, 0, 0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x, self.mask)
        logits = F.linear(F.layer_norm(x, (C,), self.gain, None, 1e-5), self.tokens.weight)
        return F.cross_entropy(logits.view(-1, V), targets.view(-1))


def batch(data):
    starts = torch.randint(len(data) - T, (B,))
    rows = [torch.from_numpy(data[i:i + T + 1].astype(np.int64)) for i in starts]
    both = torch.stack(rows)
    return both[:, :-1].contiguous(), both[:, 1:].contiguous()


def rate(step):
    if step < 100:
        return 1e-3 * (step + 1) / 101
    return 1e-4 + 0.5 * (1 + math.cos(math.pi * (step - 100) / max(1, steps - 100))) * 9e-4


@torch.no_grad()
def estimate(model, splits):
    model.eval()
    for data in splits:
        sum(float(model(*batch(data))) for _ in range(20))
    model.train()


def train():
    splits = [np.random.randint(0, V, n).astype(np.uint16) for n in (1_000_000, 100_000)]
    model = Gpt()
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], betas=(0.9, 0.99))
    inputs, targets = batch(splits[0])
    for step in range(steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        if step % 250 == 0:
            estimate(model, splits)
        if step == steps:
            break
        loss = model(inputs, targets)
        inputs, targets = batch(splits[0])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()  # As its log line does at every iteration.


print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    train()
    print(time.perf_counter() - start, flush=True)
