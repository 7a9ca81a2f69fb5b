"""Data URLs of images, in the APIs that are not OpenAI's older ones."""

import pytest

HELLO = {"model": "grok-3"}
IMAGES = [
    ("data:image/png;base64,%", "is no base64"),
    ("data:text/html;base64,aGVsbG8=", "begins with data:image/TYPE;base64,"),
]


@pytest.mark.parametrize(("url", "problem"), IMAGES)
def test_of_responses(http, url, problem):
    content = [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": url}]
    answered = http.post("/v1/responses", json={**HELLO, "input": [{"role": "user", "content": content}]})
    error = answered.json()["error"]
    assert (answered.status_code, error["param"]) == (400, "input[0].content[1].image_url")
    assert problem in error["message"]


@pytest.mark.parametrize(("url", "problem"), IMAGES)
def test_of_messages(http, url, problem):
    content = [{"type": "image", "source": {"type": "url", "url": url}}]
    body = {**HELLO, "max_tokens": 5, "messages": [{"role": "user", "content": content}]}
    answered = http.post("/v1/messages", json=body)
    assert answered.status_code == 400
    message = answered.json()["error"]["message"]
    assert message.startswith("messages[0].content[0].source.url: ")
    assert problem in message
