// Streams a generation: the text appears as it comes; Ctrl-C ends it, and frees its place on the server.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const { values: flags } = parseArgs({
  options: {
    address: { type: 'string', default: 'localhost:5131' },
    model: { type: 'string' },
    prompt: { type: 'string', default: '' },
    'max-tokens': { type: 'string', default: '64' },
    temperature: { type: 'string', default: '0.8' },
    'top-k': { type: 'string', default: '0' },
    seed: { type: 'string' },
    stop: { type: 'string', multiple: true, default: [] },
    logprobs: { type: 'string' },
    'cancel-after': { type: 'string' },
  },
});
if (!flags.model) {
  console.error('usage: node generate.mjs --model runs/<id> [--prompt TEXT] [--address HOST:PORT] [--max-tokens N]');
  console.error('       [--temperature T] [--top-k K] [--seed S] [--stop TEXT]... [--logprobs N] [--cancel-after N]');
  process.exit(2);
}

// The protos themselves, read at run time; no code is generated.
const protos = fileURLToPath(new URL('../../protos', import.meta.url));
const definition = protoLoader.loadSync('platform/inference/v1/inference_service.proto', {
  includeDirs: [protos],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { InferenceService } = grpc.loadPackageDefinition(definition).platform.inference.v1;

const sampling = {
  temperature: Number(flags.temperature),
  top_k: Number(flags['top-k']),
  max_tokens: Number(flags['max-tokens']),
  stop: flags.stop,
};
if (flags.seed !== undefined) sampling.seed = flags.seed;
if (flags.logprobs !== undefined) sampling.logprobs = Number(flags.logprobs);

const metadata = new grpc.Metadata();
if (process.env.PLATFORM_API_KEY) metadata.set('authorization', `Bearer ${process.env.PLATFORM_API_KEY}`);

const client = new InferenceService(flags.address, grpc.credentials.createInsecure());
const call = client.StreamGenerate({ model: flags.model, prompt: flags.prompt, sampling }, metadata);
process.on('SIGINT', () => call.cancel());

let last;
let count = 0;
const scores = [];
call.on('data', (message) => {
  last = message;
  scores.push(...message.logprobs);
  process.stdout.write(message.text);
  if (++count === Number(flags['cancel-after'])) call.cancel();
});
call.on('error', (error) => {
  console.error(error.code === grpc.status.CANCELLED
    ? '\n(cancelled)'
    : `\n${grpc.status[error.code]}: ${error.details}`);
  process.exitCode = error.code === grpc.status.CANCELLED ? 130 : 1;
  client.close();
});
call.on('end', () => {
  client.close();
  if (!last?.usage) return;
  const name = (token) => JSON.stringify(token.toString());
  for (const score of scores) {
    const top = score.top.map((one) => `${name(one.token)} ${one.logprob.toFixed(3)}`).join('  ');
    console.error(`${name(score.token)} ${score.logprob.toFixed(3)}  ${top}`);
  }
  const { completion_tokens, first_token_seconds, tokens_per_second } = last.usage;
  console.error(
    `\n\n${last.finish_reason}, seed ${last.seed}: ${completion_tokens} tokens, the first after ` +
      `${first_token_seconds.toFixed(3)} s, then ${tokens_per_second.toFixed(1)} a second`,
  );
});
