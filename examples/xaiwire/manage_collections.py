"""Look after collections and their documents: list, change, index anew, remove; needs a management key."""

import xaiwire
from xaiwire.collections import chunk_by_characters


def main() -> None:
    with xaiwire.Client() as client:
        print("embedding models:", ", ".join(client.collections.list_embedding_models().embedding_models))
        print("token encodings:", ", ".join(client.collections.list_token_encodings().encodings))

        collection_id = client.collections.create("drafts").collection_id
        try:
            client.collections.update(
                collection_id, name="letters", chunk_configuration=chunk_by_characters(500, strip_whitespace=True)
            )
            print("renamed to", client.collections.get(collection_id).collection_name)
            for collection in client.collections.list_all(order="asc", sort_by="name"):
                print(f"{collection.collection_name}: {collection.documents_count} documents")

            for name in ("first.txt", "second.txt"):
                client.collections.upload_document(collection_id, name, b"Dear all", "text/plain")
            file_ids = [
                each.file_metadata.file_id
                for each in client.collections.list_all_documents(collection_id, sort_by="age")
                if each.file_metadata is not None
            ]

            client.collections.update_document(collection_id, file_ids[0], name="final.txt", data=b"Dear both")
            client.collections.reindex_document(collection_id, file_ids[0])
            for document in client.collections.batch_get_documents(collection_id, file_ids).documents:
                if document.file_metadata is not None:
                    print(f"{document.file_metadata.name}: {document.file_metadata.size_bytes} bytes")
            for file_id in file_ids:
                client.collections.remove_document(collection_id, file_id)
        finally:
            client.collections.delete(collection_id)


if __name__ == "__main__":
    main()
