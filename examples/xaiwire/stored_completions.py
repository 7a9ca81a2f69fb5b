"""Let the server keep an answer, go on from it, get it again, and delete it."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        first = client.chat.complete("grok-4", "My name is Ada. Greet me.", store_messages=True)
        print("kept:", first.content)

        # What was said before is at the server, and is not sent again.
        second = client.chat.complete("grok-4", "What is my name?", previous_response_id=first.id)
        print("went on:", second.content)

        for response in client.chat.get_stored_completion(first.id):
            print("got again:", response.content)
        print("deleted:", client.chat.delete_stored_completion(first.id) == first.id)


if __name__ == "__main__":
    main()
