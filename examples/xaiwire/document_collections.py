"""Put documents into a collection, wait until they are processed, and search them; needs a management key."""

from pathlib import Path
from tempfile import TemporaryDirectory

import xaiwire
from xaiwire.collections import Document, chunk_by_tokens


def main() -> None:
    with xaiwire.Client() as client, TemporaryDirectory() as folder:
        manual = Path(folder, "manual.md")
        manual.write_text("# Manual\n\nHold the button for ten seconds to reset the device.\n")

        collection = client.collections.create("manuals", chunk_configuration=chunk_by_tokens(200, 20))
        collection_id = collection.collection_id
        try:
            # Many documents at once: one that fails does not stop the others.
            report = client.collections.upload_documents(
                collection_id,
                [
                    Document("faq.txt", b"The battery lasts for two days.", "text/plain", {"language": "en"}),
                    Document("safety.txt", b"Keep the device dry.", "text/plain"),
                ],
                on_document=lambda outcome: print(f"{outcome.name}: {'uploaded' if outcome.ok else outcome.error}"),
            )
            report.raise_for_failures()

            # A file of any size, which is sent part by part.
            file = client.collections.upload_file(collection_id, manual, fields={"language": "en"})
            document = client.collections.wait_until_processed(collection_id, file.id, timeout=300)
            print(f"{file.filename} is {document.status.name}")

            for match in client.collections.search("How do I reset it?", [collection_id], limit=3).matches:
                print(f"{match.score:.2f} {match.file_id}: {match.chunk_content.strip()}")
        finally:
            client.collections.delete(collection_id)


if __name__ == "__main__":
    main()
