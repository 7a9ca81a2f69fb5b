"""CORS: what browsers are told."""

import pytest
from running import running_gateway

CHAT = "/v1/chat/completions"
PAGE = "https://app.example"
PREFLIGHT = {"origin": PAGE, "access-control-request-method": "POST"}
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def served(xaiwire_emulator, xaiwire_emulator_thread):
    def make(*origins):
        return running_gateway(xaiwire_emulator_thread._loop, xaiwire_emulator.address, cors_origins=origins)

    return make


def cors_headers(answer):
    return {name: text for name, text in answer.headers.items() if name.startswith("access-control-")}


def test_it_is_off_unless_it_is_set(http):
    answer = http.options(CHAT, headers=PREFLIGHT)
    assert (answer.status_code, cors_headers(answer)) == (405, {})
    answer = http.post(CHAT, json=BODY, headers={"origin": PAGE})
    assert (answer.status_code, cors_headers(answer)) == (200, {})
    assert "vary" not in answer.headers


def test_a_preflight_says_what_a_page_may_send(served):
    asked = "authorization,content-type,x-stainless-lang"
    with served(PAGE) as gateway, gateway.http("") as http:
        del http.headers["authorization"]
        answer = http.options(CHAT, headers=PREFLIGHT | {"access-control-request-headers": asked})
        of_models = http.options("/v1/models", headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert cors_headers(answer) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": asked,
        "access-control-max-age": "600",
    }
    assert answer.headers["vary"] == "origin"
    assert "content-length" not in answer.headers
    assert cors_headers(of_models)["access-control-allow-methods"] == "GET"
    assert cors_headers(of_models)["access-control-allow-headers"] == "authorization, content-type, x-api-key"


def test_an_answer_may_be_read_by_the_page(served):
    with served(PAGE, "https://other.example") as gateway, gateway.http() as http:
        for body in (BODY, BODY | {"stream": True}, {"model": 1}):
            answer = http.post(CHAT, json=body, headers={"origin": PAGE})
            assert answer.headers["access-control-allow-origin"] == PAGE
            assert answer.headers["vary"] == "origin"
            exposed = answer.headers["access-control-expose-headers"].split(", ")
            assert {"x-request-id", "x-gateway-warning", "retry-after"} <= set(exposed)
            assert "access-control-allow-credentials" not in answer.headers
        missing = http.get("/v1/nothing", headers={"origin": PAGE})
    assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, PAGE)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example", f"{PAGE}:8443", "null", f"{PAGE}.x"])
def test_other_pages_are_told_nothing(served, origin):
    with served(PAGE) as gateway, gateway.http() as http:
        preflight = http.options(CHAT, headers=PREFLIGHT | {"origin": origin})
        answer = http.post(CHAT, json=BODY, headers={"origin": origin})
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers
    assert preflight.headers["vary"] == answer.headers["vary"] == "origin"


def test_any_page_may_be_allowed(served):
    with served("*") as gateway, gateway.http() as http:
        answer = http.post(CHAT, json=BODY, headers={"origin": "https://anything.example"})
        preflight = http.options(CHAT, headers=PREFLIGHT)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-origin"] == "*"


def test_what_is_no_preflight_is_answered_as_without_cors(served):
    with served(PAGE) as gateway, gateway.http() as http:
        answer = http.options(CHAT, headers={"origin": PAGE})
        without_page = http.post(CHAT, json=BODY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (without_page.status_code, cors_headers(without_page)) == (200, {})


def test_names_of_headers_that_are_none_are_not_repeated(served):
    with served(PAGE) as gateway, gateway.http() as http:
        asked = PREFLIGHT | {"access-control-request-headers": "a;b<script>"}
        answer = http.options(CHAT, headers=asked)
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type, x-api-key"
