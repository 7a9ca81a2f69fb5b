"""OpenAI's Responses API against xAI's API: a kept answer that is gone on with, and an answer of a given shape.

uv run xaiwire-server dev --port 0 -- uv run python examples/gateway/openai_responses.py
"""

from openai import OpenAI
from pydantic import BaseModel

MODEL = "grok-4"


class Book(BaseModel):
    title: str
    year: int


def main() -> None:
    with OpenAI() as client:
        first = client.responses.create(model=MODEL, input="Remember the number 7.")
        print(first.output_text)
        second = client.responses.create(model=MODEL, input="And now?", previous_response_id=first.id)
        print(second.output_text)
        client.responses.delete(first.id)

        with client.responses.stream(model=MODEL, input="Word by word") as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    print(event.delta, end="", flush=True)
        print()

        parsed = client.responses.parse(model=MODEL, input="A book?", text_format=Book)
        print(type(parsed.output_parsed).__name__)


if __name__ == "__main__":
    main()
