import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";
import { collect, openai } from "./clients.mjs";

test("models", async () => {
  const models = await collect(openai.models.list());
  const ids = models.map((model) => model.id);
  for (const id of ["grok-3", "grok-2-image"]) assert.ok(ids.includes(id), ids.join());
  const model = await openai.models.retrieve("grok-3");
  assert.equal(model.id, "grok-3");
  assert.equal(model.object, "model");
  const unknown = await openai.models.retrieve("grok-none").catch((error) => error);
  assert.ok(unknown instanceof OpenAI.NotFoundError, String(unknown));
});

test("embeddings, as numbers and as base64", async () => {
  const input = ["cats sleep", "dogs bark"];
  // Where nothing is said, the package asks for base64 and decodes it.
  const usual = await openai.embeddings.create({ model: "v1", input });
  const numbers = await openai.embeddings.create({ model: "v1", input, encoding_format: "float" });
  const base64 = await openai.embeddings.create({ model: "v1", input, encoding_format: "base64" });
  assert.deepEqual(numbers.data.map((each) => each.index), [0, 1]);
  assert.ok(numbers.data[0].embedding.length > 100);
  for (const [at, { embedding }] of numbers.data.entries()) {
    const floats = Array.from(Float32Array.from(embedding));
    assert.deepEqual(usual.data[at].embedding, floats);
    const bytes = Buffer.from(base64.data[at].embedding, "base64");
    assert.deepEqual(Array.from({ length: floats.length }, (_, place) => bytes.readFloatLE(4 * place)), floats);
  }
  assert.notDeepEqual(numbers.data[0].embedding, numbers.data[1].embedding);
});

test("images", async () => {
  const made = await openai.images.generate({
    model: "grok-2-image",
    prompt: "A red square",
    n: 2,
    response_format: "b64_json",
  });
  assert.equal(made.data.length, 2);
  const picture = Buffer.from(made.data[0].b64_json, "base64");
  const isJpeg = picture.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]));
  const isPng = picture.subarray(1, 4).equals(Buffer.from("PNG"));
  assert.ok(isJpeg || isPng, picture.subarray(0, 8).toString("hex"));
  const linked = await openai.images.generate({ model: "grok-2-image", prompt: "A red square" });
  assert.equal((await fetch(linked.data[0].url)).status, 200);
});

test("files", async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 256));
  const file = await openai.files.create({ file: await toFile(content, "häuser.bin"), purpose: "user_data" });
  assert.equal(file.object, "file");
  assert.equal(file.filename, "häuser.bin");
  assert.equal(file.bytes, content.length);
  const other = await openai.files.create({ file: new File(["hello"], "hello.txt"), purpose: "user_data" });
  const listed = await collect(openai.files.list());
  assert.deepEqual(listed.map((each) => each.id).sort(), [file.id, other.id].sort());
  assert.equal((await openai.files.retrieve(file.id)).bytes, content.length);
  const back = Buffer.from(await (await openai.files.content(file.id)).arrayBuffer());
  assert.ok(back.equals(content));
  const gone = await openai.files.delete(file.id);
  assert.equal(gone.id, file.id);
  assert.equal(gone.deleted, true);
  const missing = await openai.files.retrieve(file.id).catch((error) => error);
  assert.ok(missing instanceof OpenAI.NotFoundError, String(missing));
});

test("a file in a message", async () => {
  const file = await openai.files.create({ file: new File(["Cats sleep."], "cats.txt"), purpose: "user_data" });
  const completion = await openai.chat.completions.create({
    model: "grok-4",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is in it?" },
          { type: "file", file: { file_id: file.id } },
        ],
      },
    ],
  });
  assert.match(completion.choices[0].message.content, /What is in it\?/);
});
