"""All that the official client can do, done with an emulator and checked; run by the official package's Python.

    python official_session.py sync|async ADDRESS [raw]

Prints, as JSON, the public methods of the clients that there are, and those that were called. With
`raw`, what the client does not wrap is called, too.
"""

import asyncio
import base64
import importlib
import inspect
import json
import sys
import types
from datetime import UTC, datetime

import grpc
import xai_sdk
from pydantic import BaseModel
from xai_sdk import tools
from xai_sdk.chat import SearchParameters, assistant, file, image, system, tool, tool_result, user
from xai_sdk.proto import image_pb2
from xai_sdk.search import news_source, rss_source, web_source, x_source

RESOURCES = ("auth", "chat", "collections", "files", "image", "models", "tokenizer")
PIXEL = "data:image/png;base64,iVBORw0KGgo="


class City(BaseModel):
    name: str
    inhabitants: int


async def done(result):
    """The result of a call, whichever client made it."""
    return await result if inspect.isawaitable(result) else result


def takes(function, name):
    """Whether a function has a parameter; newer releases do not have all of the older ones'."""
    return name in inspect.signature(function).parameters


async def each(results):
    """What a stream gives."""
    if hasattr(results, "__aiter__"):
        return [item async for item in results]
    return list(results)


async def refused(code, call):
    """Check that a call is refused."""
    try:
        await done(call())
    except grpc.RpcError as error:
        assert error.code() == code, error
        return error.details()
    raise AssertionError("it was not refused")


async def chats(client):
    chat = client.chat.create("grok-4", messages=[system("Be brief."), user("Good morning, server")])
    response = await done(chat.sample())
    assert response.content == "Good morning, server"
    assert response.role == "ROLE_ASSISTANT"
    assert response.finish_reason == "REASON_STOP"
    assert response.usage.total_tokens == (
        response.usage.prompt_tokens + response.usage.completion_tokens + response.usage.reasoning_tokens
    )
    assert response.usage.completion_tokens == 4
    assert "4" not in response.reasoning_content
    assert response.reasoning_content
    assert response.system_fingerprint.startswith("fp_")
    assert response.request_settings.parallel_tool_calls
    chat.append(response).append(user("And good night"))
    assert (await done(chat.sample())).content == "And good night"

    again = [
        await done(client.chat.create("grok-3", seed=7, messages=[user("Twice")], logprobs=True).sample()) for _ in "ab"
    ]
    assert again[0].content == again[1].content
    assert again[0].logprobs == again[1].logprobs
    assert [each.token for each in again[0].logprobs.content] == ["Tw", "ice"]

    several = await done(client.chat.create("grok-3", messages=[user("Many")]).sample_batch(3))
    assert [each.content for each in several] == ["Many", "Many (2)", "Many (3)"]

    text = "one two three four five"
    streamed = await each(client.chat.create("grok-3", messages=[user(text)]).stream())
    chunks = [chunk.content for _, chunk in streamed]
    response = streamed[-1][0]
    assert [chunk for chunk in chunks if chunk] == ["one", " two", " three", " four", " five"]
    assert response.content == text
    assert response.finish_reason == "REASON_STOP"
    assert response.usage.completion_tokens == 5
    last = (await each(client.chat.create("grok-3", messages=[user(text)]).stream_batch(2)))[-1][0]
    assert [each.content for each in last] == [text, f"{text} (2)"]

    cut = await done(client.chat.create("grok-3", messages=[user(text)], max_tokens=2).sample())
    assert (cut.content, cut.finish_reason) == ("one two", "REASON_MAX_LEN")
    cut = await done(client.chat.create("grok-3", messages=[user(text)], stop=["three"]).sample())
    assert (cut.content, cut.finish_reason) == ("one two ", "REASON_STOP")

    _, city = await done(client.chat.create("grok-3", messages=[user("Which city?")]).parse(City))
    assert isinstance(city, City)
    hidden = await done(
        client.chat.create("grok-3-mini", messages=[user("Think")], use_encrypted_content=True).sample()
    )
    assert hidden.encrypted_content
    assert hidden.reasoning_content not in hidden.encrypted_content
    back = client.chat.create("grok-3-mini", messages=[user("Think")]).append(hidden).append(user("Go on"))
    assert (await done(back.sample())).content == "Go on"


async def function_tools(client):
    weather = tool(
        "get_weather",
        "The weather.",
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
    chat = client.chat.create("grok-3", messages=[user('get_weather {"city": "Bern"}')], tools=[weather])
    response = await done(chat.sample())
    (call,) = response.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Bern"})
    assert response.finish_reason == "REASON_TOOL_CALLS"
    chat.append(response).append(tool_result("It snows."))
    assert (await done(chat.sample())).content == "It snows."
    none = client.chat.create("grok-3", messages=[user("get_weather")], tools=[weather], tool_choice="none")
    assert not (await done(none.sample())).tool_calls
    forced = client.chat.create("grok-3", messages=[user("Hello")], tools=[weather], tool_choice="required")
    assert (await done(forced.sample())).tool_calls[0].function.name == "get_weather"


async def server_tools(client, collection_id):
    uses = {
        "WEB_SEARCH": tools.web_search(allowed_domains=["docs.python.org"]),
        "X_SEARCH": tools.x_search(allowed_x_handles=["xai"], from_date=datetime(2025, 1, 1, tzinfo=UTC)),
        "CODE_EXECUTION": tools.code_execution(),
        "COLLECTIONS_SEARCH": tools.collections_search([collection_id], limit=2),
        "MCP": tools.mcp("https://mcp.example.com", server_label="wiki", authorization="mcp-secret"),
    }
    for kind, used in uses.items():
        response = await done(client.chat.create("grok-4", messages=[user("How is it reset?")], tools=[used]).sample())
        assert response.server_side_tool_usage == {f"SERVER_SIDE_TOOL_{kind}": 1}, kind
        assert len(response.tool_calls) == 1
        assert response.content == "How is it reset?"
        if kind in ("WEB_SEARCH", "X_SEARCH", "COLLECTIONS_SEARCH"):
            assert response.citations, kind
    sources = [
        web_source(country="CH", allowed_websites=["www.admin.ch"]),
        news_source(excluded_websites=["news.example.com"]),
        x_source(included_x_handles=["xai"]),
        rss_source(["https://status.x.ai/feed.xml"]),
    ]
    parameters = SearchParameters(sources=sources, mode="on", max_search_results=4)
    found = await done(
        client.chat.create("grok-4", messages=[user("What is new?")], search_parameters=parameters).sample()
    )
    assert found.usage.num_sources_used == 4
    assert found.citations[0] == "https://www.admin.ch/what-is-new"
    assert "https://news.example.com/what-is-new" not in found.citations


async def kept_and_deferred(client):
    first = await done(client.chat.create("grok-3", messages=[user("Keep this")], store_messages=True).sample())
    second = client.chat.create("grok-3", messages=[user("Go on")], previous_response_id=first.id)
    response = await done(second.sample())
    assert response.usage.cached_prompt_text_tokens > 0
    (stored,) = await done(client.chat.get_stored_completion(first.id))
    assert stored.content == "Keep this"
    assert await done(client.chat.delete_stored_completion(first.id)) == first.id
    await refused(grpc.StatusCode.NOT_FOUND, lambda: client.chat.get_stored_completion(first.id))
    await refused(grpc.StatusCode.NOT_FOUND, second.sample)
    assert (await done(client.chat.create("grok-3", messages=[user("Later")]).defer())).content == "Later"
    batch = await done(client.chat.create("grok-3", messages=[user("Later")]).defer_batch(2))
    assert [each.content for each in batch] == ["Later", "Later (2)"]


async def files(client, folder):
    path = folder / "notes.txt"
    path.write_bytes(b"From a path. " * 400_000)
    seen = []
    stored = await done(client.files.upload(str(path), on_progress=lambda sent, total: seen.append((sent, total))))
    assert (stored.filename, stored.size) == ("notes.txt", 5_200_000)
    assert seen[-1] == (5_200_000, 5_200_000)
    assert await done(client.files.content(stored.id)) == path.read_bytes()
    small = await done(client.files.upload(b"second", filename="a.txt"))
    with path.open("rb") as opened:
        third = await done(client.files.upload(opened, filename="z.txt"))
    page = await done(client.files.list(limit=2, order="asc", sort_by="filename"))
    assert [each.filename for each in page.data] == ["a.txt", "notes.txt"]
    rest = await done(
        client.files.list(limit=2, order="asc", sort_by="filename", pagination_token=page.pagination_token)
    )
    assert [each.filename for each in rest.data] == ["z.txt"]
    assert not rest.pagination_token
    assert (await done(client.files.get(small.id))).id == small.id
    question = user("What is it called?", image(PIXEL, detail="high"), file(small.id))
    assert (await done(client.chat.create("grok-4", messages=[question]).sample())).usage.prompt_image_tokens > 0
    for each_file in (stored, small, third):
        assert (await done(client.files.delete(each_file.id))).deleted
    assert await refused(grpc.StatusCode.NOT_FOUND, lambda: client.files.get(small.id)) == (
        f"file '{small.id}' does not exist"
    )


async def collections(client):
    made = await done(client.collections.create("manuals", model_name="grok-embedding-small"))
    identity = made.collection_id
    assert made.index_configuration.model_name == "v1"
    other = await done(client.collections.create("another"))
    found = await done(client.collections.list(limit=10, order="asc", sort_by="name"))
    assert [each.collection_name for each in found.collections] == ["another", "manuals"]
    assert (await done(client.collections.update(identity, name="handbooks"))).collection_name == "handbooks"
    assert (await done(client.collections.get(identity))).collection_name == "handbooks"
    text = b"Hold the button for ten seconds to reset the clock."
    kind = {"content_type": "text/markdown"} if takes(client.collections.upload_document, "content_type") else {}
    document = await done(client.collections.upload_document(identity, "reset.md", text, fields={"a": "b"}, **kind))
    reset = document.file_metadata.file_id
    assert dict(document.fields) == {"a": "b"}
    stored = await done(client.files.upload(b"Cats sleep most of the day.", filename="cats.txt"))
    await done(client.collections.add_existing_document(identity, stored.id, fields={"kind": "cat"}))
    while (await done(client.collections.get_document(stored.id, identity))).status != 2:
        await asyncio.sleep(0.05)
    listed = await done(client.collections.list_documents(identity, limit=10, order="desc", sort_by="name"))
    assert [each.file_metadata.name for each in listed.documents] == ["reset.md", "cats.txt"]
    several = await done(client.collections.batch_get_documents(identity, [stored.id, reset]))
    assert [each.file_metadata.file_id for each in several.documents] == [stored.id, reset]
    matches = (
        await done(client.collections.search("How do I reset the clock?", [identity, other.collection_id]))
    ).matches
    assert matches[0].file_id == reset
    assert matches[0].score > matches[1].score
    assert list(matches[0].collection_ids) == [identity]
    await server_tools(client, identity)
    updated = await done(
        client.collections.update_document(identity, reset, name="new.md", data=b"Dogs bark.", fields={})
    )
    assert (updated.file_metadata.name, updated.file_metadata.size_bytes) == ("new.md", 10)
    await done(client.collections.reindex_document(identity, reset))
    await done(client.collections.remove_document(identity, stored.id))
    assert (await done(client.files.get(stored.id))).filename == "cats.txt"
    assert (await done(client.collections.get(identity))).documents_count == 1
    await done(client.collections.delete(identity))
    await refused(grpc.StatusCode.NOT_FOUND, lambda: client.collections.get(identity))


async def others(client):
    assert (await done(client.auth.get_api_key_info())).redacted_api_key == "xai-...-key"
    names = [each.name for each in await done(client.models.list_language_models())]
    assert "grok-4" in names
    assert (await done(client.models.get_language_model("grok-4-latest"))).name == "grok-4"
    assert [each.name for each in await done(client.models.list_embedding_models())] == ["v1"]
    assert (await done(client.models.get_embedding_model("v1"))).prompt_text_token_price > 0
    assert [each.name for each in await done(client.models.list_image_generation_models())] == ["grok-2-image"]
    assert (await done(client.models.get_image_generation_model("grok-2-image"))).image_price > 0
    await refused(grpc.StatusCode.NOT_FOUND, lambda: client.models.get_language_model("grok-0"))
    tokens = await done(client.tokenize.tokenize_text("Grüezi mitenand 👋", "grok-4"))
    assert "".join(token.string_token for token in tokens) == "Grüezi mitenand 👋"
    picture = await done(client.image.sample("A cat", "grok-2-image", image_format="base64"))
    assert base64.b64decode(picture.base64.split("base64,", 1)[1])[:2] == b"\xff\xd8"
    assert (await done(fetched(picture)))[:2] == b"\xff\xd8"
    pictures = await done(client.image.sample_batch("A cat", "grok-2-image", 2, image_format="url"))
    for each_picture in pictures:
        assert (await done(fetched(each_picture)))[:2] == b"\xff\xd8"
        if "up_sampled_prompt" in image_pb2.GeneratedImage.DESCRIPTOR.fields_by_name:
            assert each_picture.prompt == "A cat"


def fetched(picture):
    """A picture's content: a property of one client, a coroutine of the other."""
    return picture.image


async def raw(address):
    """The RPCs that the client does not wrap, by the package's own stubs."""
    from google.protobuf import empty_pb2
    from xai_sdk.proto import (
        collections_pb2,
        collections_pb2_grpc,
        embed_pb2,
        embed_pb2_grpc,
        files_pb2,
        files_pb2_grpc,
        sample_pb2,
        sample_pb2_grpc,
    )

    assert empty_pb2.Empty() is not None
    api = (("authorization", "Bearer xai-emulator-key"),)
    management = (("authorization", "Bearer xai-emulator-management-key"),)
    with grpc.insecure_channel(address) as channel:
        vectors = embed_pb2_grpc.EmbedderStub(channel).Embed(
            embed_pb2.EmbedRequest(
                input=[embed_pb2.EmbedInput(string=text) for text in ("a cat", "two cats", "tax law")],
                model="v1",
                encoding_format="FORMAT_FLOAT",
            ),
            metadata=api,
        )
        first, near, far = (list(each.embeddings[0].float_array) for each in vectors.embeddings)
        assert dot(first, near) > dot(first, far)
        assert abs(dot(first, first) - 1) < 1e-5
        sample = sample_pb2_grpc.SampleStub(channel)
        request = sample_pb2.SampleTextRequest(prompt=["Once upon"], model="grok-3")
        assert sample.SampleText(request, metadata=api).choices[0].text == "Once upon"
        texts = [each.choices[0].text for each in sample.SampleTextStreaming(request, metadata=api)]
        assert [text for text in texts if text] == ["Once", " upon"]
        stub = files_pb2_grpc.FilesStub(channel)
        chunks = [
            files_pb2.UploadFileChunk(init=files_pb2.UploadFileInit(name="x", purpose="test")),
            files_pb2.UploadFileChunk(data=b"content"),
        ]
        stored = stub.UploadFile(iter(chunks), metadata=api)
        url = stub.RetrieveFileURL(files_pb2.RetrieveFileURLRequest(file_id=stored.id), metadata=api).url
        requests = importlib.import_module("requests")
        assert requests.get(url, timeout=10).content == b"content"
        assert requests.get(url.replace(stored.id, "other"), timeout=10).status_code == 403
        store = collections_pb2_grpc.CollectionsStub(channel)
        models = store.ListAvailableEmbeddingModels(
            collections_pb2.ListAvailableEmbeddingModelsRequest(), metadata=management
        )
        assert list(models.embedding_models) == ["v1"]
        encodings = store.ListAvailableTokenEncodings(
            collections_pb2.ListAvailableTokenEncodingsRequest(), metadata=management
        )
        assert "o200k_base" in encodings.encodings


def dot(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def public_methods(kind):
    """The public methods of a client's resources and of what these give, by where they are defined."""
    folder = "sync" if kind == "sync" else "aio"
    found = set()
    for resource in RESOURCES:
        module = importlib.import_module(f"xai_sdk.{folder}.{resource}")
        for owner in vars(module).values():
            if isinstance(owner, type) and owner.__module__ == module.__name__:
                for name, member in vars(owner).items():
                    function = member.fget if isinstance(member, property) else member
                    if isinstance(function, types.FunctionType) and not name.startswith("_"):
                        found.add(f"{folder}.{resource}.{function.__code__.co_name}")
    return found


def main():
    kind, address = sys.argv[1:3]
    folder = "sync" if kind == "sync" else "aio"
    called = set()

    def note(frame, event, _argument):
        if event == "call":
            module = frame.f_globals.get("__name__") or ""
            if module.startswith(f"xai_sdk.{folder}."):
                called.add(f"{folder}.{module.rpartition('.')[2]}.{frame.f_code.co_name}")

    async def session():
        from pathlib import Path
        from tempfile import TemporaryDirectory

        make = xai_sdk.Client if kind == "sync" else xai_sdk.AsyncClient
        client = make(
            api_key="xai-emulator-key",
            management_api_key="xai-emulator-management-key",
            api_host=address,
            management_api_host=address,
        )
        with TemporaryDirectory() as temporary:
            await chats(client)
            await function_tools(client)
            await kept_and_deferred(client)
            await files(client, Path(temporary))
            await collections(client)
            await others(client)
        await done(client.close())
        assistant("made from text")

    sys.setprofile(note)
    asyncio.run(session())
    sys.setprofile(None)
    if sys.argv[3:] == ["raw"]:
        asyncio.run(raw(address))
    print(json.dumps({"public": sorted(public_methods(kind)), "called": sorted(called)}))


if __name__ == "__main__":
    main()
