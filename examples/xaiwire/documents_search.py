"""Search in the documents of all collections; to list them needs a management key."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        collection_ids = [each.collection_id for each in client.collections.list_all()]
        response = client.documents.search("how to reset the clock", collection_ids, limit=3)
        for match in response.matches:
            print(f"{match.score:.2f} {match.chunk_content}")


if __name__ == "__main__":
    main()
