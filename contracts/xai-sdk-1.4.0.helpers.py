"""Messages that the official xai-sdk 1.4.0 makes with its own public functions and clients.

`protoalign prove` runs this file in an environment with that package and nothing else of ours. Clients get a channel
that keeps each request instead of sending it, so nothing here uses the network or a key.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message
from pydantic import BaseModel, Field
from xai_sdk import chat, search, tools
from xai_sdk.proto import chat_pb2, collections_pb2, shared_pb2, types_pb2
from xai_sdk.sync import chat as sync_chat
from xai_sdk.sync import collections, files, models, tokenizer
from xai_sdk.sync import image as sync_image

UTC = datetime.timezone.utc  # noqa: UP017 - the package runs on Python 3.10 too
FIRST_DAY = datetime.datetime(2025, 1, 31, 23, 59, 58, 999_000, tzinfo=UTC)
LAST_DAY = datetime.datetime(2025, 12, 1, tzinfo=UTC)
PICTURE = "data:image/png;base64,iVBORw0KGgo="


Call = Callable[..., object]


class RecordingChannel:
    """Stands for a connection: keeps the requests and answers with an empty message of the right kind."""

    def __init__(self) -> None:
        self.requests: list[Message] = []

    def unary_unary(self, _path: str, *, response_deserializer: Callable[[bytes], object], **_rest: object) -> Call:
        """A method with one request and one response."""

        def call(request: Any, **_options: object) -> object:  # noqa: ANN401 - one message or several
            self.requests.append(request)
            return response_deserializer(b"")

        return call

    def unary_stream(self, _path: str, *, response_deserializer: Callable[[bytes], object], **_rest: object) -> Call:
        """A method whose responses are a stream: of one."""

        def call(request: Any, **_options: object) -> object:  # noqa: ANN401 - one message or several
            self.requests.append(request)
            return iter([response_deserializer(b"")])

        return call

    def stream_unary(self, _path: str, *, response_deserializer: Callable[[bytes], object], **_rest: object) -> Call:
        """A method whose requests are a stream."""

        def call(requests: Any, **_options: object) -> object:  # noqa: ANN401
            self.requests += requests
            return response_deserializer(b"")

        return call

    def taken(self, name: str) -> Iterator[tuple[str, Message]]:
        """The requests since the last time, named."""
        requests, self.requests = self.requests, []
        if not requests:
            raise AssertionError(f"{name} sent no request")
        for number, request in enumerate(requests, start=1):
            yield (name if len(requests) == 1 else f"{name} {number}"), request


class Weather(BaseModel):
    """A shape for structured output."""

    city: str
    degrees: float = Field(description="in Celsius, negative below freezing")
    tags: list[str] = []


def messages() -> Iterator[tuple[str, Message]]:
    """Every message with a name of its own."""
    yield from contents_and_messages()
    yield from tools_and_sources()
    yield from conversations()
    yield from chat_requests()
    yield from file_requests()
    yield from collection_requests()
    yield from other_requests()


def contents_and_messages() -> Iterator[tuple[str, Message]]:
    """Contents, and messages of a conversation."""
    yield "text", chat.text('Grüße 🌍\n\ttabs, "quotes", \\ and \x00')
    yield "text empty", chat.text("")
    yield "image auto", chat.image("https://example.com/cat.png")
    yield "image low", chat.image("https://example.com/cat.png", detail="low")
    yield "image high", chat.image(PICTURE, detail="high")
    yield "file", chat.file("file_01J")
    yield "user", chat.user("Hello")
    yield (
        "user with all contents",
        chat.user("See:", chat.image(PICTURE, detail="low"), chat.file("file_01J"), chat.text("?")),
    )
    yield "user without contents", chat.user()
    yield "assistant", chat.assistant("Hi", "there")
    yield "system", chat.system("You are terse.")
    yield "tool result", chat.tool_result(json.dumps({"degrees": -3.5, "unit": "°C"}))


def tools_and_sources() -> Iterator[tuple[str, Message]]:
    """Tools, choices of tools, and sources to search."""
    yield "tool", weather_tool()
    yield "tool without parameters", chat.tool("now", "The time.", {})
    yield "required tool", chat.required_tool("weather")
    yield "web search", tools.web_search()
    yield "web search excluding", tools.web_search(excluded_domains=["example.com"], enable_image_understanding=True)
    yield "web search allowing", tools.web_search(allowed_domains=["example.com", "example.org"])
    yield "x search", tools.x_search()
    yield (
        "x search with all",
        tools.x_search(FIRST_DAY, LAST_DAY, ["xai"], enable_image_understanding=True, enable_video_understanding=True),
    )
    yield "x search excluding", tools.x_search(to_date=LAST_DAY, excluded_x_handles=["spam"])
    yield "code execution", tools.code_execution()
    yield "collections search", tools.collections_search(["c1", "c2"], limit=3)
    yield "collections search of one", tools.collections_search(["c1"])
    yield "mcp", tools.mcp("https://mcp.example.com")
    yield (
        "mcp with all",
        tools.mcp(
            "https://mcp.example.com/sse",
            server_label="docs",
            server_description="Finds pages.",
            allowed_tool_names=["find", "read"],
            authorization="Bearer none",
            extra_headers={"x-b": "2", "x-a": "1", "": "empty name"},
        ),
    )
    yield "web source", search.web_source()
    yield "web source with all", search.web_source("CH", ["a.example"], safe_search=False)
    yield "web source allowing", search.web_source(allowed_websites=["b.example", "c.example"])
    yield "news source", search.news_source("US", ["d.example"], safe_search=False)
    yield "x source", search.x_source(["xai"], post_favorite_count=0, post_view_count=2_147_483_647)
    yield "x source excluding", search.x_source(excluded_x_handles=["a", "b"])
    yield "rss source", search.rss_source(["https://example.com/feed"])


def conversations() -> Iterator[tuple[str, Message]]:
    """Requests of conversations, as they are before they are sent."""
    client = sync_chat.Client(RecordingChannel())
    yield "conversation", client.create("grok-4").proto
    yield (
        "conversation with messages",
        client.create("grok-4", messages=[chat.system("Be brief."), chat.user("Why?")]).proto,
    )
    grown = client.create("grok-4").append(chat.user("1")).append(chat.assistant("2")).append(chat.user("3"))
    yield "conversation that grew", grown.proto
    yield (
        "conversation with sampling settings",
        client.create(
            "grok-3",
            user="user-1",
            max_tokens=0,
            seed=-1,
            stop=["\n", "END"],
            temperature=0.0,
            top_p=0.1,
            logprobs=True,
            top_logprobs=8,
            frequency_penalty=-2.0,
            presence_penalty=1.5,
            parallel_tool_calls=False,
        ).proto,
    )
    every_tool = [
        weather_tool(),
        tools.web_search(),
        tools.x_search(),
        tools.code_execution(),
        tools.mcp("https://m.example"),
    ]
    for choice in ("auto", "none", "required"):
        conversation = client.create("grok-4", tools=every_tool, tool_choice=choice)
        yield f"conversation with tools, {choice}", conversation.proto
    yield (
        "conversation with a required tool",
        client.create("grok-4", tools=[weather_tool()], tool_choice=chat.required_tool("weather")).proto,
    )
    for form in ("text", "json_object"):
        yield f"conversation in {form}", client.create("grok-4", response_format=form).proto
    yield "conversation in a shape", client.create("grok-4", response_format=Weather).proto
    for effort in ("low", "high"):
        yield f"conversation with {effort} effort", client.create("grok-3-mini", reasoning_effort=effort).proto
    for mode in ("auto", "on", "off"):
        parameters = search.SearchParameters(mode=mode)
        yield f"conversation with search {mode}", client.create("grok-4", search_parameters=parameters).proto
    yield (
        "conversation with all of search",
        client.create(
            "grok-4",
            search_parameters=search.SearchParameters(
                sources=[
                    search.web_source("DE", ["a.example"]),
                    search.news_source(),
                    search.x_source(["xai"]),
                    search.rss_source(["https://example.com/feed"]),
                ],
                mode="on",
                from_date=FIRST_DAY,
                to_date=LAST_DAY,
                return_citations=False,
                max_search_results=1,
            ),
        ).proto,
    )
    yield (
        "conversation that is stored",
        client.create("grok-4", store_messages=True, previous_response_id="r-1", use_encrypted_content=True).proto,
    )


def chat_requests() -> Iterator[tuple[str, Message]]:
    """Requests as they are sent, and what the client makes of chunks."""
    channel = RecordingChannel()
    client = sync_chat.Client(channel)
    conversation = client.create("grok-4", messages=[chat.user("Hi")])
    ignoring_an_empty_answer(conversation.sample)
    yield from channel.taken("chat.sample")
    ignoring_an_empty_answer(lambda: conversation.sample_batch(3))
    yield from channel.taken("chat.sample_batch")
    ignoring_an_empty_answer(lambda: list(conversation.stream()))
    yield from channel.taken("chat.stream")
    ignoring_an_empty_answer(lambda: client.get_stored_completion("r-1"))
    yield from channel.taken("chat.get_stored_completion")
    ignoring_an_empty_answer(lambda: client.delete_stored_completion("r-1"))
    yield from channel.taken("chat.delete_stored_completion")
    yield "response from chunks", response_from_chunks()


def response_from_chunks() -> Message:
    """What `Response.process_chunk` adds up."""
    response = chat.Response(chat_pb2.GetChatCompletionResponse(), 0)
    delta = chat_pb2.Delta(content="Hel", reasoning_content="hm", role=chat_pb2.MessageRole.ROLE_ASSISTANT)
    first = chat_pb2.GetChatCompletionChunk(id="r-1", model="grok-4", system_fingerprint="fp")
    first.outputs.add(index=0, delta=delta)
    second = chat_pb2.GetChatCompletionChunk(id="r-1", citations=["https://example.com"])
    second.outputs.add(index=0, delta=chat_pb2.Delta(content="lo"))
    second.usage.completion_tokens = 2
    second.created.FromDatetime(LAST_DAY)
    response.process_chunk(first)
    response.process_chunk(second)
    return response.proto


def file_requests() -> Iterator[tuple[str, Message]]:
    """Requests of the files client."""
    channel = RecordingChannel()
    client = files.Client(channel)
    client.list()
    yield from channel.taken("files.list")
    for order in ("asc", "desc"):
        for sort_by in ("created_at", "filename", "size"):
            client.list(limit=10, order=order, sort_by=sort_by, pagination_token="next")  # noqa: S106 - no password
            yield from channel.taken(f"files.list by {sort_by} {order}")
    client.get("file_01J")
    yield from channel.taken("files.get")
    client.delete("file_01J")
    yield from channel.taken("files.delete")
    client.content("file_01J")
    yield from channel.taken("files.content")
    client.upload(b"\x00\xff" * 100, filename="blob.bin")
    yield from channel.taken("files.upload")


def collection_requests() -> Iterator[tuple[str, Message]]:
    """Requests of the collections client."""
    api, management = RecordingChannel(), RecordingChannel()
    client = collections.Client(api, management)
    chunks = types_pb2.ChunkConfiguration(
        chars_configuration=types_pb2.CharsConfiguration(max_chunk_size_chars=512, chunk_overlap_chars=64),
        strip_whitespace=True,
    )
    client.create("Laws")
    yield from management.taken("collections.create")
    client.create("Laws", "grok-embedding-small", chunks)
    yield from management.taken("collections.create with all")
    client.list()
    yield from management.taken("collections.list")
    client.list(
        5, shared_pb2.Ordering.ORDERING_ASCENDING, collections_pb2.CollectionsSortBy.COLLECTIONS_SORT_BY_AGE, "next"
    )
    yield from management.taken("collections.list with enums")
    for sort_by in ("name", "age"):
        client.list(order="desc", sort_by=sort_by)
        yield from management.taken(f"collections.list by {sort_by}")
    client.get("c1")
    yield from management.taken("collections.get")
    client.update("c1", name="Rules", chunk_configuration=chunks)
    yield from management.taken("collections.update")
    client.delete("c1")
    yield from management.taken("collections.delete")
    client.search("speed limit", ["c1", "c2"], limit=4)
    yield from api.taken("collections.search")
    client.upload_document("c1", "a.txt", b"text", "text/plain", {"year": "2025", "author": "me", "": ""})
    yield from management.taken("collections.upload_document")
    client.add_existing_document("c1", "f1", {"k": "v"})
    yield from management.taken("collections.add_existing_document")
    for sort_by in ("name", "age", "size"):
        client.list_documents("c1", limit=0, order="asc", sort_by=sort_by)
        yield from management.taken(f"collections.list_documents by {sort_by}")
    client.get_document("f1", "c1")
    yield from management.taken("collections.get_document")
    client.batch_get_documents("c1", ["f1", "f2"])
    yield from management.taken("collections.batch_get_documents")
    client.update_document("c1", "f1", "b.txt", b"new", "text/plain", {"k": "w"})
    yield from management.taken("collections.update_document")
    client.remove_document("c1", "f1")
    yield from management.taken("collections.remove_document")
    client.reindex_document("c1", "f1")
    yield from management.taken("collections.reindex_document")


def other_requests() -> Iterator[tuple[str, Message]]:
    """Requests of the clients for images, models and tokens."""
    channel = RecordingChannel()
    pictures = sync_image.Client(channel)
    for form in ("base64", "url"):
        ignoring_an_empty_answer(lambda form=form: pictures.sample("a fox", "grok-2-image", image_format=form))
        yield from channel.taken(f"image.sample {form}")
    ignoring_an_empty_answer(lambda: pictures.sample_batch("a fox", "grok-2-image", 2, user="user-1"))
    yield from channel.taken("image.sample_batch")
    known = models.Client(channel)
    for get_model in (known.get_language_model, known.get_embedding_model, known.get_image_generation_model):
        get_model("grok-4")
        yield from channel.taken(f"models.{get_model.__name__}")
    tokenizer.Client(channel).tokenize_text("Hello", "grok-4")
    yield from channel.taken("tokenize.tokenize_text")


def weather_tool() -> chat_pb2.Tool:
    """A tool with a JSON schema."""
    parameters = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
        "required": ["city"],
    }
    return chat.tool("weather", "The weather of a city.", parameters)


def ignoring_an_empty_answer(call: Callable[[], object]) -> None:
    """Make a call whose answer has to hold something; the request is what counts here."""
    try:
        call()
    except (IndexError, ValueError):
        return
