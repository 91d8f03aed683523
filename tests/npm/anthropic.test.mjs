// Anthropic's client for Node against the simulator: what dialects were tested with is what their providers send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: process.env.SIMULATOR_URL, apiKey: 'sk-ant-0123456789', maxRetries: 0 });
const tools = [{ name: 'lookup', input_schema: { type: 'object', properties: { query: { type: 'string' } } } }];
const asking = (script, more = {}) => ({ model: 'claude-haiku-4-5', max_tokens: 1000, messages: [{ role: 'user', content: script }], ...more });

test('reads a message with thinking', async () => {
  const message = await client.messages.create(asking('sim-words-3-reasoning-4-cached-2-tokens-9 go'));
  assert.deepEqual(message.content.map((block) => block.type), ['thinking', 'text']);
  assert.equal(message.content[0].signature, 'c2ln');
  assert.equal(message.content[1].text, 'w000000 w000001 w000002 ');
  assert.deepEqual([message.stop_reason, message.usage.input_tokens, message.usage.cache_read_input_tokens], ['end_turn', 7, 2]);
});

test('reads calls of tools', async () => {
  const message = await client.messages.create(asking('sim-tools-2 go', { tools }));
  const calls = message.content.filter((block) => block.type === 'tool_use');
  assert.deepEqual(calls.map((call) => [call.name, call.input]), [['lookup', { query: 'simulated' }], ['lookup', { query: 'simulated' }]]);
  assert.equal(message.stop_reason, 'tool_use');
});

test('gathers a stream to the same message', async () => {
  for (const script of ['sim-words-3-reasoning-4 go', 'sim-words-3-crlf-comments go']) {
    const message = await client.messages.stream(asking(script)).finalMessage();
    assert.equal(message.content.at(-1).text, 'w000000 w000001 w000002 ');
    assert.equal(message.stop_reason, 'end_turn');
    assert.ok(message.usage.output_tokens > 0);
  }
  const calling = await client.messages.stream(asking('sim-tools-2 go', { tools })).finalMessage();
  assert.deepEqual(calling.content.filter((block) => block.type === 'tool_use').map((call) => call.input), [{ query: 'simulated' }, { query: 'simulated' }]);
});

test('throws its own errors', async () => {
  await assert.rejects(client.messages.create(asking('sim-429 go')), Anthropic.RateLimitError);
  await assert.rejects(client.messages.create({ ...asking('sim go'), max_tokens: undefined }), Anthropic.BadRequestError);
});
