"""Embeddings, images, texts, tokens and models: what is sent, and what is made of the answers."""

from __future__ import annotations

import asyncio
import inspect
import struct
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller
from protobuf import Oneof

from xaiwire import aio, embed, image, sync
from xaiwire._gen.xai.api.v1 import embed_pb, image_pb, models_pb, sample_pb, tokenize_pb
from xaiwire._services import embed as embed_methods
from xaiwire._services import image as image_methods
from xaiwire._services import models as models_methods
from xaiwire._services import sample as sample_methods
from xaiwire._services import tokenize as tokenize_methods
from xaiwire.errors import ImageError, ValidationError


class Resources:
    """The sync or the async clients on one caller."""

    def __init__(self, kind):
        self.home = sync if kind == "sync" else aio
        self.caller = FakeCaller() if kind == "sync" else AsyncFakeCaller()

    def __getattr__(self, name):
        return getattr(self.home, name).Client(self.caller)

    def run(self, given):
        if inspect.isawaitable(given):
            return asyncio.run(_awaited(given))
        if hasattr(given, "__anext__"):
            return asyncio.run(_taken(given))
        return list(given) if hasattr(given, "__next__") else given


async def _awaited(given):
    return await given


async def _taken(given):
    return [each async for each in given]


@pytest.fixture(params=["sync", "async"])
def resources(request):
    return Resources(request.param)


def vector(index, *parts):
    return embed_pb.Embedding(index=index, embeddings=list(parts))


def floats(*numbers):
    return embed_pb.FeatureVector(float_array=numbers)


def packed(*numbers):
    return embed_pb.FeatureVector(base64_array=b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode())


def test_a_text_to_embed(resources):
    resources.run(resources.embed.create("v1", "a cat", encoding_format="base64", user="u", timeout=2.0))
    call = resources.caller.last
    assert call.request == embed_pb.EmbedRequest(
        model="v1",
        input=[embed_pb.EmbedInput(input=Oneof("string", "a cat"))],
        encoding_format=embed_pb.EmbedEncodingFormat.FORMAT_BASE64,
        user="u",
    )
    assert call.options == {"timeout": 2.0}


def test_texts_and_images_become_vectors_in_their_order(resources):
    answer = embed_pb.EmbedResponse(embeddings=[vector(1, packed(3.0, 4.0)), vector(0, floats(1.0), floats(2.0))])
    resources.caller.on(embed_methods.CREATE, lambda _request: answer)
    given = ["a cat", embed.image("https://a/b.png", detail="low")]
    vectors = resources.run(resources.embed.vectors("v1", given))
    assert [list(each) for each in vectors] == [[1.0, 2.0], [3.0, 4.0]]
    text, picture = resources.caller.last.request.input
    assert text.input.value == "a cat"
    assert picture.input.value.detail == image_pb.ImageDetail.DETAIL_LOW


@pytest.mark.parametrize("given", [[], ["x"] * 129])
def test_too_few_and_too_many_to_embed(resources, given):
    with pytest.raises(ValidationError, match="1 to 128"):
        resources.run(resources.embed.create("v1", given))
    assert not resources.caller.calls


def test_words_of_embeddings_that_do_not_exist(resources):
    with pytest.raises(ValidationError, match="encoding_format"):
        resources.run(resources.embed.create("v1", "x", encoding_format="hex"))
    with pytest.raises(ValidationError, match="detail"):
        embed.image("u", detail="extreme")


def pictures(*images):
    return image_pb.ImageResponse(model="grok-2-image", images=list(images))


def by_url(url):
    return image_pb.GeneratedImage(image=Oneof("url", url), up_sampled_prompt="a cat, in oil", respect_moderation=True)


def by_base64(text):
    return image_pb.GeneratedImage(image=Oneof("base64", text))


def made(resources, answer, **named):
    resources.caller.on(image_methods.GENERATE, lambda _request: answer)
    return resources.run(resources.image.sample("a cat", "grok-2-image", **named))


def content(resources, response):
    """The image's bytes; a property that the async response has as something to await."""
    return resources.run(response.image)


def test_an_image_by_url(resources):
    response = made(resources, pictures(by_url("https://a/b.jpg")), user="u", source="https://a/c.png")
    assert (response.url, response.prompt, response.respect_moderation) == ("https://a/b.jpg", "a cat, in oil", True)
    assert response.proto.model == "grok-2-image"
    assert "a/b.jpg" in repr(response)
    with pytest.raises(ImageError, match="image_format='base64'"):
        _ = response.base64
    sent = resources.caller.last.request
    assert (sent.n, sent.user, sent.format) == (1, "u", image_pb.ImageFormat.IMG_FORMAT_URL)
    assert sent.image == image_pb.ImageUrlContent(image_url="https://a/c.png", detail=image_pb.ImageDetail.DETAIL_AUTO)


@pytest.mark.parametrize("text", ["aGVsbG8=", "data:image/jpeg;base64,aGVsbG8="])
def test_an_image_as_base64(resources, text):
    response = made(resources, pictures(by_base64(text)), image_format="base64")
    assert content(resources, response) == b"hello"
    assert response.base64 == text
    with pytest.raises(ImageError, match="image_format='url'"):
        _ = response.url


def test_several_images(resources):
    resources.caller.on(
        image_methods.GENERATE, lambda request: pictures(*[by_url(f"https://a/{n}") for n in range(request.n)])
    )
    got = resources.run(resources.image.sample_batch("a cat", "grok-2-image", 3))
    assert [each.url for each in got] == ["https://a/0", "https://a/1", "https://a/2"]


def test_images_that_are_none(resources):
    with pytest.raises(ImageError, match="has no image"):
        made(resources, pictures())
    with pytest.raises(ImageError, match="base64 cannot be read"):
        content(resources, made(resources, pictures(by_base64("?"))))
    with pytest.raises(ImageError, match="did not come by URL"):
        content(resources, made(resources, pictures(image_pb.GeneratedImage())))
    with pytest.raises(ValidationError, match="image_format"):
        made(resources, pictures(), image_format="png")


@pytest.fixture
def web():
    """A web server with one image; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/cat.jpg":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"a cat")
            elif self.path == "/large":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"too much")
            else:
                self.send_error(404)

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_image_is_fetched(resources, web):
    assert content(resources, made(resources, pictures(by_url(f"{web}/cat.jpg")))) == b"a cat"


@pytest.mark.parametrize("path", ["/none.jpg"])
def test_an_image_that_cannot_be_fetched(resources, web, path):
    with pytest.raises(ImageError, match="cannot be fetched"):
        content(resources, made(resources, pictures(by_url(web + path))))


def test_an_image_that_is_too_large(resources, web, monkeypatch):
    monkeypatch.setattr(image, "MOST_BYTES", 4)
    with pytest.raises(ImageError, match="more than"):
        content(resources, made(resources, pictures(by_url(f"{web}/large"))))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "data:,x"])
def test_a_response_names_no_file_of_this_machine(resources, url):
    with pytest.raises(ImageError, match="neither https nor http"):
        content(resources, made(resources, pictures(by_url(url))))


def test_a_text_that_goes_on(resources):
    answer = sample_pb.SampleTextResponse(choices=[sample_pb.SampleChoice(text=" a time")])
    resources.caller.on(sample_methods.TEXT, lambda _request: answer)
    resources.caller.on(sample_methods.STREAM, lambda _request: [answer, answer])
    named = {"n": 2, "max_tokens": 0, "seed": 0, "stop": ["."], "temperature": 0.0, "top_p": 0.5, "top_logprobs": 3}
    assert resources.run(resources.sample.text("Once", "grok-3", logprobs=True, user="u", **named)) is answer
    expected = sample_pb.SampleTextRequest(prompt=["Once"], model="grok-3", logprobs=True, user="u", **named)
    assert resources.caller.last.request == expected
    assert resources.run(resources.sample.stream(["Once", "Twice"], "grok-3")) == [answer, answer]
    assert resources.caller.last.request == sample_pb.SampleTextRequest(prompt=["Once", "Twice"], model="grok-3")


@pytest.mark.parametrize("named", [{"prompt": []}, {"prompt": "Once", "stop": "."}])
def test_a_text_that_cannot_be_asked_for(resources, named):
    for method in (resources.sample.text, resources.sample.stream):
        with pytest.raises(ValidationError):
            resources.run(method(model="grok-3", **named))


def test_tokens(resources):
    token = tokenize_pb.Token(token_id=7, string_token="a")
    resources.caller.on(tokenize_methods.TEXT, lambda _request: tokenize_pb.TokenizeTextResponse(tokens=[token]))
    assert list(resources.run(resources.tokenizer.tokenize_text("a", "grok-4", user="u"))) == [token]
    assert resources.caller.last.request == tokenize_pb.TokenizeTextRequest(text="a", model="grok-4", user="u")


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("language", models_pb.LanguageModel(name="m")),
        ("embedding", models_pb.EmbeddingModel(name="m")),
        ("image_generation", models_pb.ImageGenerationModel(name="m")),
    ],
)
def test_models(resources, kind, model):
    one = getattr(models_methods, f"GET_{kind.upper()}_MODEL")
    all_of_them = getattr(models_methods, f"LIST_{kind.upper()}_MODELS")
    resources.caller.on(one, lambda _request: model)
    resources.caller.on(all_of_them, lambda _request: all_of_them.output(models=[model]))
    assert resources.run(getattr(resources.models, f"get_{kind}_model")("m")) is model
    assert resources.caller.last.request == models_pb.GetModelRequest(name="m")
    assert list(resources.run(getattr(resources.models, f"list_{kind}_models")())) == [model]
