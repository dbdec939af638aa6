// Writes texts of all scripts, drawn by a seed, with their ids by OpenAI's tiktoken (WASM):
//   npm install --ignore-scripts tiktoken@1.0.22 &&
//     node tiktoken_vectors.mjs 150 1 > ../Tokenization.Tests/tiktoken_vectors.jsonl
import { get_encoding } from "tiktoken";

const [count, seed] = process.argv.slice(2).map(Number);
let state = seed >>> 0;
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

// First and last code points of what is drawn from: scripts, marks, numbers, spaces, symbols, emoji, beyond the BMP.
const ranges = [
  [0x20, 0x7e], [0x20, 0x7e], [0x41, 0x7a], [0x09, 0x0d], [0x20, 0x20], [0x30, 0x39], [0xa0, 0xff], [0x100, 0x24f],
  [0x300, 0x36f], [0x370, 0x3ff], [0x400, 0x4ff], [0x530, 0x58f], [0x590, 0x5ff], [0x600, 0x6ff], [0x900, 0x97f],
  [0xe00, 0xe7f], [0x10a0, 0x10ff], [0x1100, 0x11ff], [0x1e00, 0x1fff], [0x2000, 0x206f], [0x2070, 0x209f],
  [0x2150, 0x218f], [0x2190, 0x22ff], [0x3000, 0x303f], [0x3040, 0x30ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3],
  [0xf900, 0xfaff], [0xff00, 0xffef], [0x10300, 0x1034a], [0x10400, 0x1044f], [0x1d400, 0x1d7ff], [0x1f300, 0x1f6ff],
  [0x20000, 0x2a6df], [0xe0100, 0xe01ef],
];
const words = ["don't", "I'LL", "we'Ve", "'s", "'ſ", "HTTPServer", "camelCase", "12345", "\r\n\r\n", "   \n  ", "//",
  "()\n", "<|endoftext|>", "👩‍👩‍👧", "e\u0301", "ﬁ", "\u200b", "\u3000", "ǅ", "…", "\u0085", "\u2028"];

function text() {
  let result = "";
  while (random(6) > 0 || result === "") {
    if (random(4) === 0) {
      result += words[random(words.length)];
      continue;
    }
    const [first, last] = ranges[random(ranges.length)];
    for (let n = 1 + random(6); n > 0; n--) result += String.fromCodePoint(first + random(last - first + 1));
  }
  return result;
}

const encodings = ["gpt2", "cl100k_base", "o200k_base"].map((name) => [name, get_encoding(name)]);
for (let i = 0; i < count; i++) {
  const vector = { text: text() };
  for (const [name, encoder] of encodings) vector[name] = Array.from(encoder.encode_ordinary(vector.text));
  console.log(JSON.stringify(vector));
}
