"""The models that the key may use."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        for model in await client.models.list_language_models():
            print(model.name, list(model.aliases), f"{model.prompt_text_token_price / 10_000} $ per million tokens")
        print((await client.models.get_language_model("grok-4")).version)
        for embedding in await client.models.list_embedding_models():
            print((await client.models.get_embedding_model(embedding.name)).name)
        for drawing in await client.models.list_image_generation_models():
            print((await client.models.get_image_generation_model(drawing.name)).name)


if __name__ == "__main__":
    asyncio.run(main())
