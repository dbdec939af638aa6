// A chat through OpenAI's own client: an answer, the same streamed with log-probabilities, and a text completion.
import { parseArgs } from 'node:util';
import OpenAI from 'openai';

const { values: flags } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:5132/v1' },
    model: { type: 'string' },
    question: { type: 'string', default: 'Who are you?' },
    'max-tokens': { type: 'string', default: '32' },
  },
});
if (!flags.model) {
  console.error(
    'usage: node chat.mjs --model runs/<id> [--question TEXT] [--url http://HOST:PORT/v1] [--max-tokens N]');
  process.exit(2);
}

const client = new OpenAI({ baseURL: flags.url, apiKey: process.env.PLATFORM_API_KEY ?? 'none', maxRetries: 0 });
const request = {
  model: flags.model,
  messages: [{ role: 'user', content: flags.question }],
  max_completion_tokens: Number(flags['max-tokens']),
  temperature: 0,
};

try {
  const answer = await client.chat.completions.create(request);
  console.log(answer.choices[0].message.content);

  let streamed = '';
  let logprob = 0;
  const stream = await client.chat.completions.create({ ...request, stream: true, logprobs: true, top_logprobs: 2 });
  for await (const part of stream) {
    streamed += part.choices[0].delta.content ?? '';
    for (const token of part.choices[0].logprobs?.content ?? []) logprob += token.logprob;
  }
  const same = streamed === answer.choices[0].message.content;
  console.error(`streamed the same: ${same}, log-probability ${logprob.toFixed(3)}`);

  const text = await client.completions.create({
    model: flags.model, prompt: flags.question, max_tokens: 1, echo: true, logprobs: 1, temperature: 0,
  });
  console.error(`tokens scored: ${text.choices[0].logprobs.token_logprobs.length}, usage ${text.usage.total_tokens}`);
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.error(`${error.status} ${error.code}: ${error.message}`);
  process.exitCode = 1;
}
