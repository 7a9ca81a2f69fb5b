"""Budgets that are counted in the gateway itself."""

import asyncio
import hashlib
import json
import logging

import pytest
from processes import until
from running import running_gateway

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.gateway.access import budgets as budgets_module
from xaiwire_server.gateway.access import store as store_module
from xaiwire_server.gateway.access.budgets import Budgets
from xaiwire_server.gateway.access.store import StoreError, open_store
from xaiwire_server.gateway.http.exchange import Usage
from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.settings import KeySettings, Settings

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-4", "messages": [{"role": "user", "content": "hi"}]}


def keys(**budgets):
    digest = hashlib.sha256(b"team").digest()
    return {digest: KeySettings(name="team", digest=digest, upstream_key="xai-team", **budgets)}


def usage(total):
    return usage_pb2.SamplingUsage(prompt_tokens=1, completion_tokens=total - 1, total_tokens=total)


@pytest.fixture
def gateway(upstream, xaiwire_emulator_thread):
    """Makes gateways; each answer takes 10 tokens."""
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(usage=usage(10))]
    upstream.answers["GetCompletionChunk"] = [chat_pb2.GetChatCompletionChunk(usage=usage(10))]

    def make(**budgets):
        return running_gateway(xaiwire_emulator_thread._loop, upstream.address, keys=keys(**budgets))

    return make


def test_requests_are_counted_when_they_come(gateway, upstream):
    with gateway(requests_per_minute=2) as running, running.http("team") as http:
        answers = [http.post(CHAT, json=BODY) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 429, 429]
    assert [each.headers["x-ratelimit-limit-requests"] for each in answers] == ["2"] * 4
    assert [each.headers["x-ratelimit-remaining-requests"] for each in answers] == ["1", "0", "0", "0"]
    assert "x-ratelimit-limit-tokens" not in answers[0].headers
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    error = answers[2].json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "requests_per_minute_exceeded")
    assert error["message"].startswith("this gateway key may use 2 requests in a minute, and they are used up")
    assert len(upstream.requests) == 2


def test_a_cost_that_goes_past_the_budget_is_counted(gateway, upstream):
    with gateway(tokens_per_minute=15) as running, running.http("team") as http:
        answers = [http.post(CHAT, json=BODY) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert [each.headers["x-ratelimit-remaining-tokens"] for each in answers] == ["15", "5", "0"]
    assert answers[2].headers["x-ratelimit-limit-tokens"] == "15"
    assert answers[2].json()["error"]["code"] == "tokens_per_minute_exceeded"
    assert len(upstream.requests) == 2


def test_a_stream_is_charged_when_it_is_over(gateway):
    with gateway(tokens_per_minute=10) as running, running.http("team") as http:
        answer = http.post(CHAT, json=BODY | {"stream": True})
        assert answer.text.endswith("data: [DONE]\n\n")
        assert http.post(CHAT, json=BODY).status_code == 429


def test_a_stream_is_charged_when_its_client_left(gateway, upstream):
    async def endless(_request):
        yield chat_pb2.GetChatCompletionChunk(usage=usage(10))
        await asyncio.sleep(3600)

    upstream.answers["GetCompletionChunk"] = endless
    with gateway(tokens_per_minute=10) as running, running.http("team") as http:
        with http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
            next(answer.iter_lines())
        # What is refused takes no tokens itself.
        until(lambda: http.post(CHAT, json={"model": 1}).status_code == 429)


def test_what_is_refused_for_another_reason_costs_a_request_but_no_tokens(gateway):
    with gateway(requests_per_minute=5, tokens_per_minute=5) as running, running.http("team") as http:
        assert http.post(CHAT, json={"model": 1}).status_code == 400
        answer = http.post(CHAT, json=BODY)
    assert answer.headers["x-ratelimit-remaining-requests"] == "3"
    assert answer.headers["x-ratelimit-remaining-tokens"] == "5"


def test_errors_have_the_form_of_the_route(gateway):
    with gateway(requests_per_minute=1) as running, running.http("team") as http:
        http.post(CHAT, json=BODY)
        answer = http.post("/v1/messages", json=BODY | {"max_tokens": 5})
    assert answer.status_code == 429
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == "rate_limit_error"


def test_callers_own_keys_have_no_budget_and_cost_nothing(gateway, monkeypatch):
    async def asked(*_arguments):
        raise AssertionError("the budgets were asked")

    monkeypatch.setattr(Budgets, "admit", asked)
    monkeypatch.setattr(Budgets, "charge", asked)
    with gateway(requests_per_minute=1) as running, running.http("own") as http:
        answers = [http.post(CHAT, json=BODY) for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert not [name for name in answers[0].headers if name.startswith("x-ratelimit")]


class _Headers:
    def __init__(self):
        self.extra_headers = []


def test_a_window_ends(monkeypatch):
    monkeypatch.setattr(store_module, "WINDOW_SECONDS", 1)

    async def use():
        (key,) = keys(tokens_per_minute=5).values()
        budgets = Budgets(Settings(), open_store("memory"))
        await budgets.charge(key, Usage(total=9))
        with pytest.raises(ApiError) as caught:
            await budgets.admit(key, _Headers())
        assert caught.value.headers == (("retry-after", "1"),)
        await asyncio.sleep(1.05)
        await budgets.admit(key, _Headers())

    asyncio.run(use())


def test_keys_are_counted_each_for_itself():
    async def use():
        (key,) = keys(requests_per_minute=1).values()
        other = KeySettings(name="other", digest=b"", upstream_key="", requests_per_minute=1)
        budgets = Budgets(Settings(), open_store("memory"))
        await budgets.admit(key, _Headers())
        await budgets.admit(other, _Headers())
        with pytest.raises(ApiError):
            await budgets.admit(key, _Headers())

    asyncio.run(use())


class _Broken:
    async def add(self, name, amount):
        raise StoreError("no route")

    async def count(self, name):
        raise StoreError("no route")


@pytest.mark.parametrize("refuse", [True, False])
def test_a_store_that_fails_is_logged_once_a_minute(monkeypatch, caplog, refuse):
    now = 1000.0
    monkeypatch.setattr(budgets_module.time, "monotonic", lambda: now)

    async def use(budgets, key):
        try:
            await budgets.admit(key, _Headers())
        except ApiError as error:
            assert (error.status, error.code) == (503, "limits_unavailable")
            assert refuse
        else:
            assert not refuse
        await budgets.charge(key, Usage(total=1))

    (key,) = keys(tokens_per_minute=5).values()
    budgets = Budgets(Settings(refuse_without_store=refuse), _Broken())
    logger = logging.getLogger("xaiwire_server.gateway")
    logger.addHandler(caplog.handler)
    try:
        for moment in (1000.0, 1001.0, 1059.0, 1061.0):
            now = moment
            asyncio.run(use(budgets, key))
    finally:
        logger.removeHandler(caplog.handler)
    assert len({id(each) for each in caplog.records}) == 2
    assert caplog.records[0].reason == "no route"
    assert ("refused" if refuse else "admitted") in caplog.records[0].getMessage()


def test_the_openai_package_reads_the_headers(gateway):
    import openai

    with gateway(requests_per_minute=1) as running:
        client = openai.OpenAI(base_url=f"{running.url}/v1", api_key="team", max_retries=0)
        with client:
            raw = client.chat.completions.with_raw_response.create(**BODY)
            assert raw.headers["x-ratelimit-remaining-requests"] == "0"
            with pytest.raises(openai.RateLimitError) as caught:
                client.chat.completions.create(**BODY)
    assert caught.value.code == "requests_per_minute_exceeded"
    assert json.loads(caught.value.response.text)["error"]["param"] is None
