"""Anthropic's package against xAI's API.

uv run xaiwire-server dev --port 0 -- uv run python examples/gateway/anthropic_messages.py
"""

from anthropic import Anthropic

MODEL = "grok-4"


def main() -> None:
    # The address and the key are in ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY.
    with Anthropic() as client:
        message = client.messages.create(
            model=MODEL,
            max_tokens=100,
            system="Be brief.",
            messages=[{"role": "user", "content": "Is anybody there?"}],
        )
        print(*(block.text for block in message.content if block.type == "text"))

        with client.messages.stream(
            model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Word by word"}]
        ) as stream:
            for text in stream.text_stream:
                print(text, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
