// Jobs by header with OpenAI's client for Node, unmodified but for its default headers: BIFROST_URL, BIFROST_KEY, SIMULATOR_URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';

const messages = [{ role: 'user', content: 'Hello' }];
const client = (defaultHeaders, options = {}) =>
  new OpenAI({ baseURL: `${process.env.BIFROST_URL}/openai/v1`, apiKey: process.env.BIFROST_KEY, defaultHeaders, ...options });
const bill = async (model) =>
  (await (await fetch(`${process.env.SIMULATOR_URL}/bill`)).text()).split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((line) => line.model === model);

test('submits a job and polls until its choices are there', async () => {
  const model = `sim-echo-tag-j${process.pid}x1`;
  const { data, response } = await client({ 'x-bf-async': 'true' }).chat.completions.create({ model: `sim/${model}`, messages }).withResponse();
  assert.deepEqual(data.choices, []);
  assert.equal(response.headers.get('x-bf-async-id'), data.id);
  const poller = client({ 'x-bf-async-id': data.id, Prefer: 'wait=5' });
  let answer;
  do answer = await poller.chat.completions.create({ model: `sim/${model}`, messages });
  while (answer.choices.length === 0);
  assert.equal(answer.choices[0].message.content, 'Hello');
  assert.equal((await bill(model)).length, 1);
});

test('throws the error of a failed job, and asks once', async () => {
  const model = 'sim/sim-503';
  const { id } = await client({ 'x-bf-async': 'true' }).chat.completions.create({ model, messages });
  let status, thrown, asked;
  do {
    asked = 0;
    const counted = (...args) => (asked++, fetch(...args));
    const poller = client({ 'x-bf-async-id': id, Prefer: 'wait=5' }, { maxRetries: 3, fetch: counted });
    thrown = await poller.chat.completions.create({ model, messages }).then((open) => (assert.deepEqual(open.choices, []), null), (error) => error);
    status = thrown?.status;
  } while (!thrown);
  assert.ok(thrown instanceof OpenAI.InternalServerError);
  assert.equal(status, 503);
  assert.equal(asked, 1);
});

test('knows an unknown job by its 404', async () => {
  const poller = client({ 'x-bf-async-id': '0198c0de-0000-7000-8000-000000000000' });
  await assert.rejects(poller.chat.completions.create({ model: 'sim/sim', messages }), OpenAI.NotFoundError);
});
