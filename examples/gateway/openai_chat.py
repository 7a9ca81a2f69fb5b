"""OpenAI's package against xAI's API: an answer, a stream, a function, and xAI's own search.

uv run xaiwire-server dev --port 0 -- uv run python examples/gateway/openai_chat.py
"""

import json

from openai import OpenAI

MODEL = "grok-4"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def main() -> None:
    # The address and the key are in OPENAI_BASE_URL and OPENAI_API_KEY.
    with OpenAI() as client:
        answer = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Is anybody there?"}]
        )
        print(answer.choices[0].message.content)

        question = "One word after the other, please."
        for chunk in client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": question}], stream=True
        ):
            print(chunk.choices[0].delta.content or "", end="", flush=True)
        print()

        messages = [{"role": "user", "content": 'get_weather {"city": "Oslo"}'}]
        asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER]).choices[0].message
        call = asked.tool_calls[0]
        print("calls", call.function.name, json.loads(call.function.arguments))
        messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": "It rains."}]
        print(client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content)

        # What only xAI's API has goes into extra_body.
        found = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "What is new?"}],
            extra_body={"search_parameters": {"mode": "on", "max_search_results": 2}},
        )
        print(len(found.model_extra["citations"]), "sources")


if __name__ == "__main__":
    main()
