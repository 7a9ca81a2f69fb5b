"""Write a conversation as JSON, and go on with it from there."""

import asyncio
import json

import xaiwire
from xaiwire.chat import system, user


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        chat = client.chat.create("grok-4", messages=[system("Be brief.")], temperature=0.2)
        chat.append(user("Think of a number."))
        chat.append(await chat.sample())
        kept = json.dumps(chat.to_dict(), indent=2)

        # Python functions are no data: with tools, give them again with from_dict(..., tools=[...]).
        again = client.chat.from_dict(json.loads(kept))
        print(f"{len(again.messages)} messages were kept")
        response = await again.append(user("Double it.")).sample()
        print(response.content)


if __name__ == "__main__":
    asyncio.run(main())
