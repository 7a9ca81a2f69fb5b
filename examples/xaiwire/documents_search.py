"""Search in the documents of collections."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        response = client.documents.search("how to reset the clock", ["collection_1"], limit=3)
        for match in response.matches:
            print(f"{match.score:.2f} {match.chunk_content}")


if __name__ == "__main__":
    main()
