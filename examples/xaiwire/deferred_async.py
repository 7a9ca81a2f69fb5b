"""Answers that are made in the background."""

import asyncio

import xaiwire
from xaiwire.chat import user


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        chat = client.chat.create("grok-4", messages=[user("Write a long story.")])
        print((await chat.defer(timeout=600)).content)

        request_id = await client.deferred.start("grok-4", "Write a longer story.")
        # An answer is handed out once: where get has it, there is nothing left to wait for.
        response = await client.deferred.get(request_id)
        if response is None:
            print("It is not ready yet.")
            response = await client.deferred.wait(request_id, timeout=600)
        print(request_id, response.content)


if __name__ == "__main__":
    asyncio.run(main())
