"""Cut a text into the tokens that a model sees."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        tokens = await client.tokenize.tokenize_text("The sky is blue.", "grok-4")
    for token in tokens:
        print(f"{token.token_id:>7} {token.string_token!r}")
    print(f"{len(tokens)} tokens")


if __name__ == "__main__":
    asyncio.run(main())
