// The clients, as a program makes them: nothing but the address and the key is said.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const { GATEWAY_URL, GATEWAY_KEY } = process.env;

export const openai = new OpenAI({ apiKey: GATEWAY_KEY, baseURL: `${GATEWAY_URL}/v1`, maxRetries: 0, timeout: 20_000 });
export const anthropic = new Anthropic({ apiKey: GATEWAY_KEY, baseURL: GATEWAY_URL, maxRetries: 0, timeout: 20_000 });

export async function collect(stream) {
  const all = [];
  for await (const each of stream) all.push(each);
  return all;
}
