"""Get answers as objects: of a pydantic model, and of a dataclass."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

import xaiwire
from xaiwire.chat import user


class Recipe(BaseModel):
    """A recipe."""

    title: str
    minutes: int = Field(ge=1, description="how long it takes")
    ingredients: list[str]


@dataclass
class City:
    """A city."""

    name: str
    country: str
    inhabitants: int


def main() -> None:
    with xaiwire.Client() as client:
        _response, recipe = client.chat.parse("grok-4", "Invent a recipe with tomatoes.", Recipe)
        print(f"{recipe.title}, {recipe.minutes} minutes: {', '.join(recipe.ingredients)}")

        # In a conversation it works the same way. An answer in another shape raises StructuredOutputError.
        chat = client.chat.create("grok-4", messages=[user("What is the capital of Italy?")])
        response, city = chat.parse(City)
        print(f"{city.name}, {city.country}: {city.inhabitants:,} inhabitants ({response.usage.total_tokens} tokens)")


if __name__ == "__main__":
    main()
