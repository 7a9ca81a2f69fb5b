"""Several answers to one question, whole and as they are made."""

import xaiwire
from xaiwire.chat import user


def main() -> None:
    with xaiwire.Client() as client:
        chat = client.chat.create("grok-4", messages=[user("A name for a boat?")], temperature=1.2)
        for number, response in enumerate(chat.sample_batch(3), 1):
            print(f"{number}. {response.content}")
        for _, chunks in chat.stream_batch(2):
            for number, chunk in enumerate(chunks, 1):
                if chunk.content:
                    print(f"[{number}] {chunk.content}")


if __name__ == "__main__":
    main()
