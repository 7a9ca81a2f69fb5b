"""Let the server keep an answer, go on from it, get it again, and delete it."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        first = await client.chat.complete("grok-4", "My name is Ada. Greet me.", store_messages=True)
        print("kept:", first.content)

        # What was said before is at the server, and is not sent again.
        second = await client.chat.complete("grok-4", "What is my name?", previous_response_id=first.id)
        print("went on:", second.content)

        for response in await client.chat.get_stored_completion(first.id):
            print("got again:", response.content)
        print("deleted:", await client.chat.delete_stored_completion(first.id) == first.id)


if __name__ == "__main__":
    asyncio.run(main())
