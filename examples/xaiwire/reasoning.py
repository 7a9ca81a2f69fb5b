"""Say how long the model may think, and see what it thought."""

import xaiwire

QUESTION = "A bat and a ball cost 1.10 together. The bat costs 1.00 more than the ball. What does the ball cost?"


def main() -> None:
    with xaiwire.Client() as client:
        response = client.chat.complete("grok-3-mini", QUESTION, reasoning_effort="high")
        print("thought:", response.reasoning_content)
        print("answer:", response.content)
        print(f"{response.usage.reasoning_tokens} tokens of reasoning")

        # Of a stream, the thoughts come first.
        for _response, chunk in client.chat.stream("grok-3-mini", QUESTION, reasoning_effort="low"):
            print(chunk.reasoning_content or chunk.content, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
