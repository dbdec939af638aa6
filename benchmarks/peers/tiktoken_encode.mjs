// Encodes a file with OpenAI's tiktoken (WASM) once for each line on standard input, and prints seconds and tokens.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { get_encoding } from "tiktoken";

const [encoding, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const encoder = get_encoding(encoding);
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const tokens = encoder.encode_ordinary(text).length;
  console.log(`${(performance.now() - start) / 1000} ${tokens}`);
}
