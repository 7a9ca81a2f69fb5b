"""Let the model call Python functions, one of which takes a pydantic model; they may be asynchronous."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, Field

import xaiwire
from xaiwire.chat import user


class Booking(BaseModel):
    """A table in a restaurant."""

    restaurant: str
    guests: int = Field(ge=1, description="how many people come")
    hour: int = Field(ge=11, le=22, description="when, as a full hour")


async def find_restaurants(city: Annotated[str, "the city's English name"], most: int = 3) -> list[str]:
    """Find restaurants in a city."""
    print(f"looking for {most} restaurants in {city}")
    await asyncio.sleep(0.01)  # stands for a request
    return ["Da Enzo", "Roscioli", "Armando"][:most]


def book_table(booking: Booking) -> dict[str, str]:
    """Book a table."""
    # A plain function runs in a thread, so that it does not hold up the loop.
    print(f"booking a table for {booking.guests} at {booking.restaurant}")
    return {"confirmation": f"{booking.restaurant}-{booking.hour}"}


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        chat = client.chat.create(
            "grok-4",
            messages=[user("Book a table for two in Rome at 20:00, anywhere.")],
            # Docstrings and type hints are what the model reads.
            tools=[find_restaurants, book_table],
        )
        response = await chat.run_tools(max_turns=5)
        print(response.content)


if __name__ == "__main__":
    asyncio.run(main())
