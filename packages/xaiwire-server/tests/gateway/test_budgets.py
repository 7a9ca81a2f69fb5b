"""Budgets that are counted in the gateway itself."""

import asyncio
import hashlib
import json
import logging

import httpx2
import pytest
from processes import until
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, deferred_pb2, usage_pb2
from xaiwire_server.gateway.access import budgets as budgets_module
from xaiwire_server.gateway.access import store as store_module
from xaiwire_server.gateway.access.budgets import Budgets
from xaiwire_server.gateway.access.store import StoreError, open_store
from xaiwire_server.gateway.http.exchange import Usage
from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.settings import KeySettings, Settings
from xaiwire_server.rpc.refusal import Refusal

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


DEFERRED = BODY | {"deferred": True}


@pytest.fixture
def deferring(upstream):
    """Lets completions be started, and handed out."""
    upstream.answers["StartDeferredCompletion"] = [deferred_pb2.StartDeferredResponse(request_id="r")]
    done = chat_pb2.GetDeferredCompletionResponse(
        status=deferred_pb2.DeferredStatus.DONE, response=chat_pb2.GetChatCompletionResponse(usage=usage(10))
    )
    upstream.answers["GetDeferredCompletion"] = [done]


def left(http):
    """What is left of the tokens; what is refused takes none itself."""
    return int(http.post(CHAT, json={"model": 1}).headers["x-ratelimit-remaining-tokens"])


@pytest.mark.usefixtures("deferring")
class TestDeferredCompletions:
    @pytest.mark.parametrize("most", [{}, {"max_tokens": 0}, {"max_tokens": -5}, {"max_completion_tokens": None}])
    def test_with_a_budget_of_tokens_they_have_to_say_what_they_may_take(self, gateway, upstream, most):
        with gateway(tokens_per_minute=100) as running, running.http("team") as http:
            answer = http.post(CHAT, json=DEFERRED | most)
            assert left(http) == 100
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "max_tokens")
        assert upstream.requests == []

    def test_they_are_charged_when_they_are_started(self, gateway, upstream):
        with gateway(tokens_per_minute=100) as running, running.http("team") as http:
            assert http.post(CHAT, json=DEFERRED | {"max_tokens": 30}).status_code == 200
            assert left(http) == 70
            assert http.post(CHAT, json=DEFERRED | {"max_completion_tokens": 20, "n": 3}).status_code == 200
            assert left(http) == 10
            assert http.post(CHAT, json=DEFERRED | {"max_tokens": 30}).status_code == 200
            assert http.post(CHAT, json=DEFERRED | {"max_tokens": 30}).status_code == 429
        assert len(upstream.requests) == 3

    def test_handed_out_they_cost_their_prompt(self, gateway):
        with gateway(tokens_per_minute=100) as running, running.http("team") as http:
            http.post(CHAT, json=DEFERRED | {"max_tokens": 30})
            answer = http.get("/v1/chat/deferred-completion/r")
            assert answer.json()["usage"]["total_tokens"] == 10
            assert left(http) == 100 - 30 - 1

    def test_those_that_are_refused_cost_nothing(self, gateway, upstream):
        upstream.answers["StartDeferredCompletion"] = [Refusal(StatusCode.NOT_FOUND, "no such model")]
        with gateway(tokens_per_minute=100) as running, running.http("team") as http:
            assert http.post(CHAT, json=DEFERRED | {"max_tokens": 30}).status_code == 404
            assert left(http) == 100

    def test_who_leaves_meanwhile_pays(self, gateway, upstream):
        async def slow(_request):
            await asyncio.sleep(3600)
            yield

        upstream.answers["StartDeferredCompletion"] = slow
        with gateway(tokens_per_minute=100) as running, running.http("team") as http:
            with pytest.raises(httpx2.ReadTimeout):
                http.post(CHAT, json=DEFERRED | {"max_tokens": 30}, timeout=0.3)
            until(lambda: left(http) == 70)

    @pytest.mark.parametrize("key", ["team", "own"])
    def test_without_a_budget_of_tokens_they_need_not(self, gateway, key):
        with gateway(requests_per_minute=5) as running, running.http(key) as http:
            assert http.post(CHAT, json=DEFERRED).json() == {"request_id": "r"}


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
