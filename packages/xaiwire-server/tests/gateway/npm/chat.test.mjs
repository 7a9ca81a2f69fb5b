import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { collect, openai } from "./clients.mjs";

const messages = [{ role: "user", content: "Hello there, how are you?" }];
const Weather = z.object({ city: z.string().min(1), celsius: z.number().int(), sky: z.enum(["clear", "rain"]) });

test("an answer", async () => {
  const { data, response, request_id } = await openai.chat.completions
    .create({ model: "grok-3", messages, temperature: 0.5, seed: 7, n: 2 })
    .withResponse();
  assert.equal(data.object, "chat.completion");
  assert.equal(data.model, "grok-3");
  assert.deepEqual(data.choices.map((choice) => choice.message.content), [
    "Hello there, how are you?",
    "Hello there, how are you? (2)",
  ]);
  assert.deepEqual(data.choices.map((choice) => choice.finish_reason), ["stop", "stop"]);
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  assert.ok(data.usage.completion_tokens > 0);
  assert.ok(request_id);
  assert.equal(response.headers.get("x-gateway-warning"), null);
});

test("a stream", async () => {
  const stream = await openai.chat.completions.create({
    model: "grok-3",
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collect(stream);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  assert.equal(text, messages[0].content);
  assert.ok(chunks.length > 3, `${chunks.length} chunks`);
  assert.ok(chunks.at(-1).usage.total_tokens > 0);
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-2).choices[0].finish_reason, "stop");
});

test("the package's own gathering of a stream", async () => {
  const completion = await openai.chat.completions.stream({ model: "grok-3", messages }).finalChatCompletion();
  assert.equal(completion.choices[0].message.content, messages[0].content);
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("a stream that is left early", async () => {
  const stream = await openai.chat.completions.create({ model: "grok-3", messages, stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.object, "chat.completion.chunk");
    break;
  }
  assert.ok(stream.controller.signal.aborted);
});

test("what a reasoning model thought", async () => {
  const completion = await openai.chat.completions.create({ model: "grok-3-mini", messages, reasoning_effort: "high" });
  assert.ok(completion.choices[0].message.reasoning_content.length > 0);
  assert.ok(completion.usage.completion_tokens_details.reasoning_tokens > 0);
});

const getWeather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

test("a function is called, and its result is answered", async () => {
  const asked = [{ role: "user", content: 'Please get_weather {"city": "Oslo"}' }];
  const first = await openai.chat.completions.create({ model: "grok-3", messages: asked, tools: [getWeather] });
  const [choice] = first.choices;
  assert.equal(choice.finish_reason, "tool_calls");
  assert.equal(choice.message.content, null);
  const [call] = choice.message.tool_calls;
  assert.equal(call.type, "function");
  assert.equal(call.function.name, "get_weather");
  assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo" });
  const second = await openai.chat.completions.create({
    model: "grok-3",
    messages: [...asked, choice.message, { role: "tool", tool_call_id: call.id, content: "12 degrees, rain" }],
    tools: [getWeather],
  });
  assert.equal(second.choices[0].finish_reason, "stop");
  assert.match(second.choices[0].message.content, /12 degrees, rain/);
});

test("a function is called in a stream", async () => {
  const stream = openai.chat.completions.stream({
    model: "grok-3",
    messages: [{ role: "user", content: "Anything" }],
    tools: [getWeather],
    tool_choice: { type: "function", function: { name: "get_weather" } },
  });
  const [call] = (await stream.finalChatCompletion()).choices[0].message.tool_calls;
  assert.equal(call.function.name, "get_weather");
  assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
});

for (const stream of [false, true]) {
  test(`runTools, ${stream ? "with streams" : "without streams"}`, async () => {
    const asked = [];
    const runner = openai.chat.completions.runTools({
      model: "grok-3",
      stream,
      messages: [{ role: "user", content: 'Please get_weather {"city": "Oslo"}' }],
      tools: [
        zodFunction({
          name: "get_weather",
          parameters: z.object({ city: z.string() }),
          function: ({ city }) => {
            asked.push(city);
            return `Rain in ${city}`;
          },
        }),
      ],
    });
    assert.match(await runner.finalContent(), /Rain in Oslo/);
    assert.deepEqual(asked, ["Oslo"]);
  });
}

test("an answer of a shape", async () => {
  const completion = await openai.chat.completions.parse({
    model: "grok-3",
    messages: [{ role: "user", content: "What is the weather?" }],
    response_format: zodResponseFormat(Weather, "weather"),
  });
  const { parsed } = completion.choices[0].message;
  assert.deepEqual(Weather.parse(parsed), parsed);
  assert.deepEqual(Object.keys(parsed).sort(), ["celsius", "city", "sky"]);
});

test("errors are the package's own", async () => {
  const unknown = await openai.chat.completions.create({ model: "grok-none", messages }).catch((error) => error);
  assert.ok(unknown instanceof OpenAI.NotFoundError, String(unknown));
  assert.match(unknown.message, /grok-none/);
  assert.ok(unknown.requestID);
  const wrong = await openai.chat.completions.create({ model: "grok-3", messages: "Hello" }).catch((error) => error);
  assert.ok(wrong instanceof OpenAI.BadRequestError, String(wrong));
  assert.equal(wrong.param, "messages");
  const stranger = openai.withOptions({ apiKey: "xai-nobody" });
  const refused = await stranger.models.list().catch((error) => error);
  assert.ok(refused instanceof OpenAI.AuthenticationError, String(refused));
});
