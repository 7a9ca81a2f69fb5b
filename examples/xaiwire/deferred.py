"""Answers that are made in the background."""

import xaiwire
from xaiwire.chat import user


def main() -> None:
    with xaiwire.Client() as client:
        chat = client.chat.create("grok-4", messages=[user("Write a long story.")])
        print(chat.defer(timeout=600).content)

        request_id = client.deferred.start("grok-4", "Write a longer story.")
        # An answer is handed out once: where get has it, there is nothing left to wait for.
        response = client.deferred.get(request_id)
        if response is None:
            print("It is not ready yet.")
            response = client.deferred.wait(request_id, timeout=600)
        print(request_id, response.content)


if __name__ == "__main__":
    main()
