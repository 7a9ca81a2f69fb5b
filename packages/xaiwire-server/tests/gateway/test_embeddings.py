"""POST /v1/embeddings."""

import base64
import struct

import pytest

from xaiwire.proto import embed_pb2, image_pb2, usage_pb2
from xaiwire_server.gateway.shapes.base import MOST_ITEMS

EMBEDDINGS = "/v1/embeddings"
_Format = embed_pb2.EmbedEncodingFormat


def answer(*embeddings):
    return embed_pb2.EmbedResponse(id="e-1", embeddings=list(embeddings), model="v1-real", system_fingerprint="fp")


def floats(*numbers):
    return embed_pb2.FeatureVector(float_array=list(numbers))


def asked(plain_gateway, upstream, body, response=None):
    """The message that came upstream for a body."""
    upstream.answers["Embed"] = [response or answer()]
    with plain_gateway.http() as http:
        answered = http.post(EMBEDDINGS, json={"model": "v1", "input": "text"} | body)
    assert answered.status_code == 200, answered.text
    return upstream.requests[-1][1], answered.json()


def test_both_encodings_are_the_same_numbers(openai_client, gateway, xaiwire_emulator):
    # The openai package asks for base64 where nothing is said, and decodes it.
    encoded = openai_client.embeddings.create(model="v1", input=["a cat", "a dog"])
    plain = openai_client.embeddings.create(model="v1", input=["a cat", "a dog"], encoding_format="float")
    assert [each.index for each in encoded.data] == [0, 1]
    assert len(encoded.data[0].embedding) > 100
    for first, second in zip(encoded.data, plain.data, strict=True):
        assert list(first.embedding) == pytest.approx(second.embedding, rel=1e-6)
    formats = [entry["request_messages"][0]["encoding_format"] for entry in xaiwire_emulator.requests("Embed")]
    assert formats == ["FORMAT_BASE64", "FORMAT_FLOAT"]


def test_base64_is_float32_with_the_lowest_byte_first(http):
    body = {"model": "v1", "input": "a cat"}
    text = http.post(EMBEDDINGS, json={**body, "encoding_format": "base64"}).json()["data"][0]["embedding"]
    numbers = http.post(EMBEDDINGS, json=body).json()["data"][0]["embedding"]
    data = base64.b64decode(text)
    assert list(struct.unpack(f"<{len(data) // 4}f", data)) == numbers


def test_texts_and_images(http):
    inputs = [
        "a cat",
        {"type": "text", "text": "a dog"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png", "detail": "low"}},
    ]
    body = http.post(EMBEDDINGS, json={"model": "v1", "input": inputs}).json()
    assert [each["index"] for each in body["data"]] == [0, 1, 2]
    assert body["usage"] == {"num_text_embeddings": 2, "num_image_embeddings": 1}


def test_every_field_arrives(plain_gateway, upstream):
    body = {
        "model": "v1",
        "input": [
            "one",
            {"type": "text", "text": "two"},
            {"type": "image_url", "image_url": "https://example.com/a.png"},
            {"type": "image_url", "image_url": {"url": "https://example.com/b.png", "detail": "high"}},
        ],
        "encoding_format": "base64",
        "user": "me",
    }
    message, _ = asked(plain_gateway, upstream, body)
    assert [each.input.value for each in message.input] == [
        "one",
        "two",
        image_pb2.ImageUrlContent(image_url="https://example.com/a.png"),
        image_pb2.ImageUrlContent(image_url="https://example.com/b.png", detail=image_pb2.ImageDetail.DETAIL_HIGH),
    ]
    assert (message.model, message.encoding_format, message.user) == ("v1", _Format.FORMAT_BASE64, "me")


def test_what_is_not_said(plain_gateway, upstream):
    message, _ = asked(plain_gateway, upstream, {"dimensions": None})
    assert [each.input.value for each in message.input] == ["text"]
    assert (message.encoding_format, message.user) == (_Format.FORMAT_FLOAT, "")


def test_every_vector_has_an_entry(plain_gateway, upstream):
    response = answer(
        embed_pb2.Embedding(index=0, embeddings=[floats(0.5, -1), floats(2)]),
        embed_pb2.Embedding(index=1, embeddings=[embed_pb2.FeatureVector(base64_array="AACAPw==")]),
    )
    response.usage = usage_pb2.EmbeddingUsage(num_text_embeddings=3)
    _, body = asked(plain_gateway, upstream, {}, response)
    assert body == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [0.5, -1.0]},
            {"object": "embedding", "index": 0, "embedding": [2.0]},
            {"object": "embedding", "index": 1, "embedding": "AACAPw=="},
        ],
        "model": "v1-real",
        "usage": {"num_text_embeddings": 3, "num_image_embeddings": 0},
        "id": "e-1",
        "system_fingerprint": "fp",
    }


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ({"input": [1, 2]}, "input[0]"),
        ({"input": ["a", [1, 2]]}, "input[1]"),
        ({"dimensions": 64}, "dimensions"),
        ({"encoding_format": "int8"}, "encoding_format"),
        ({"input": 1}, "input"),
        ({"input": [{"type": "video_url", "video_url": "https://example.com/a.mp4"}]}, "input[0]"),
        ({"input": [{"type": "image_url", "image_url": {"url": "https://example.com", "detail": "x"}}]}, None),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_path(plain_gateway, upstream, field, param):
    with plain_gateway.http() as http:
        answered = http.post(EMBEDDINGS, json={"model": "v1", "input": "a"} | field)
    assert answered.status_code == 400
    assert (answered.json()["error"]["param"] or "").startswith(param or "input[0]")
    assert upstream.requests == []


def test_what_the_server_refuses(http):
    answered = http.post(EMBEDDINGS, json={"model": "v1", "input": []})
    assert answered.status_code == 400
    assert "input" in answered.json()["error"]["message"]
    assert http.post(EMBEDDINGS, json={"model": "none", "input": "a"}).status_code == 404


@pytest.mark.parametrize("count", ["input", "input[0]"])
def test_an_input_that_is_too_long(http, count):
    inputs = [""] * (MOST_ITEMS + 1) if count == "input" else [[1] * (MOST_ITEMS + 1)]
    answered = http.post(EMBEDDINGS, json={"model": "v1", "input": inputs})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, count)


def test_data_that_is_no_image(http):
    for image, param in (("data:image/png;base64,%", "image_url"), ({"url": "data:,x"}, "image_url.url")):
        body = {"model": "v1", "input": ["a", {"type": "image_url", "image_url": image}]}
        answered = http.post(EMBEDDINGS, json=body)
        assert (answered.status_code, answered.json()["error"]["param"]) == (400, f"input[1].{param}")
