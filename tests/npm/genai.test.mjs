// Google's own client for Node reads what the simulator sends in its dialect, and sends what the simulator checks by the documented schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, FinishReason, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({ apiKey: 'key-of-google', httpOptions: { baseUrl: process.env.SIMULATOR_URL } });
const model = 'gemini-3-flash-preview';
const ask = (contents, config = {}) => ({ model, contents, config });
const tools = [{ functionDeclarations: [{ name: 'lookup', description: 'Looks up.', parametersJsonSchema: { type: 'object', properties: { query: { type: 'string' } } } }] }];

test('reads a whole answer', async () => {
  const answer = await ai.models.generateContent(ask('sim-words-3-reasoning-4-cached-2-tokens-9 go', {
    systemInstruction: 'Be brief.', temperature: 0.5, maxOutputTokens: 100, stopSequences: ['x'], thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' } }));
  assert.equal(answer.text, 'w000000 w000001 w000002 ');
  assert.equal(answer.candidates[0].finishReason, FinishReason.STOP);
  assert.deepEqual(answer.candidates[0].content.parts.map((part) => [part.thought ?? false, part.thoughtSignature ?? '']), [[true, ''], [false, 'c2ln']]);
  const { promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } = answer.usageMetadata;
  assert.deepEqual([promptTokenCount, cachedContentTokenCount, thoughtsTokenCount], [9, 2, 4]);
  assert.equal(totalTokenCount, promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
  assert.equal(answer.modelVersion, model);
  assert.ok(answer.responseId);
});

test('reads a stream', async () => {
  for (const script of ['sim-words-3', 'sim-words-3-crlf-comments', 'sim-words-3-reasoning-4']) {
    let text = '';
    let last;
    for await (const chunk of await ai.models.generateContentStream(ask(`${script} go`))) {
      text += chunk.text ?? '';
      last = chunk;
    }
    assert.equal(text, 'w000000 w000001 w000002 ');
    assert.equal(last.candidates[0].finishReason, FinishReason.STOP);
  }
});

test('gets calls, and sends their results back', async () => {
  const config = { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['lookup'] } } };
  const question = { role: 'user', parts: [{ text: 'sim-tools-2 go' }] };
  const answer = await ai.models.generateContent(ask([question], { tools }));
  assert.deepEqual(answer.functionCalls.map((call) => [call.name, call.args.query]), [['lookup', 'simulated'], ['lookup', 'simulated']]);
  const streamed = [];
  for await (const chunk of await ai.models.generateContentStream(ask([question], config))) streamed.push(...(chunk.functionCalls ?? []));
  assert.deepEqual(streamed.map((call) => call.name), ['lookup']);
  const results = answer.functionCalls.map((call) => ({ functionResponse: { id: call.id, name: call.name, response: { output: 'found' } } }));
  const after = await ai.models.generateContent(ask([question, answer.candidates[0].content, { role: 'user', parts: results }, { role: 'user', parts: [{ text: 'sim-words-1 now' }] }], { tools }));
  assert.equal(after.text, 'w000000 ');
});

test('reads sources, filters and several choices', async () => {
  const found = await ai.models.generateContent(ask('sim-citations go', { tools: [{ googleSearch: {} }] }));
  assert.equal(found.candidates[0].groundingMetadata.groundingChunks[0].web.uri, 'https://example.com/a');
  const filtered = await ai.models.generateContent(ask('sim-refusal go'));
  assert.equal(filtered.candidates[0].finishReason, FinishReason.PROHIBITED_CONTENT);
  const two = await ai.models.generateContent(ask('sim-words-1 go', { candidateCount: 2, responseLogprobs: true, logprobs: 1 }));
  assert.equal(two.candidates.length, 2);
  assert.equal(two.candidates[1].logprobsResult.chosenCandidates[0].token, 'w');
});

test('reads errors', async () => {
  const plain = await ai.models.generateContent(ask('sim-429 go')).catch((error) => error);
  assert.ok(plain instanceof ApiError);
  assert.equal(plain.status, 429);
  assert.match(plain.message, /RESOURCE_EXHAUSTED/);
  await assert.rejects(async () => {
    for await (const chunk of await ai.models.generateContentStream(ask('sim-words-9-error-after-3 go'))) void chunk;
  }, /overloaded/);
});
