"""A span for each call; the exporter is the application's."""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
        trace.set_tracer_provider(provider)
        response = client.chat.complete("grok-4", "Hello", conversation_id="talk-1")
        print(response.content)


if __name__ == "__main__":
    main()
