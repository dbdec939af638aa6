"""Trains a BPE with SentencePiece once for each line on standard input, and prints the seconds."""
import sys
import tempfile
import time

import sentencepiece

file, size, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for _ in sys.stdin:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        sentencepiece.SentencePieceTrainer.train(
            input=file, model_prefix=folder + "/sp", vocab_size=size, model_type="bpe", num_threads=threads,
            minloglevel=2, max_sentence_length=100000, byte_fallback=True)
        print(time.perf_counter() - start, flush=True)
