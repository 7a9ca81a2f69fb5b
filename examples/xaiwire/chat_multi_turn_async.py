"""A conversation: each answer is appended, so that the next question can refer to it."""

import asyncio

import xaiwire
from xaiwire.chat import system, user


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        chat = client.chat.create("grok-4", messages=[system("Answer in one sentence.")])
        for question in ("Why is the sky blue?", "And at sunset?"):
            response = await chat.append(user(question)).sample()
            chat.append(response)
            print(f"> {question}\n{response.content}")


if __name__ == "__main__":
    asyncio.run(main())
