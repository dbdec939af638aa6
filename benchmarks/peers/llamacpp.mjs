// Runs a GGUF model by llama.cpp, on the processor, once for each line on standard input, and prints seconds: of a
// prompt up to the first token (prefill), or of the tokens behind it (decode).
import { createInterface } from "node:readline";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [file, work, context, tokens, threads] = process.argv.slice(2);
const llama = await getLlama({
  gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: Number(threads),
});
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const session = await model.createContext({ contextSize: 1024, batchSize: 512, threads: Number(threads) });
const sequence = session.getSequence();
const prompt = Array.from({ length: Number(context) }, (_, i) => (i * 7919) % 50000);
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  await sequence.clearHistory();
  const wanted = work === "prefill" ? 0 : Number(tokens);
  const begin = performance.now();
  let first = 0;
  let seen = -1;
  for await (const _token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    if (++seen === 0) first = performance.now();
    if (seen === wanted) break;
  }
  console.log((work === "prefill" ? first - begin : performance.now() - first) / 1000);
}
process.exit();
