// LangChain's OpenAI client against a running gateway: BIFROST_URL, BIFROST_KEY.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatOpenAI } from '@langchain/openai';
import { beforeContent, faults, tagged } from './faults.mjs';

const client = (model, more = {}) => new ChatOpenAI({
  model, apiKey: process.env.BIFROST_KEY, maxRetries: 0, configuration: { baseURL: `${process.env.BIFROST_URL}/openai/v1` }, ...more });
const read = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

test('completes', async () => {
  const answer = await client('sim/sim-echo').invoke('Hello');
  assert.equal(answer.content, 'Hello');
  assert.ok(answer.usage_metadata.total_tokens > 0);
});

test('streams with usage', async () => {
  const chunks = await read(await client('sim/sim-words-5').stream('Hello'));
  assert.equal(chunks.map((chunk) => chunk.content).join(''), 'w000000 w000001 w000002 w000003 w000004 ');
  assert.ok(chunks.some((chunk) => chunk.usage_metadata?.total_tokens > 0));
});

test('gets tool calls', async () => {
  const tools = [{ type: 'function', function: { name: 'lookup', description: 'Looks up.', parameters: { type: 'object', properties: { query: { type: 'string' } } } } }];
  const answer = await client('sim/sim-tools').bindTools(tools).invoke('Hello');
  assert.deepEqual(answer.tool_calls[0].args, { query: 'simulated' });
});

for (const model of faults) {
  test(`throws when a stream breaks: ${model}`, async () => {
    await assert.rejects(async () => read(await client(`idle-2s/${tagged(model)}`).stream('Hello')));
  });
}

for (const model of beforeContent) {
  test(`throws with its status when a stream fails before its content: ${model}`, async () => {
    const thrown = await client(`sim/${tagged(model)}`).stream('Hello').then(read).then(() => null, (error) => error);
    assert.ok(thrown?.status >= 400, String(thrown));
  });
}
