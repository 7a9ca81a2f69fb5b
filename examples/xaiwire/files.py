"""Files: upload, list, read, download, delete."""

import tempfile
from pathlib import Path

import xaiwire


def progress(done: int, total: int | None) -> None:
    """Say how far an upload is; xaiwire.progress has bars."""
    print(f"{done} of {total} bytes")


def main() -> None:
    with xaiwire.Client() as client:
        uploaded = client.files.upload(b"All is well.", filename="report.txt", on_progress=progress)
        print(client.files.get(uploaded.id).filename)
        for each in client.files.list_all(sort_by="size", order="desc"):
            print(each.id, each.filename, each.size)
        print(client.files.content(uploaded.id).decode())
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "copy.txt")
            print(client.files.download(uploaded.id, copy), "bytes in", copy.name)
        print(client.files.url(uploaded.id).url)
        print(client.files.delete(uploaded.id).deleted)


if __name__ == "__main__":
    main()
