"""Queries and paths, as all routes take them."""

import pytest
from running import running_gateway

from xaiwire.proto import chat_pb2, tokenize_pb2
from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.settings import Settings

CHAT = "/v1/chat/completions"
BODY = {"model": "m", "messages": []}
ROUTES = Gateway(Settings()).router.routes


@pytest.fixture
def strict(upstream, xaiwire_emulator_thread):
    with running_gateway(xaiwire_emulator_thread._loop, upstream.address, strict=True) as running:
        yield running


def path_of(route):
    return route.path.replace("{", "").replace("}", "")


def test_no_route_takes_a_parameter_that_it_does_not_know(strict, upstream):
    with strict.http() as http:
        for route in ROUTES:
            answered = http.request(route.method, f"{path_of(route)}?colour=red")
            if route.needs_key:
                error = answered.json()["error"]
                assert (answered.status_code, error["message"]) == (400, "colour: unknown parameter of the query")
            else:
                assert answered.status_code in (200, 503)
    assert upstream.requests == []


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_parameter_becomes_a_warning(plain_gateway, upstream, stream):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    upstream.answers["GetCompletionChunk"] = [chat_pb2.GetChatCompletionChunk()]
    with plain_gateway.http() as http:
        answered = http.post(f"{CHAT}?api-version=1&api-version=2", json={**BODY, "stream": stream})
    assert answered.status_code == 200
    warning = "api-version: unknown parameter of the query; it was left out"
    assert answered.headers.get_list("x-gateway-warning") == [warning, warning]


def test_what_clients_of_beta_features_say_is_known(strict, upstream):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(outputs=[chat_pb2.CompletionOutput()])]
    upstream.answers["TokenizeText"] = [tokenize_pb2.TokenizeTextResponse()]
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    with strict.http() as http:
        for path, more in (("/v1/messages", {"max_tokens": 5}), ("/v1/messages/count_tokens", {})):
            answered = http.post(f"{path}?beta=true", json=body | more)
            assert answered.status_code == 200, answered.text
            assert "x-gateway-warning" not in answered.headers


@pytest.mark.parametrize(
    ("method", "path", "param"),
    [
        ("GET", "/v1/files/%ff", "file_id"),
        ("GET", "/v1/files/a%ED%B2%80/content", "file_id"),
        ("DELETE", "/v1/responses/a%c3", "response_id"),
        ("GET", "/v1/files?after=a%ff", "after"),
        ("GET", "/v1/files?limit=1&af%fft=a", "af\ufffdt"),
        ("POST", CHAT + "?x=%80", "x"),
        ("GET", "/management/v1/collections/c/documents:batchGet?file_ids=a&file_ids=%fe", "file_ids"),
    ],
)
def test_what_is_no_utf_8_is_refused_with_its_place(plain_gateway, upstream, method, path, param):
    with plain_gateway.http() as http:
        answered = http.request(method, path, json=BODY if method == "POST" else None)
    assert answered.status_code == 400, answered.text
    assert answered.json()["error"]["param"] == param
    assert "is no UTF-8" in answered.json()["error"]["message"]
    assert upstream.requests == []


def test_letters_of_all_scripts_are_passed_on(plain_gateway, upstream):
    with plain_gateway.http() as http:
        http.get("/v1/files/%D9%A3%F0%9F%8C%8D")
        http.get("/v1/files?pagination_token=%D9%A3%2B+%F0%9F%8C%8D")
    # Nothing is scripted, so both fail upstream; what came there counts.
    (_, one), (_, two) = upstream.requests
    assert one.file_id == "\u0663\U0001f30d"
    assert two.pagination_token == "\u0663+ \U0001f30d"
