import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { collect, openai } from "./clients.mjs";

test("a response, kept, read again, gone on from and deleted", async () => {
  const made = await openai.responses.create({ model: "grok-3", input: "Hello there", store: true });
  assert.equal(made.object, "response");
  assert.equal(made.status, "completed");
  assert.equal(made.output_text, "Hello there");
  assert.ok(made.usage.total_tokens > 0);
  const read = await openai.responses.retrieve(made.id);
  assert.equal(read.id, made.id);
  assert.equal(read.output_text, "Hello there");
  const next = await openai.responses.create({ model: "grok-3", input: "And then?", previous_response_id: made.id });
  assert.equal(next.output_text, "And then?");
  assert.equal(next.previous_response_id, made.id);
  assert.ok(next.usage.input_tokens > made.usage.input_tokens);
  await openai.responses.delete(made.id);
  const missing = await openai.responses.retrieve(made.id).catch((error) => error);
  assert.ok(missing instanceof OpenAI.NotFoundError, String(missing));
});

test("a stream of events", async () => {
  const stream = await openai.responses.create({ model: "grok-3", input: "Hello there, you", stream: true });
  const events = await collect(stream);
  const types = events.map((event) => event.type);
  assert.equal(types[0], "response.created");
  assert.equal(types.at(-1), "response.completed");
  const deltas = events.filter((event) => event.type === "response.output_text.delta");
  assert.equal(deltas.map((event) => event.delta).join(""), "Hello there, you");
  assert.ok(deltas.length > 1);
  assert.equal(events.at(-1).response.output[0].content[0].text, "Hello there, you");
  const numbers = events.map((event) => event.sequence_number);
  assert.deepEqual(numbers, numbers.map((_, at) => at));
});

test("the package's own gathering of a stream", async () => {
  const response = await openai.responses.stream({ model: "grok-3", input: "Hello there" }).finalResponse();
  assert.equal(response.output_text, "Hello there");
});

test("a function is called", async () => {
  const response = await openai.responses.create({
    model: "grok-3",
    input: 'Please get_weather {"city": "Oslo"}',
    tools: [
      {
        type: "function",
        name: "get_weather",
        strict: true,
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    ],
  });
  const call = response.output.find((item) => item.type === "function_call");
  assert.equal(call.name, "get_weather");
  assert.deepEqual(JSON.parse(call.arguments), { city: "Oslo" });
});
