"""POST /v1/completions."""

import asyncio
import json

import pytest
from protobuf.wkt import Timestamp
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import sample_pb2, usage_pb2
from xaiwire_server.gateway.shapes.base import MOST_ITEMS
from xaiwire_server.rpc.refusal import Refusal

COMPLETIONS = "/v1/completions"
HELLO = {"model": "grok-3", "prompt": "Hello there"}
USAGE = usage_pb2.SamplingUsage(prompt_tokens=3, completion_tokens=4, total_tokens=7)


def response(*choices, **fields):
    return sample_pb2.SampleTextResponse(
        id="sample-1", created=Timestamp(seconds=17), model="grok-3-real", choices=list(choices), **fields
    )


def choice(text, index=0, reason=sample_pb2.FinishReason.REASON_INVALID):
    return sample_pb2.SampleChoice(text=text, index=index, finish_reason=reason)


def asked(plain_gateway, upstream, body, answer=None):
    """The message that came upstream for a body."""
    upstream.answers["SampleText"] = [answer or response(choice("x"))]
    with plain_gateway.http() as http:
        answered = http.post(COMPLETIONS, json={"model": "m", "prompt": "p"} | body)
    assert answered.status_code == 200, answered.text
    return upstream.requests[-1][1], answered


def test_a_completion(openai_client):
    completion = openai_client.completions.create(model="grok-3", prompt="Hello there")
    assert completion.object == "text_completion"
    assert [(each.index, each.text, each.finish_reason) for each in completion.choices] == [(0, "Hello there", "stop")]
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 2


def test_several_prompts_with_several_texts_each(openai_client):
    completion = openai_client.completions.create(model="grok-3", prompt=["one", "two"], n=2)
    assert [(each.index, each.text) for each in completion.choices] == [
        (0, "one"),
        (1, "one (2)"),
        (2, "two"),
        (3, "two (2)"),
    ]


def test_a_stream_with_usage(openai_client):
    stream = openai_client.completions.create(
        model="grok-3", prompt="Hello there you", stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = stream
    assert "".join(chunk.choices[0].text for chunk in chunks) == "Hello there you"
    assert len(chunks) >= 3
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert all(chunk.usage is None for chunk in chunks)
    assert (last.choices, last.usage.total_tokens > 3) == ([], True)


def test_a_stream_without_usage_ends_with_done(http):
    answered = http.post(COMPLETIONS, json={**HELLO, "stream": True})
    *events, done = [event.removeprefix("data: ") for event in answered.text.split("\n\n") if event]
    assert done == "[DONE]"
    assert [json.loads(event)["choices"][0]["text"] for event in events if "usage" not in json.loads(event)]
    assert not any("usage" in json.loads(event) for event in events)


def test_every_field_arrives(plain_gateway, upstream):
    body = {
        "model": "grok-3",
        "prompt": ["a", "b"],
        "n": 2,
        "max_tokens": 5,
        "seed": -3,
        "stop": ["x", "y"],
        "temperature": 0.5,
        "top_p": 0.25,
        "frequency_penalty": -0.5,
        "presence_penalty": 1.5,
        "logprobs": 3,
        "user": "me",
    }
    message, answered = asked(plain_gateway, upstream, body)
    assert message == sample_pb2.SampleTextRequest(
        prompt=["a", "b"],
        model="grok-3",
        n=2,
        max_tokens=5,
        seed=-3,
        stop=["x", "y"],
        temperature=0.5,
        top_p=0.25,
        frequency_penalty=-0.5,
        presence_penalty=1.5,
        logprobs=True,
        top_logprobs=3,
        user="me",
    )
    assert "log probabilities" in answered.headers["x-gateway-warning"]


def test_what_is_not_said_is_not_sent(plain_gateway, upstream):
    message, answered = asked(plain_gateway, upstream, {"stop": "end"})
    assert message == sample_pb2.SampleTextRequest(prompt=["p"], model="m", stop=["end"])
    assert "x-gateway-warning" not in answered.headers


def test_every_field_comes_back(plain_gateway, upstream):
    answer = response(
        choice("long", reason=sample_pb2.FinishReason.REASON_MAX_LEN),
        choice("late", 1, sample_pb2.FinishReason.REASON_TIME_LIMIT),
        system_fingerprint="fp",
        usage=USAGE,
    )
    _, answered = asked(plain_gateway, upstream, {}, answer)
    body = answered.json()
    assert body.pop("usage")["total_tokens"] == 7
    assert body == {
        "id": "sample-1",
        "object": "text_completion",
        "created": 17,
        "model": "grok-3-real",
        "system_fingerprint": "fp",
        "choices": [
            {"text": "long", "index": 0, "finish_reason": "length", "logprobs": None},
            {
                "text": "late",
                "index": 1,
                "finish_reason": "length",
                "logprobs": None,
                "native_finish_reason": "REASON_TIME_LIMIT",
            },
        ],
    }


@pytest.mark.parametrize(
    "field", [{"best_of": 1}, {"best_of": 3, "n": 3}, {"echo": False}, {"suffix": ""}, {"logit_bias": {}}]
)
def test_what_asks_for_nothing_is_taken(plain_gateway, upstream, field):
    message, answered = asked(plain_gateway, upstream, field)
    assert message.prompt == ["p"]
    assert "x-gateway-warning" not in answered.headers


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ({"best_of": 3}, "best_of"),
        ({"best_of": 3, "n": 2}, "best_of"),
        ({"echo": True}, "echo"),
        ({"suffix": "end"}, "suffix"),
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"prompt": [1, 2, 3]}, "prompt[0]"),
        ({"prompt": ["a", [1, 2]]}, "prompt[1]"),
        ({"prompt": None}, "prompt"),
        ({"n": 2**31}, "n"),
        ({"logprobs": True}, "logprobs"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_path(plain_gateway, upstream, field, param):
    with plain_gateway.http() as http:
        answered = http.post(COMPLETIONS, json=HELLO | field)
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, param)
    assert upstream.requests == []


def test_strict_refuses_logprobs_that_would_not_come(upstream, xaiwire_emulator_thread):
    with (
        running_gateway(xaiwire_emulator_thread._loop, upstream.address, strict=True) as gateway,
        gateway.http() as http,
    ):
        answered = http.post(COMPLETIONS, json={**HELLO, "logprobs": 1})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, "logprobs")


def test_an_unknown_model(http):
    answered = http.post(COMPLETIONS, json={**HELLO, "model": "gpt-2"})
    assert (answered.status_code, answered.json()["error"]["code"]) == (404, "not_found")


def test_a_stream_that_breaks_off_says_so_and_is_not_done(plain_gateway, upstream):
    async def dying(_request):
        yield response(choice("a"))
        # What comes at once is sent at once: without a pause, the error would still have a status of its own.
        await asyncio.sleep(0.1)
        raise Refusal(StatusCode.INTERNAL, "it died")

    upstream.answers["SampleTextStreaming"] = dying
    with plain_gateway.http() as http:
        answered = http.post(COMPLETIONS, json={**HELLO, "stream": True})
    first, last = [json.loads(event.removeprefix("data: ")) for event in answered.text.split("\n\n") if event]
    assert first["choices"][0]["text"] == "a"
    assert last["error"]["message"] == "it died"


def test_who_leaves_a_stream_ends_the_call(plain_gateway, upstream):
    ended = asyncio.Event()

    async def endless(_request):
        try:
            while True:
                yield response(choice("a"), usage=USAGE)
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    upstream.answers["SampleTextStreaming"] = endless
    with plain_gateway.http() as http, http.stream("POST", COMPLETIONS, json={**HELLO, "stream": True}) as answered:
        assert next(answered.iter_lines()).startswith("data: ")

    async def wait():
        async with asyncio.timeout(5):
            await ended.wait()

    asyncio.run_coroutine_threadsafe(wait(), plain_gateway.loop).result()


def test_prompts_that_are_too_many(http):
    answered = http.post(COMPLETIONS, json={"model": "grok-3", "prompt": [""] * (MOST_ITEMS + 1)})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, "prompt")


def test_a_stream_with_padding_is_not_made(plain_gateway, upstream):
    _, answered = asked(plain_gateway, upstream, {"stream_options": {"include_obfuscation": True}})
    assert answered.headers["x-gateway-warning"].startswith("stream_options.include_obfuscation: ")
