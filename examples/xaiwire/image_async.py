"""Images out of prompts."""

import asyncio
import tempfile
from pathlib import Path

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        response = await client.image.sample("a cat in a tree", "grok-2-image", image_format="base64")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "cat.jpg")
            path.write_bytes(await response.image)
            print(path.name, path.stat().st_size, "bytes:", response.prompt)
        for each in await client.image.sample_batch("a cat in a tree", "grok-2-image", 2, image_format="url"):
            print(each.url)


if __name__ == "__main__":
    asyncio.run(main())
