"""Budgets that several gateways share in a real server of Valkey."""

import asyncio
import hashlib
import time

import pytest
from processes import until, valkey_server
from running import running_gateway

from xaiwire_server.gateway.access.store import open_store
from xaiwire_server.gateway.settings import KeySettings

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def valkey():
    with valkey_server() as server:
        yield server


@pytest.fixture
def gateways(valkey, xaiwire_emulator, xaiwire_emulator_thread):
    """Makes gateways in front of one emulator, which count in one place."""

    def make(store=None, *, refuse_without_store=True, **budgets):
        digest = hashlib.sha256(b"team").digest()
        key = KeySettings(name="team", digest=digest, upstream_key=xaiwire_emulator.api_key, **budgets)
        return running_gateway(
            xaiwire_emulator_thread._loop,
            xaiwire_emulator.address,
            keys={digest: key},
            store=store or valkey.url,
            refuse_without_store=refuse_without_store,
        )

    return make


def test_two_gateways_share_a_budget_of_requests(gateways, valkey):
    redis_url = valkey.url.replace("valkey://", "redis://")
    with (
        gateways(requests_per_minute=3) as one,
        gateways(redis_url, requests_per_minute=3) as two,
        one.http("team") as first,
        two.http("team") as second,
    ):
        answers = [http.post(CHAT, json=BODY) for http in (first, second, first, second, first)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert [each.headers["x-ratelimit-remaining-requests"] for each in answers] == ["2", "1", "0", "0", "0"]
    assert 50 < int(answers[3].headers["retry-after"]) <= 60


def test_two_gateways_share_a_budget_of_tokens(gateways):
    with (
        gateways(tokens_per_minute=1) as one,
        gateways(tokens_per_minute=1) as two,
        one.http("team") as first,
        two.http("team") as second,
    ):
        answer = first.post(CHAT, json=BODY)
        assert answer.json()["usage"]["total_tokens"] > 1
        # What is refused takes no tokens itself.
        until(lambda: second.post(CHAT, json={"model": 1}).status_code == 429)


def test_without_the_server_requests_are_refused_until_it_is_there_again(gateways, valkey):
    with gateways(requests_per_minute=100) as one, one.http("team") as http:
        assert http.post(CHAT, json=BODY).status_code == 200
        valkey.kill()
        answer = http.post(CHAT, json=BODY)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "limits_unavailable"
        assert str(valkey.port) not in answer.text
        valkey.start()
        answer = http.post(CHAT, json=BODY)
        assert (answer.status_code, answer.headers["x-ratelimit-remaining-requests"]) == (200, "99")


def test_a_server_that_hangs_is_waited_for_a_second(gateways, valkey):
    with gateways(requests_per_minute=100) as one, one.http("team") as http:
        assert http.post(CHAT, json=BODY).status_code == 200
        valkey.pause()
        begun = time.monotonic()
        answer = http.post(CHAT, json=BODY)
        seconds = time.monotonic() - begun
        valkey.go_on()
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "limits_unavailable")
        assert 0.9 < seconds < 3
        # What was asked meanwhile is not taken for the answer to this.
        until(lambda: http.post(CHAT, json=BODY).status_code == 200)


def test_without_the_server_requests_may_be_admitted(gateways, valkey):
    valkey.kill()
    lenient = gateways(requests_per_minute=1, tokens_per_minute=1, refuse_without_store=False)
    with lenient as one, one.http("team") as http:
        answers = [http.post(CHAT, json=BODY) for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert "x-ratelimit-remaining-requests" not in answers[0].headers


def test_callers_own_keys_do_without_the_server(gateways, valkey, xaiwire_emulator):
    valkey.kill()
    with gateways(requests_per_minute=1) as one, one.http(xaiwire_emulator.api_key) as http:
        assert http.post(CHAT, json=BODY).status_code == 200


def test_many_at_once_are_counted_one_by_one(valkey):
    async def use():
        store = open_store(valkey.url)
        counts = await asyncio.gather(*(store.add("many", 1) for _ in range(500)))
        assert sorted(counts) == list(range(1, 501))
        assert 0 < await store.seconds_left("many") <= 60
        await store.close()

    asyncio.run(use())
