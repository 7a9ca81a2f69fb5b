"""One question, one answer."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        response = client.chat.complete("grok-4", "Why is the sky blue?", max_tokens=200)
        print(response.content)
        print(f"{response.usage.total_tokens} tokens, {response.finish_reason}")


if __name__ == "__main__":
    main()
