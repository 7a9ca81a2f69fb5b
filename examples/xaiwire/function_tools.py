"""Let the model call Python functions, one of which takes a pydantic model."""

from typing import Annotated

from pydantic import BaseModel, Field

import xaiwire
from xaiwire.chat import user


class Booking(BaseModel):
    """A table in a restaurant."""

    restaurant: str
    guests: int = Field(ge=1, description="how many people come")
    hour: int = Field(ge=11, le=22, description="when, as a full hour")


def find_restaurants(city: Annotated[str, "the city's English name"], most: int = 3) -> list[str]:
    """Find restaurants in a city."""
    print(f"looking for {most} restaurants in {city}")
    return ["Da Enzo", "Roscioli", "Armando"][:most]


def book_table(booking: Booking) -> dict[str, str]:
    """Book a table."""
    print(f"booking a table for {booking.guests} at {booking.restaurant}")
    return {"confirmation": f"{booking.restaurant}-{booking.hour}"}


def main() -> None:
    with xaiwire.Client() as client:
        chat = client.chat.create(
            "grok-4",
            messages=[user("Book a table for two in Rome at 20:00, anywhere.")],
            # Docstrings and type hints are what the model reads.
            tools=[find_restaurants, book_table],
        )
        print(chat.run_tools(max_turns=5).content)


if __name__ == "__main__":
    main()
