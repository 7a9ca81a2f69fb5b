"""POST /v1/tokenize-text."""

from xaiwire.proto import tokenize_pb2

TOKENIZE = "/v1/tokenize-text"


def test_the_tokens_of_a_text(http):
    text = "Grüße, 世界!"
    body = http.post(TOKENIZE, json={"model": "grok-3", "text": text}).json()
    assert body["model"] == "grok-3"
    assert bytes(byte for token in body["token_ids"] for byte in token["token_bytes"]).decode() == text
    assert all(isinstance(token["token_id"], int) for token in body["token_ids"])


def test_every_field(plain_gateway, upstream):
    token = tokenize_pb2.Token(token_id=2**32 - 1, string_token="a", token_bytes=b"\xff\x00")
    upstream.answers["TokenizeText"] = [tokenize_pb2.TokenizeTextResponse(tokens=[token], model="real")]
    with plain_gateway.http() as http:
        answered = http.post(TOKENIZE, json={"model": "m", "text": "t", "user": "me"})
    assert upstream.requests == [("TokenizeText", tokenize_pb2.TokenizeTextRequest(text="t", model="m", user="me"))]
    assert answered.json() == {
        "token_ids": [{"token_id": 2**32 - 1, "string_token": "a", "token_bytes": [255, 0]}],
        "model": "real",
    }


def test_a_request_without_text(http):
    answered = http.post(TOKENIZE, json={"model": "grok-3"})
    assert answered.status_code == 400
    assert "text" in answered.json()["error"]["message"]


def test_an_unknown_field_is_named(http):
    answered = http.post(TOKENIZE, json={"model": "grok-3", "text": "a", "colour": "red"})
    assert answered.status_code == 200
    assert answered.headers["x-gateway-warning"] == "colour: unknown field; it was left out"
