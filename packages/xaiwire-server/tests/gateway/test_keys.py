"""Gateway keys: who calls, with which key upstream, and what he may use."""

import hashlib

import pytest
from running import running_gateway

from xaiwire.proto import chat_pb2, models_pb2
from xaiwire_server.gateway.settings import KeySettings

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-4", "messages": [{"role": "user", "content": "hi"}]}


def key(secret, **more):
    digest = hashlib.sha256(secret.encode()).digest()
    return {digest: KeySettings(**{"name": secret, "digest": digest, "upstream_key": f"xai-{secret}"} | more)}


@pytest.fixture
def called_with(upstream, xaiwire_emulator_thread):
    """Calls a gateway with some keys; the answer, and the key that came upstream."""
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    upstream.answers["ListLanguageModels"] = [models_pb2.ListLanguageModelsResponse()]

    def call(keys, headers, *, path=CHAT, body=BODY, **settings):
        upstream.metadata.clear()
        with (
            running_gateway(xaiwire_emulator_thread._loop, upstream.address, keys=keys, **settings) as gateway,
            gateway.http("") as http,
        ):
            del http.headers["authorization"]
            answer = http.request("GET" if body is None else "POST", path, headers=headers, json=body)
        came = [each["authorization"] for each in upstream.metadata]
        return answer, came

    return call


def bearer(secret):
    return {"authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("headers", [bearer("team"), {"authorization": "bearer team"}, {"x-api-key": "team"}])
def test_a_gateway_key_calls_with_the_key_that_belongs_to_it(called_with, headers):
    answer, came = called_with(key("team") | key("other"), headers)
    assert answer.status_code == 200
    assert came == ["Bearer xai-team"]


def test_callers_own_keys_are_passed_on_beside_gateway_keys(called_with):
    answer, came = called_with(key("team"), bearer("xai-of-my-own"))
    assert answer.status_code == 200
    assert came == ["Bearer xai-of-my-own"]


def test_callers_own_keys_are_refused_where_they_are_not_passed_on(called_with):
    answer, came = called_with(key("team"), bearer("xai-of-my-own"), pass_through=False)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert "xai-of-my-own" not in answer.text
    assert came == []


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic dGVhbQ=="}, {"authorization": "Bearer"}])
def test_without_a_key_nothing_is_called(called_with, headers):
    answer, came = called_with(key("team"), headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "missing_api_key"
    assert came == []


def test_a_key_may_be_for_some_models(called_with):
    keys = key("team", models=("grok-4*", "grok-3"))
    for model, status in (("grok-4-fast", 200), ("grok-3", 200), ("grok-3-mini", 403), ("", 403)):
        answer, came = called_with(keys, bearer("team"), body={**BODY, "model": model})
        assert answer.status_code == status, model
        assert len(came) == (status == 200)
    assert answer.json()["error"]["code"] == "model_not_allowed"


def test_a_key_may_be_for_some_routes(called_with):
    keys = key("team", routes=("chat.*",))
    answer, came = called_with(keys, bearer("team"))
    assert (answer.status_code, len(came)) == (200, 1)
    answer, came = called_with(keys, bearer("team"), path="/v1/language-models", body=None)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "route_not_allowed"
    assert came == []


def test_callers_own_keys_are_held_to_no_gateway_key_s_bounds(called_with):
    answer, _ = called_with(key("team", routes=("chat.*",), models=("x",)), bearer("own"), body=BODY)
    assert answer.status_code == 200


def test_a_key_without_one_for_the_management_api_cannot_use_it(called_with):
    answer, came = called_with(key("team"), bearer("team"), path="/management/v1/collections", body=None)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "no_management_key"
    assert came == []
