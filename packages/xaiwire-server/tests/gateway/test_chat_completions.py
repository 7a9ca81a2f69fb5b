"""POST /v1/chat/completions."""

import json

CHAT = "/v1/chat/completions"
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello there"}]}


def events(response):
    assert response.headers["content-type"].startswith("text/event-stream")
    return [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]


def test_an_answer(http):
    response = http.post(CHAT, json=HELLO)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Hello there", "refusal": None}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


def test_a_stream_says_the_role_once_and_ends_with_done(http):
    response = http.post(CHAT, json={**HELLO, "stream": True, "stream_options": {"include_usage": True}})
    *chunks, done = events(response)
    assert done == "[DONE]"
    *chunks, last = (json.loads(chunk) for chunk in chunks)
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "Hello there"
    assert [chunk["choices"][0]["delta"].get("role") for chunk in chunks] == ["assistant", None, None]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    assert not any("usage" in chunk for chunk in chunks)
