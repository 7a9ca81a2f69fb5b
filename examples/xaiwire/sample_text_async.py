"""Go on from a text without a conversation: whole, and as it is made."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        response = await client.sample.text("Once upon a time", "grok-3", max_tokens=30, n=2)
        for choice in response.choices:
            print(f"{choice.index}: {choice.text} ({choice.finish_reason.name})")

        async for piece in client.sample.stream("The end of the story is", "grok-3", max_tokens=30):
            print("".join(choice.text for choice in piece.choices), end="", flush=True)
        print()


if __name__ == "__main__":
    asyncio.run(main())
