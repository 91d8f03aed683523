// The AI SDK (`ai` with its OpenAI-compatible provider) against a running gateway: BIFROST_URL, BIFROST_KEY.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { beforeContent, faults, tagged } from './faults.mjs';

const provider = createOpenAICompatible({
  name: 'bifrost', baseURL: `${process.env.BIFROST_URL}/openai/v1`, apiKey: process.env.BIFROST_KEY, includeUsage: true });
const ask = (model, more = {}) => ({ model: provider(model), prompt: 'Hello', maxRetries: 0, ...more });
const read = async (result) => {
  const parts = [];
  for await (const part of result.fullStream) parts.push(part);
  return parts;
};
const textOf = (parts) => parts.filter((part) => part.type === 'text-delta').map((part) => part.text).join('');

test('completes', async () => {
  const { text, finishReason, usage } = await generateText(ask('sim/sim-echo'));
  assert.equal(text, 'Hello');
  assert.equal(finishReason, 'stop');
  assert.ok(usage.totalTokens > 0);
});

test('streams with usage', async () => {
  const parts = await read(streamText(ask('sim/sim-words-5')));
  assert.equal(textOf(parts), 'w000000 w000001 w000002 w000003 w000004 ');
  assert.ok(parts.every((part) => part.type !== 'error'));
  const finish = parts.find((part) => part.type === 'finish');
  assert.equal(finish.finishReason, 'stop');
  assert.ok(finish.totalUsage.totalTokens > 0);
});

test('gets tool calls from a stream', async () => {
  const tools = { lookup: tool({ inputSchema: jsonSchema({ type: 'object', properties: { query: { type: 'string' } } }) }) };
  const parts = await read(streamText(ask('sim/sim-tools', { tools })));
  assert.deepEqual(parts.find((part) => part.type === 'tool-call').input, { query: 'simulated' });
});

test('takes a whole completion in place of a stream', async () => {
  const parts = await read(streamText(ask('sim/sim-words-5-nostream')));
  assert.ok(parts.every((part) => part.type !== 'error'));
  assert.ok(textOf(parts).length > 0);
});

for (const model of faults) {
  test(`is told when a stream breaks: ${model}`, async () => {
    const parts = await read(streamText(ask(`idle-2s/${tagged(model)}`, { onError() {} })));
    assert.ok(parts.some((part) => part.type === 'error'), JSON.stringify(parts.map((part) => part.type)));
    assert.ok(textOf(parts).startsWith('w000000'));
  });
}

for (const model of beforeContent) {
  test(`throws when a stream fails before its content: ${model}`, async () => {
    const parts = await read(streamText(ask(`sim/${tagged(model)}`, { onError() {} })));
    const failed = parts.find((part) => part.type === 'error');
    assert.ok(failed.error.statusCode >= 400, String(failed.error));
  });
}
