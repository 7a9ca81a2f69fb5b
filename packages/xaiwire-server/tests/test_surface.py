"""Each RPC does what its name says; what other tests look at more closely, is not looked at here."""

import urllib.request

import pytest

import xaiwire
from xaiwire import tools
from xaiwire.chat import user
from xaiwire.errors import NotFoundError


def test_server_side_tools(client):
    collection = client.collections.create("manuals").collection_id
    client.collections.upload_document(collection, "a.md", b"Hold the button to reset it.", "text/markdown")
    uses = {
        "SERVER_SIDE_TOOL_WEB_SEARCH": (
            tools.web_search(excluded_domains=["www.example.com"]),
            "https://docs.example.org/",
        ),
        "SERVER_SIDE_TOOL_X_SEARCH": (tools.x_search(excluded_x_handles=["xai"]), "https://x.com/grok/status/"),
        "SERVER_SIDE_TOOL_CODE_EXECUTION": (tools.code_execution(), None),
        "SERVER_SIDE_TOOL_COLLECTIONS_SEARCH": (tools.collections_search([collection]), f"collections://{collection}/"),
        "SERVER_SIDE_TOOL_MCP": (tools.mcp("https://mcp.example.com", server_label="wiki"), None),
    }
    for kind, (tool, source) in uses.items():
        response = client.chat.create("grok-4", messages=[user("How is it reset?")], tools=[tool]).sample()
        assert response.server_side_tool_usage == {kind: 1}
        assert response.finish_reason == "REASON_STOP"
        assert [each.startswith(source) for each in response.citations[:1]] == ([True] if source else [])
        streamed = list(client.chat.create("grok-4", messages=[user("How?")], tools=[tool]).stream())[-1][0]
        assert len(streamed.tool_calls) == 1
    unused = client.chat.create("grok-4", messages=[user("How?")], tools=[tool], tool_choice="none").sample()
    assert (list(unused.tool_calls), unused.citations) == ([], [])
    with pytest.raises(NotFoundError, match="collection 'x' does not exist"):
        client.chat.create("grok-4", messages=[user("How?")], tools=[tools.collections_search(["x"])]).sample()


def test_models(client):
    assert client.models.get_embedding_model("grok-embedding-small").name == "v1"
    assert client.models.get_image_generation_model("grok-2-image-1212").max_prompt_length == 1024
    assert [model.name for model in client.models.list_embedding_models()] == ["v1"]
    assert [model.name for model in client.models.list_image_generation_models()] == ["grok-2-image"]
    for get in (client.models.get_embedding_model, client.models.get_image_generation_model):
        with pytest.raises(NotFoundError):
            get("none")


def test_tokens(client):
    assert [token.string_token for token in client.tokenize.tokenize_text("Hello, cat", "grok-4")] == [
        "Hello",
        ",",
        " cat",
    ]


def test_a_picture_is_there_by_its_address_for_a_day(client, xaiwire_emulator):
    url = client.image.sample("A cat", "grok-2-image", image_format="url").url
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.read(2) == b"\xff\xd8"
    xaiwire_emulator.advance(25 * 3600)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    caught.value.close()


def test_collections(client):
    for name in ("b", "a", "c"):
        client.collections.create(name)
    for sort_by, names in (("name", "abc"), ("age", "bac")):
        for order, expected in (("asc", names), ("desc", names[::-1])):
            listed = client.collections.list_all(limit=1, order=order, sort_by=sort_by)
            assert "".join(each.collection_name for each in listed) == expected
    first = client.collections.list(limit=1).collections[0]
    assert client.collections.update(first.collection_id, name="z").collection_name == "z"
    client.collections.delete(first.collection_id)
    with pytest.raises(NotFoundError):
        client.collections.get(first.collection_id)
    assert client.collections.list_embedding_models().embedding_models == ["v1"]
    assert client.collections.list_token_encodings().encodings == ["o200k_base", "cl100k_base"]


def test_sampling_as_a_stream(client):
    words = [response.choices[0].text for response in client.sample.stream("Once upon a time", "grok-3", max_tokens=3)]
    assert "".join(words) == "Once upon a"


def test_asynchronous_clients(xaiwire_emulator):
    import asyncio

    async def talk():
        async with xaiwire_emulator.async_client() as client:
            return (await client.chat.complete("grok-3", "Hello")).content

    assert asyncio.run(talk()) == "Hello"


def test_an_emulator_without_pytest():
    from xaiwire_server.testing import running_emulator

    with (
        running_emulator() as emulator,
        xaiwire.Client(
            api_key=emulator.environment["XAI_API_KEY"], api_host=emulator.environment["XAI_API_HOST"]
        ) as client,
    ):
        emulator.fault("*", status="ABORTED")
        emulator.clear_faults()
        assert client.chat.complete("grok-3", "Hello").content == "Hello"


def test_health_is_watched_until_the_end(xaiwire_emulator_thread):
    import threading

    import grpc

    from xaiwire_server._gen.grpc.health.v1.health_pb import HealthCheckRequest, HealthCheckResponse

    seen = []
    with xaiwire_emulator_thread.emulator() as emulator:
        channel = grpc.insecure_channel(emulator.address)
        made = channel.unary_stream("/grpc.health.v1.Health/Watch")(HealthCheckRequest().to_binary(), timeout=20)
        seen.append(HealthCheckResponse.from_binary(next(made)).status)
        reader = threading.Thread(
            target=lambda: seen.extend(HealthCheckResponse.from_binary(each).status for each in made)
        )
        reader.start()
    reader.join(10)
    channel.close()
    assert [status.name for status in seen] == ["SERVING", "NOT_SERVING"]


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_answers_each_question(raw_call, version):
    from importlib import import_module

    from protobuf import Oneof

    messages = import_module(f"xaiwire_server._gen.grpc.reflection.{version}.reflection_pb")

    def ask(kind, value):
        asked = messages.ServerReflectionRequest(message_request=Oneof(kind, value))
        path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
        _, _, (response,) = raw_call(path, [asked], metadata=(), decode=messages.ServerReflectionResponse.from_binary)
        return response.message_response

    for symbol in ("xai_api.Chat", "xai_api.Chat.GetCompletion", "xai_api.Message", "xai_api.MessageRole"):
        assert ask("file_containing_symbol", symbol).value.file_descriptor_proto
    assert len(ask("file_by_filename", "xai/api/v1/chat.proto").value.file_descriptor_proto) > 3
    assert ask("all_extension_numbers_of_type", "xai_api.Message").value.base_type_name == "xai_api.Message"
    extension = messages.ExtensionRequest(containing_type="xai_api.Message", extension_number=1)
    for kind, value in (
        ("file_by_filename", "x"),
        ("file_containing_symbol", "x.y"),
        ("file_containing_extension", extension),
    ):
        assert ask(kind, value).value.error_code == 5
