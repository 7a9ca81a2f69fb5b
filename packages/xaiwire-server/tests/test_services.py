"""The smaller services, health and reflection."""

import base64
import io
import struct
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xaiwire.errors import InvalidArgumentError, NotFoundError
from xaiwire_server.emulator.text.embedding import HashingEmbedder
from xaiwire_server.emulator.text.model_embedding import ModelEmbedder
from xaiwire_server.emulator.text.tokenizer import tokenize, truncated
from xaiwire_server.rpc.methods import contract_rpcs


@given(st.text())
def test_tokens_join_to_the_text(text):
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == text
    assert b"".join(token.data for token in tokens) == text.encode()


@given(st.text(max_size=40), st.integers(0, 12))
def test_the_first_tokens_of_a_text_begin_it(text, count):
    assert text.startswith(truncated(text, count))


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_vectors_of_the_model_are_of_length_one(texts):
    vectors = model().vectors(texts)
    assert vectors.shape == (len(texts), 256)
    assert [pytest.approx(1.0, abs=1e-5)] * len(texts) == [float(vector @ vector) for vector in vectors]


def test_the_model_knows_more_than_letters():
    cat, kittens, law = model().vectors(["a cat", "two kittens", "tax law"])
    assert cat @ kittens > 0.4 > 0.2 > cat @ law


@cache
def model():
    return ModelEmbedder()


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_vectors_are_of_length_one_and_the_same_each_time(texts):
    vectors = HashingEmbedder().vectors(texts)
    assert [pytest.approx(1.0, abs=1e-5)] * len(texts) == [float(vector @ vector) for vector in vectors]
    assert (HashingEmbedder().vectors(texts) == vectors).all()


def test_vectors_as_numbers_and_as_bytes(client):
    (numbers,) = client.embed.vectors("v1", ["a cat"])
    encoded = client.embed.create("v1", "a cat", encoding_format="base64").embeddings[0].embeddings[0].base64_array
    assert list(struct.unpack(f"<{len(numbers)}f", base64.b64decode(encoded))) == numbers


@pytest.mark.parametrize("inputs", [[], ["a"] * 129, [""]])
def test_inputs_that_are_none(raw_call, inputs):
    from protobuf import Oneof

    from xaiwire.proto import embed_pb2

    request = embed_pb2.EmbedRequest(
        model="v1",
        encoding_format=embed_pb2.EmbedEncodingFormat.FORMAT_FLOAT,
        input=[embed_pb2.EmbedInput(input=Oneof("string", text)) for text in inputs],
    )
    status, message, _ = raw_call("/xai_api.Embedder/Embed", [request])
    assert status == 3
    assert message.startswith("input")


def test_pictures_are_pictures(client):
    response = client.image.sample("A cat in a tree", "grok-2-image", image_format="base64")
    picture = Image.open(io.BytesIO(response.image))
    assert (picture.format, picture.size) == ("JPEG", (768, 512))
    with pytest.raises(InvalidArgumentError, match="n: 11 is not between 1 and 10"):
        client.image.sample_batch("A cat", "grok-2-image", 11)
    with pytest.raises(NotFoundError):
        client.image.sample("A cat", "grok-0")


def test_sampling_several_prompts(raw_call):
    from xaiwire.proto import sample_pb2

    request = sample_pb2.SampleTextRequest(model="grok-3", prompt=["Once upon", "Two"], n=2)
    _, _, (response,) = raw_call(
        "/xai_api.Sample/SampleText", [request], decode=sample_pb2.SampleTextResponse.from_binary
    )
    assert [choice.text for choice in response.choices] == ["Once upon", "Once upon (2)", "Two", "Two (2)"]
    assert [choice.index for choice in response.choices] == [0, 1, 2, 3]


def test_health(raw_call):
    from xaiwire_server._gen.grpc.health.v1.health_pb import HealthCheckRequest, HealthCheckResponse

    def check(service):
        request = HealthCheckRequest(service=service)
        return raw_call("/grpc.health.v1.Health/Check", [request], metadata=(), decode=HealthCheckResponse.from_binary)

    assert check("")[2][0].status == HealthCheckResponse.ServingStatus.SERVING
    assert check("xai_api.Chat")[2][0].status == HealthCheckResponse.ServingStatus.SERVING
    assert check("xai_api.None")[0] == 5


def test_reflection_tells_the_whole_contract(xaiwire_emulator):
    import grpc
    from google.protobuf.descriptor_pool import DescriptorPool
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    with grpc.insecure_channel(xaiwire_emulator.address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(database)
        paths = {
            f"/{service.full_name}/{method.name}"
            for name in database.get_services()
            for service in [pool.FindServiceByName(name)]
            for method in service.methods
        }
    assert paths >= set(contract_rpcs())
    assert "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" in paths


def test_there_is_no_such_rpc(raw_call):
    assert raw_call("/xai_api.Chat/None", [b""])[:2] == (12, "there is no RPC /xai_api.Chat/None")
