"""Vectors of texts, and how near they are to each other."""

import asyncio
import math

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        cat, dog = await client.embed.vectors("v1", ["a cat", "a dog"])
        print(len(cat), "numbers")
        print(f"{sum(a * b for a, b in zip(cat, dog, strict=True)) / (math.hypot(*cat) * math.hypot(*dog)):.3f}")
        response = await client.embed.create("v1", "a bird", encoding_format="base64")
        print(response.embeddings[0].embeddings[0].base64_array)


if __name__ == "__main__":
    asyncio.run(main())
