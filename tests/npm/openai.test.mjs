// OpenAI's client for Node against a running gateway: BIFROST_URL, BIFROST_KEY, and the simulator behind it at SIMULATOR_URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { beforeContent, faults } from './faults.mjs';

const base = process.env.BIFROST_URL;
const key = process.env.BIFROST_KEY;
const simulator = process.env.SIMULATOR_URL;
const messages = [{ role: 'user', content: 'Hello' }];
const client = (options = {}) => new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: key, maxRetries: 0, ...options });
const tagged = (model) => `${model}-tag-n${process.pid}x${(tagged.count = (tagged.count ?? 0) + 1)}`;
const bill = async (model) =>
  (await (await fetch(`${simulator}/bill`)).text()).split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((line) => line.model === model);
const read = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('');

test('completes', async () => {
  const { data, request_id } = await client().chat.completions.create({ model: 'sim/sim-echo', messages }).withResponse();
  assert.equal(data.choices[0].message.content, 'Hello');
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.ok(data.usage.total_tokens > 0);
  assert.ok(request_id);
  assert.equal(data.extra_fields.provider, 'sim');
});

test('streams without usage unless asked', async () => {
  const chunks = await read(await client().chat.completions.create({ model: 'sim/sim-words-5', messages, stream: true }));
  assert.equal(textOf(chunks), 'w000000 w000001 w000002 w000003 w000004 ');
  assert.ok(chunks.every((chunk) => !chunk.usage));
});

test('streams with usage when asked', async () => {
  const chunks = await read(await client().chat.completions.create({
    model: 'sim/sim-words-5', messages, stream: true, stream_options: { include_usage: true } }));
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.total_tokens > 0);
});

const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { query: { type: 'string' } } } } }];

test('gets tool calls', async () => {
  const answer = await client().chat.completions.create({ model: 'sim/sim-tools', messages, tools });
  assert.equal(answer.choices[0].finish_reason, 'tool_calls');
  assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'lookup');
  const chunks = await read(await client().chat.completions.create({ model: 'sim/sim-tools', messages, tools, stream: true }));
  const args = chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? []).map((call) => call.function?.arguments ?? '').join('');
  assert.deepEqual(JSON.parse(args), { query: 'simulated' });
});

test('gets logprobs', async () => {
  const answer = await client().chat.completions.create({ model: 'sim/sim', messages, logprobs: true, top_logprobs: 2 });
  assert.ok(answer.choices[0].logprobs.content.length > 0);
});

for (const [model, status, type] of [
  ['sim/sim-400', 400, OpenAI.BadRequestError], ['sim/sim-404', 404, OpenAI.NotFoundError],
  ['sim/sim-422', 422, OpenAI.UnprocessableEntityError], ['sim/sim-429', 429, OpenAI.RateLimitError], ['sim/sim-500', 500, OpenAI.InternalServerError],
  ['sim/sim-reset', 502, OpenAI.InternalServerError],
]) {
  test(`throws its class for ${model}`, async () => {
    const error = await client().chat.completions.create({ model, messages }).then(() => null, (thrown) => thrown);
    assert.ok(error instanceof type, `${error?.constructor?.name} ${error?.status} ${error?.message}`);
    assert.equal(error.status, status);
    assert.ok(error.message.length > 5);
    assert.ok(error.requestID);
  });
}

test('throws for keys that are unknown or missing', async () => {
  const unknown = await client({ apiKey: 'sk-bf-unknown' }).chat.completions.create({ model: 'sim/sim', messages }).catch((thrown) => thrown);
  assert.ok(unknown instanceof OpenAI.PermissionDeniedError);
  assert.equal(unknown.type, 'access_not_found');
  const dummy = await client({ apiKey: 'dummy' }).chat.completions.create({ model: 'sim/sim', messages }).catch((thrown) => thrown);
  assert.ok(dummy instanceof OpenAI.AuthenticationError);
});

test('names the field that is wrong', async () => {
  const error = await client().chat.completions.create({ model: 'sim/sim', messages, temperature: 3 }).catch((thrown) => thrown);
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, 'temperature');
});

test('its retries meet the upstream again', async () => {
  const model = tagged('sim-first-2-503');
  const answer = await client({ maxRetries: 2 }).chat.completions.create({ model: `sim/${model}`, messages });
  assert.ok(answer.choices[0].message.content);
  assert.equal((await bill(model)).length, 3);
});

test('honours Retry-After', async () => {
  const model = tagged('sim-once-429-retry-1');
  const begun = performance.now();
  await client({ maxRetries: 1 }).chat.completions.create({ model: `sim/${model}`, messages });
  assert.ok(performance.now() - begun >= 950);
});

test('leaving a stream lets the upstream end its account', async () => {
  const model = tagged('sim-paced-20x20ms');
  const stream = await client().chat.completions.create({ model: `sim/${model}`, messages, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) break;
  let lines;
  do lines = await bill(model);
  while (lines[0].outcome === 'running');
  assert.equal(lines[0].outcome, 'completed');
});

for (const model of faults) {
  test(`throws when a stream breaks: ${model}`, async () => {
    const stream = await client().chat.completions.create({ model: `idle-2s/${tagged(model)}`, messages, stream: true });
    await assert.rejects(read(stream), OpenAI.APIError);
  });
}

for (const model of beforeContent) {
  test(`throws its status when a stream fails before its content: ${model}`, async () => {
    const error = await client().chat.completions.create({ model: `sim/${tagged(model)}`, messages, stream: true }).catch((thrown) => thrown);
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.ok(error.status >= 400);
  });
}

test('takes a whole completion in place of a stream', async () => {
  const chunks = await read(await client().chat.completions.create({ model: 'sim/sim-words-5-nostream', messages, stream: true }));
  assert.ok(textOf(chunks).length > 0);
});

test('lists models', async () => {
  const ids = [];
  for await (const model of client().models.list()) ids.push(model.id);
  assert.ok(ids.includes('sim/sim-echo'));
  assert.equal((await client().models.retrieve('sim/sim-echo')).id, 'sim/sim-echo');
});
