"""Files: upload, list, read, download, delete."""

import asyncio
import tempfile
from pathlib import Path

import xaiwire


def progress(done: int, total: int | None) -> None:
    """Say how far an upload is; xaiwire.progress has bars."""
    print(f"{done} of {total} bytes")


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        uploaded = await client.files.upload(b"All is well.", filename="report.txt", on_progress=progress)
        print((await client.files.get(uploaded.id)).filename)
        async for each in client.files.list_all(sort_by="size", order="desc"):
            print(each.id, each.filename, each.size)
        print((await client.files.content(uploaded.id)).decode())
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "copy.txt")
            print(await client.files.download(uploaded.id, copy), "bytes in", copy.name)
        print((await client.files.url(uploaded.id)).url)
        print((await client.files.delete(uploaded.id)).deleted)


if __name__ == "__main__":
    asyncio.run(main())
