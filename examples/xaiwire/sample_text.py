"""Go on from a text without a conversation: whole, and as it is made."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        response = client.sample.text("Once upon a time", "grok-3", max_tokens=30, n=2)
        for choice in response.choices:
            print(f"{choice.index}: {choice.text} ({choice.finish_reason.name})")

        for piece in client.sample.stream("The end of the story is", "grok-3", max_tokens=30):
            print("".join(choice.text for choice in piece.choices), end="", flush=True)
        print()


if __name__ == "__main__":
    main()
