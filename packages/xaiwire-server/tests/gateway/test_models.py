"""The models: /v1/models, and by kind."""

import hashlib

import openai
import pytest
from protobuf.wkt import Timestamp
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import models_pb2
from xaiwire_server.emulator.settings import API_KEY
from xaiwire_server.gateway.settings import KeySettings
from xaiwire_server.rpc.refusal import Refusal

_TEXT, _IMAGE = models_pb2.Modality.TEXT, models_pb2.Modality.IMAGE
_NOT_FOUND = Refusal(StatusCode.NOT_FOUND, "there is none")


@pytest.fixture
def few(xaiwire_emulator_thread, xaiwire_emulator):
    """A client whose gateway key may use some models only."""
    key = "gateway-key"
    digest = hashlib.sha256(key.encode()).digest()
    settings = KeySettings(name="few", digest=digest, upstream_key=API_KEY, models=("grok-3*", "grok-4-latest", "v1"))
    with (
        running_gateway(
            xaiwire_emulator_thread._loop, xaiwire_emulator.address, keys={digest: settings}, pass_through=False
        ) as gateway,
        gateway.http(key) as http,
    ):
        yield http


def test_models_of_every_kind(openai_client):
    models = {model.id: model for model in openai_client.models.list()}
    assert {"grok-4", "grok-3", "v1", "grok-2-image"} <= models.keys()
    assert (models["grok-4"].object, models["grok-4"].owned_by) == ("model", "xai")
    assert models["grok-4"].created > 1_700_000_000
    assert "grok-4-latest" in models["grok-4"].aliases


@pytest.mark.parametrize("name", ["grok-3", "v1", "grok-2-image"])
def test_a_model_of_any_kind(openai_client, name):
    assert openai_client.models.retrieve(name).id == name


def test_a_model_by_its_alias(openai_client):
    assert openai_client.models.retrieve("grok-embedding-small").id == "v1"


def test_a_model_that_does_not_exist(openai_client):
    with pytest.raises(openai.NotFoundError, match=r"model 'gpt-4/\?' does not exist"):
        openai_client.models.retrieve("gpt-4/?")


def test_another_error_than_not_found_is_told(plain_gateway, upstream):
    upstream.answers |= {
        "GetLanguageModel": [_NOT_FOUND],
        "GetEmbeddingModel": [Refusal(StatusCode.PERMISSION_DENIED, "not yours")],
    }
    with plain_gateway.http() as http:
        answered = http.get("/v1/models/x")
    assert (answered.status_code, answered.json()["error"]["message"]) == (403, "not yours")
    assert [name for name, _ in upstream.requests] == ["GetLanguageModel", "GetEmbeddingModel"]


def test_a_model_of_several_kinds_is_listed_once(plain_gateway, upstream):
    upstream.answers |= {
        "ListLanguageModels": [
            models_pb2.ListLanguageModelsResponse(models=[models_pb2.LanguageModel(name="both", aliases=["a"])])
        ],
        "ListEmbeddingModels": [
            models_pb2.ListEmbeddingModelsResponse(
                models=[models_pb2.EmbeddingModel(name="vectors", created=Timestamp(seconds=5))]
            )
        ],
        "ListImageGenerationModels": [
            models_pb2.ListImageGenerationModelsResponse(models=[models_pb2.ImageGenerationModel(name="both")])
        ],
    }
    with plain_gateway.http() as http:
        body = http.get("/v1/models").json()
    assert body == {
        "object": "list",
        "data": [
            {"id": "both", "object": "model", "created": 0, "owned_by": "xai", "aliases": ["a"]},
            {"id": "vectors", "object": "model", "created": 5, "owned_by": "xai"},
        ],
    }


def test_a_list_that_fails_is_no_short_list(plain_gateway, upstream):
    upstream.answers |= {
        "ListLanguageModels": [models_pb2.ListLanguageModelsResponse()],
        "ListEmbeddingModels": [Refusal(StatusCode.INTERNAL, "it broke")],
        "ListImageGenerationModels": [models_pb2.ListImageGenerationModelsResponse()],
    }
    with plain_gateway.http() as http:
        answered = http.get("/v1/models")
    assert (answered.status_code, answered.json()["error"]["message"]) == (502, "it broke")


def test_every_field_of_a_language_model(plain_gateway, upstream):
    upstream.answers["GetLanguageModel"] = [
        models_pb2.LanguageModel(
            name="m",
            aliases=["n"],
            version="1.2",
            input_modalities=[_TEXT, _IMAGE, 9],
            output_modalities=[_TEXT],
            prompt_text_token_price=1,
            prompt_image_token_price=2,
            cached_prompt_token_price=3,
            completion_text_token_price=4,
            search_price=5,
            created=Timestamp(seconds=6),
            max_prompt_length=7,
            system_fingerprint="fp",
        )
    ]
    with plain_gateway.http() as http:
        body = http.get("/v1/language-models/m").json()
    assert upstream.requests == [("GetLanguageModel", models_pb2.GetModelRequest(name="m"))]
    assert body == {
        "id": "m",
        "object": "model",
        "created": 6,
        "owned_by": "xai",
        "aliases": ["n"],
        "version": "1.2",
        "fingerprint": "fp",
        "input_modalities": ["text", "image", "9"],
        "output_modalities": ["text"],
        "max_prompt_length": 7,
        "prompt_text_token_price": 1,
        "cached_prompt_text_token_price": 3,
        "prompt_image_token_price": 2,
        "completion_text_token_price": 4,
        "search_price": 5,
    }


@pytest.mark.parametrize(
    ("kind", "name", "prices"),
    [
        ("language", "grok-3", {"completion_text_token_price": 150_000, "search_price": 250}),
        ("embedding", "v1", {"prompt_text_token_price": 100, "output_modalities": ["embedding"]}),
        ("image-generation", "grok-2-image", {"image_price": 700, "max_prompt_length": 1024}),
    ],
)
def test_models_by_kind(http, kind, name, prices):
    listed = {model["id"]: model for model in http.get(f"/v1/{kind}-models").json()["models"]}
    model = http.get(f"/v1/{kind}-models/{name}").json()
    assert listed[name] == model
    assert model.items() >= prices.items()
    assert http.get(f"/v1/{kind}-models/none").status_code == 404


def test_a_gateway_key_sees_its_models_only(few):
    assert {model["id"] for model in few.get("/v1/models").json()["data"]} == {"grok-3", "grok-3-mini", "grok-4", "v1"}
    assert [model["id"] for model in few.get("/v1/embedding-models").json()["models"]] == ["v1"]
    assert few.get("/v1/image-generation-models").json()["models"] == []


def test_a_gateway_key_may_not_ask_for_others(few):
    answered = few.get("/v1/models/grok-2-image")
    assert (answered.status_code, answered.json()["error"]["code"]) == (403, "model_not_allowed")
    assert few.get("/v1/models/grok-4-latest").json()["id"] == "grok-4"


def test_an_unknown_parameter_of_the_query_is_named(http):
    assert "colour" in http.get("/v1/models?colour=red").headers["x-gateway-warning"]
