"""One question, one answer."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        response = await client.chat.complete("grok-4", "Why is the sky blue?", max_tokens=200)
        print(response.content)
        print(f"{response.usage.total_tokens} tokens, {response.finish_reason}")


if __name__ == "__main__":
    asyncio.run(main())
