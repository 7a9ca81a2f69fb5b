import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { anthropic, collect } from "./clients.mjs";

const asked = { model: "grok-3", max_tokens: 200, messages: [{ role: "user", content: "Hello there, you" }] };

test("a message", async () => {
  const message = await anthropic.messages.create(asked);
  assert.equal(message.type, "message");
  assert.equal(message.role, "assistant");
  assert.equal(message.stop_reason, "end_turn");
  assert.deepEqual(message.content.map((block) => [block.type, block.text]), [["text", "Hello there, you"]]);
  assert.ok(message.usage.input_tokens > 0);
  assert.ok(message.usage.output_tokens > 0);
});

test("a stream of events", async () => {
  const events = await collect(await anthropic.messages.create({ ...asked, stream: true }));
  const types = events.map((event) => event.type);
  assert.equal(types[0], "message_start");
  assert.equal(types.at(-1), "message_stop");
  const deltas = events.filter((event) => event.type === "content_block_delta");
  assert.equal(deltas.map((event) => event.delta.text).join(""), "Hello there, you");
  assert.ok(deltas.length > 1);
});

test("the package's own gathering of a stream", async () => {
  const stream = anthropic.messages.stream(asked);
  const words = [];
  stream.on("text", (text) => words.push(text));
  const message = await stream.finalMessage();
  assert.equal(message.content[0].text, "Hello there, you");
  assert.equal(words.join(""), "Hello there, you");
  assert.equal(message.stop_reason, "end_turn");
});

test("a tool is used, and its result is answered", async () => {
  const tools = [
    {
      name: "get_weather",
      input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  ];
  const messages = [{ role: "user", content: 'Please get_weather {"city": "Oslo"}' }];
  const first = await anthropic.messages.create({ ...asked, messages, tools });
  assert.equal(first.stop_reason, "tool_use");
  const use = first.content.find((block) => block.type === "tool_use");
  assert.equal(use.name, "get_weather");
  assert.deepEqual(use.input, { city: "Oslo" });
  const second = await anthropic.messages.create({
    ...asked,
    tools,
    messages: [
      ...messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "12 degrees, rain" }] },
    ],
  });
  assert.match(second.content[0].text, /12 degrees, rain/);
});

test("errors are the package's own", async () => {
  const unknown = await anthropic.messages.create({ ...asked, model: "grok-none" }).catch((error) => error);
  assert.ok(unknown instanceof Anthropic.NotFoundError, String(unknown));
  assert.equal(unknown.error.error.type, "not_found_error");
  assert.match(unknown.message, /grok-none/);
});
