"""A conversation: each answer is appended, so that the next question can refer to it."""

import xaiwire
from xaiwire.chat import system, user


def main() -> None:
    with xaiwire.Client() as client:
        chat = client.chat.create("grok-4", messages=[system("Answer in one sentence.")])
        for question in ("Why is the sky blue?", "And at sunset?"):
            response = chat.append(user(question)).sample()
            chat.append(response)
            print(f"> {question}\n{response.content}")


if __name__ == "__main__":
    main()
