"""POST /v1/images/generations."""

import base64
import io
import time

import httpx2
import pytest
from PIL import Image

from xaiwire.proto import image_pb2
from xaiwire_server.gateway.convert.oneofs import one

IMAGES = "/v1/images/generations"
CAT = {"model": "grok-2-image", "prompt": "a cat"}


def asked(plain_gateway, upstream, body, *images):
    """The message that came upstream for a body, and the answer."""
    upstream.answers["GenerateImage"] = [image_pb2.ImageResponse(images=list(images), model="real")]
    with plain_gateway.http() as http:
        answered = http.post(IMAGES, json=CAT | body)
    assert answered.status_code == 200, answered.text
    return upstream.requests[-1][1], answered.json()


def test_images_by_address(openai_client):
    before = int(time.time())
    made = openai_client.images.generate(model="grok-2-image", prompt="a cat", n=2)
    assert before <= made.created <= time.time()
    assert len(made.data) == 2
    for image in made.data:
        content = httpx2.get(image.url).content
        assert Image.open(io.BytesIO(content)).format == "JPEG"
        assert (image.b64_json, image.revised_prompt, image.respect_moderation) == (None, "a cat", True)


def test_images_as_base64(openai_client):
    made = openai_client.images.generate(model="grok-2-image", prompt="a cat", response_format="b64_json")
    (image,) = made.data
    assert Image.open(io.BytesIO(base64.b64decode(image.b64_json, validate=True))).format == "JPEG"
    assert image.url is None


def test_every_field_arrives(plain_gateway, upstream):
    body = {
        "n": 3,
        "user": "me",
        "response_format": "b64_json",
        "image": {"url": "https://example.com/a.png", "detail": "high"},
    }
    message, _ = asked(plain_gateway, upstream, body)
    assert message == image_pb2.GenerateImageRequest(
        prompt="a cat",
        model="grok-2-image",
        n=3,
        user="me",
        format=image_pb2.ImageFormat.IMG_FORMAT_BASE64,
        image=image_pb2.ImageUrlContent(
            image_url="https://example.com/a.png", detail=image_pb2.ImageDetail.DETAIL_HIGH
        ),
    )


def test_what_is_not_said_is_not_sent(plain_gateway, upstream):
    message, _ = asked(plain_gateway, upstream, {"size": "auto", "quality": "auto", "stream": False})
    assert message == image_pb2.GenerateImageRequest(prompt="a cat", model="grok-2-image")


def test_a_source_image_as_a_text(plain_gateway, upstream):
    message, _ = asked(plain_gateway, upstream, {"image": "https://example.com/a.png", "response_format": "url"})
    assert message.image == image_pb2.ImageUrlContent(image_url="https://example.com/a.png")
    assert message.format == image_pb2.ImageFormat.IMG_FORMAT_URL


def test_every_field_comes_back(plain_gateway, upstream):
    _, body = asked(
        plain_gateway,
        upstream,
        {},
        image_pb2.GeneratedImage(image=one("url", "https://example.com/1"), respect_moderation=True),
        image_pb2.GeneratedImage(image=one("base64", "data:image/png;base64,QUJD"), up_sampled_prompt="a big cat"),
        image_pb2.GeneratedImage(image=one("base64", "QUJD"), respect_moderation=True),
        image_pb2.GeneratedImage(),
    )
    assert body["model"] == "real"
    assert body["data"] == [
        {"respect_moderation": True, "url": "https://example.com/1"},
        {"respect_moderation": False, "b64_json": "QUJD", "revised_prompt": "a big cat"},
        {"respect_moderation": True, "b64_json": "QUJD"},
        {"respect_moderation": False},
    ]


@pytest.mark.parametrize(
    "field",
    [
        {"size": "1024x1024"},
        {"quality": "hd"},
        {"style": "vivid"},
        {"background": "transparent"},
        {"output_format": "png"},
        {"output_compression": 50},
        {"moderation": "low"},
        {"partial_images": 2},
        {"stream": True},
        {"response_format": "svg"},
        {"n": "two"},
        {"image": {"url": 1}},
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_path(plain_gateway, upstream, field):
    (name,) = field
    with plain_gateway.http() as http:
        answered = http.post(IMAGES, json=CAT | field)
    assert answered.status_code == 400
    assert answered.json()["error"]["param"].startswith(name)
    assert upstream.requests == []


def test_what_the_server_refuses(http):
    answered = http.post(IMAGES, json={**CAT, "n": 11})
    assert (answered.status_code, "n: 11" in answered.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("image", "param"), [("data:image/png;base64,%", "image"), ({"url": "data:text/plain,x"}, "image.url")]
)
def test_data_that_is_no_image(http, image, param):
    answered = http.post(IMAGES, json=CAT | {"image": image})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, param)
