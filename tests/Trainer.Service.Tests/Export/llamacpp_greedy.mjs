// llama.cpp's likeliest next tokens:
//   node llamacpp_greedy.mjs <folder of node_modules> <model.gguf> <count> <id> [<id> ...]
// Prints the ids with blanks between them.
import { pathToFileURL } from "node:url";

const [modules, modelPath, count, ...prompt] = process.argv.slice(2);
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(`${modules}/node-llama-cpp/dist/index.js`).href);
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 1 });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({ contextSize: prompt.length + Number(count), threads: 1 });
const ids = [];
for await (const id of context.getSequence().evaluate(prompt.map(Number), { temperature: 0, yieldEogToken: true })) {
  ids.push(id);
  if (ids.length >= Number(count)) break;
}
console.log(ids.join(" "));
process.exit(0);
