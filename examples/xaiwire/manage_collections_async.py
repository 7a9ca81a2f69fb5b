"""Look after collections and their documents: list, change, index anew, remove; needs a management key."""

import asyncio

import xaiwire
from xaiwire.collections import chunk_by_characters


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        models = await client.collections.list_embedding_models()
        print("embedding models:", ", ".join(models.embedding_models))
        encodings = await client.collections.list_token_encodings()
        print("token encodings:", ", ".join(encodings.encodings))

        collection_id = (await client.collections.create("drafts")).collection_id
        try:
            await client.collections.update(
                collection_id, name="letters", chunk_configuration=chunk_by_characters(500, strip_whitespace=True)
            )
            print("renamed to", (await client.collections.get(collection_id)).collection_name)
            async for collection in client.collections.list_all(order="asc", sort_by="name"):
                print(f"{collection.collection_name}: {collection.documents_count} documents")

            for name in ("first.txt", "second.txt"):
                await client.collections.upload_document(collection_id, name, b"Dear all", "text/plain")
            file_ids = [
                each.file_metadata.file_id
                async for each in client.collections.list_all_documents(collection_id, sort_by="age")
                if each.file_metadata is not None
            ]

            await client.collections.update_document(collection_id, file_ids[0], name="final.txt", data=b"Dear both")
            await client.collections.reindex_document(collection_id, file_ids[0])
            for document in (await client.collections.batch_get_documents(collection_id, file_ids)).documents:
                if document.file_metadata is not None:
                    print(f"{document.file_metadata.name}: {document.file_metadata.size_bytes} bytes")
            for file_id in file_ids:
                await client.collections.remove_document(collection_id, file_id)
        finally:
            await client.collections.delete(collection_id)


if __name__ == "__main__":
    asyncio.run(main())
