"""Write a conversation to a JSON file, and go on with it from there."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import xaiwire
from xaiwire.chat import system, user


def main() -> None:
    with xaiwire.Client() as client, TemporaryDirectory() as folder:
        kept = Path(folder, "conversation.json")

        chat = client.chat.create("grok-4", messages=[system("Be brief.")], temperature=0.2)
        chat.append(user("Think of a number."))
        chat.append(chat.sample())
        kept.write_text(json.dumps(chat.to_dict(), indent=2))

        # Python functions are no data: with tools, give them again with from_dict(..., tools=[...]).
        again = client.chat.from_dict(json.loads(kept.read_text()))
        print(f"{len(again.messages)} messages were kept")
        print(again.append(user("Double it.")).sample().content)


if __name__ == "__main__":
    main()
