"""Search in the documents of all collections; to list them needs a management key."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        collection_ids = [each.collection_id async for each in client.collections.list_all()]
        response = await client.documents.search("how to reset the clock", collection_ids, limit=3)
        for match in response.matches:
            print(f"{match.score:.2f} {match.chunk_content}")


if __name__ == "__main__":
    asyncio.run(main())
