"""The models that the key may use."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        for model in client.models.list_language_models():
            print(model.name, list(model.aliases), f"{model.prompt_text_token_price / 10_000} $ per million tokens")
        print(client.models.get_language_model("grok-4").version)
        for embedding in client.models.list_embedding_models():
            print(client.models.get_embedding_model(embedding.name).name)
        for drawing in client.models.list_image_generation_models():
            print(client.models.get_image_generation_model(drawing.name).name)


if __name__ == "__main__":
    main()
