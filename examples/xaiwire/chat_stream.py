"""An answer as it is made."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        tokens = 0
        for response, chunk in client.chat.stream("grok-4", "Tell a short story."):
            print(chunk.content, end="", flush=True)
            tokens = response.usage.total_tokens
        print(f"\n{tokens} tokens")


if __name__ == "__main__":
    main()
