"""Several answers to one question, whole and as they are made."""

import asyncio

import xaiwire
from xaiwire.chat import user


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        chat = client.chat.create("grok-4", messages=[user("A name for a boat?")], temperature=1.2)
        for number, response in enumerate(await chat.sample_batch(3), 1):
            print(f"{number}. {response.content}")
        async for _, chunks in chat.stream_batch(2):
            for number, chunk in enumerate(chunks, 1):
                if chunk.content:
                    print(f"[{number}] {chunk.content}")


if __name__ == "__main__":
    asyncio.run(main())
