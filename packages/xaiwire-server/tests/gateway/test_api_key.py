"""GET /v1/api-key."""

from protobuf.wkt import Timestamp

from xaiwire.proto import auth_pb2

API_KEY_PATH = "/v1/api-key"


def test_what_is_known_of_a_key(http, xaiwire_emulator):
    body = http.get(API_KEY_PATH).json()
    assert body["team_id"]
    assert body["acls"] == ["api-key:model:*", "api-key:endpoint:*"]
    assert body["api_key_disabled"] is False
    assert xaiwire_emulator.api_key not in str(body)


def test_every_field(plain_gateway, upstream):
    upstream.answers["get_api_key_info"] = [
        auth_pb2.ApiKey(
            redacted_api_key="xai-...x",
            user_id="u",
            name="mine",
            create_time=Timestamp(seconds=1_700_000_000, nanos=500_000_000),
            modified_by="someone",
            team_id="t",
            acls=["api-key:model:*"],
            api_key_id="k",
            api_key_blocked=True,
            disabled=True,
        )
    ]
    with plain_gateway.http("the-key") as http:
        body = http.get(API_KEY_PATH).json()
    assert upstream.metadata[0]["authorization"] == "Bearer the-key"
    assert body == {
        "redacted_api_key": "xai-...x",
        "user_id": "u",
        "name": "mine",
        "create_time": "2023-11-14T22:13:20.5Z",
        "modify_time": None,
        "modified_by": "someone",
        "team_id": "t",
        "acls": ["api-key:model:*"],
        "api_key_id": "k",
        "team_blocked": False,
        "api_key_blocked": True,
        "api_key_disabled": True,
    }


def test_a_key_that_is_none(gateway):
    with gateway.http("no-such-key") as http:
        answered = http.get(API_KEY_PATH)
    assert answered.status_code == 401
    assert "no-such-key" not in answered.text
