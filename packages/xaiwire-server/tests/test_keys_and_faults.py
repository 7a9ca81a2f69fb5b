"""Who may do what, and what goes wrong on purpose."""

import json
import time
import urllib.error
import urllib.request

import pytest

import xaiwire
from xaiwire import StatusCode
from xaiwire.chat import user
from xaiwire.errors import RpcError


def ask(emulator, method, path, body=None, headers=None):
    request = urllib.request.Request(
        f"{emulator.url}/_emulator{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers=headers or {},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def refused(call):
    with pytest.raises(RpcError) as caught:
        call()
    return caught.value.code


class TestKeys:
    @pytest.mark.parametrize("metadata", [(), (("authorization", "Bearer x"),), (("authorization", "Basic eA=="),)])
    def test_without_a_known_key_nothing_is_served(self, raw_call, metadata):
        status, message, _ = raw_call("/xai_api.Models/ListLanguageModels", [b""], metadata=metadata)
        assert status == StatusCode.UNAUTHENTICATED
        assert "key" in message

    def test_each_kind_of_key_has_its_own_services(self, xaiwire_emulator):
        swapped = xaiwire_emulator.client(
            api_key=xaiwire_emulator.management_key, management_api_key=xaiwire_emulator.api_key, retry=None
        )
        with swapped:
            assert refused(swapped.models.list_language_models) is StatusCode.PERMISSION_DENIED
            assert refused(swapped.collections.list) is StatusCode.PERMISSION_DENIED

    @pytest.mark.parametrize("state", ["blocked", "team_blocked", "disabled"])
    def test_a_blocked_key_can_still_see_that_it_is(self, client, xaiwire_emulator, state):
        _, keys = ask(xaiwire_emulator, "GET", "/keys")
        identity = next(key["id"] for key in keys["keys"] if key["kind"] == "api")
        assert ask(xaiwire_emulator, "PATCH", f"/keys/{identity}", {state: True})[0] == 200
        assert refused(client.models.list_language_models) is StatusCode.PERMISSION_DENIED
        info = client.auth.get_api_key_info()
        flags = {"blocked": info.api_key_blocked, "team_blocked": info.team_blocked, "disabled": info.disabled}
        assert flags == {**dict.fromkeys(flags, False), state: True}
        ask(xaiwire_emulator, "PATCH", f"/keys/{identity}", {state: False})
        assert client.models.list_language_models()

    def test_acls(self, xaiwire_emulator):
        new = {"key": "xai-limited-key-0001", "acls": ["api-key:model:grok-3", "api-key:endpoint:chat"]}
        status, shown = ask(xaiwire_emulator, "POST", "/keys", new)
        assert status == 201
        assert "xai-limited-key-0001" not in json.dumps(shown)
        with xaiwire_emulator.client(api_key="xai-limited-key-0001", retry=None) as client:
            assert client.chat.complete("grok-3", "Hello").content == "Hello"
            assert refused(lambda: client.chat.complete("grok-4", "Hello")) is StatusCode.PERMISSION_DENIED
            assert refused(client.files.list) is StatusCode.PERMISSION_DENIED

    def test_teams_do_not_see_each_other(self, client, xaiwire_emulator):
        ask(xaiwire_emulator, "POST", "/keys", {"key": "xai-other-team-key", "team_id": "other"})
        stored = client.files.upload(b"secret", filename="a")
        with xaiwire_emulator.client(api_key="xai-other-team-key", retry=None) as other:
            assert other.files.list().data == []
            assert refused(lambda: other.files.get(stored.id)) is StatusCode.NOT_FOUND


class TestFaults:
    def test_status_and_how_long_to_wait(self, client, xaiwire_emulator):
        xaiwire_emulator.fault("*/GetCompletion", status="RESOURCE_EXHAUSTED", retry_after=0.2, times=1)
        with pytest.raises(RpcError) as caught:
            client.chat.complete("grok-3", "Hello")
        assert caught.value.code is StatusCode.RESOURCE_EXHAUSTED
        assert ("grpc-retry-pushback-ms", "200") in caught.value.call.trailers
        assert client.chat.complete("grok-3", "Hello").content == "Hello"

    def test_a_client_that_retries_gets_through(self, xaiwire_emulator):
        xaiwire_emulator.fault(status="UNAVAILABLE", times=2)
        with xaiwire_emulator.client() as client:
            info = xaiwire.CallInfo()
            assert client.models.list_language_models(call_info=info)
            assert info.attempts == 3

    def test_one_in_three(self, client, xaiwire_emulator):
        xaiwire_emulator.fault(status="ABORTED", one_in=3)
        codes = []
        for _ in range(6):
            try:
                client.models.list_language_models()
                codes.append("OK")
            except RpcError as error:
                codes.append(error.code.name)
        assert codes == ["OK", "OK", "ABORTED"] * 2

    def test_delay(self, client, xaiwire_emulator):
        xaiwire_emulator.fault("*Models/*", delay=0.3)
        began = time.perf_counter()
        client.models.list_language_models()
        assert time.perf_counter() - began >= 0.3

    @pytest.mark.parametrize("cut", ["stream", "connection"])
    @pytest.mark.parametrize("after", [0, 2])
    def test_cut_in_mid_stream(self, client, xaiwire_emulator, cut, after):
        xaiwire_emulator.fault("GetCompletionChunk", cut_after=after, cut=cut, times=1)
        words = []
        with pytest.raises(RpcError):
            for _, chunk in client.chat.create("grok-3", messages=[user("a b c d")]).stream():
                words.append(chunk.content)
        assert words == ["a", " b"][:after]
        assert client.chat.complete("grok-3", "Hello").content == "Hello"
        assert xaiwire_emulator.requests("GetCompletionChunk")[0]["status"] == "CUT"

    @pytest.mark.parametrize(
        "fault",
        [
            {},
            {"status": "NO"},
            {"status": "OK"},
            {"delay": -1},
            {"cut_after": -1},
            {"status": "ABORTED", "one_in": 0},
            {"x": 1},
        ],
    )
    def test_what_is_no_fault(self, xaiwire_emulator, fault):
        status, answer = ask(xaiwire_emulator, "POST", "/faults", fault)
        assert status == 400
        assert answer["error"]


class TestControl:
    def test_the_journal_has_what_was_said_and_no_key(self, client, xaiwire_emulator):
        client.chat.complete("grok-3", "Hello")
        (entry,) = xaiwire_emulator.requests("GetCompletion")
        assert entry["request_messages"][0]["messages"][0]["content"] == [{"text": "Hello"}]
        assert entry["response_messages"][0]["outputs"][0]["message"]["content"] == "Hello"
        assert entry["metadata"]["authorization"] == "Bearer xai-...-key"
        assert xaiwire_emulator.api_key not in json.dumps(entry)

    def test_filters(self, client, xaiwire_emulator):
        client.chat.complete("grok-3", "Hello")
        refused(lambda: client.models.get_language_model("x"))
        for query, count in (("", 2), ("?rpc=Chat", 1), ("?status=NOT_FOUND", 1), ("?since=1", 1), ("?limit=1", 1)):
            assert len(ask(xaiwire_emulator, "GET", f"/requests{query}")[1]["requests"]) == count, query
        assert ask(xaiwire_emulator, "GET", "/requests?limit=x")[0] == 400

    def test_fields_that_the_contract_lacks_are_counted(self, raw_call, xaiwire_emulator):
        # Message 1 has a message whose field 99 is 1; field 200 of the request itself is 2.
        request = b"\x0a\x03\x98\x06\x01\xc0\x0c\x02\x12\x06grok-3"
        raw_call("/xai_api.Chat/GetCompletion", [request])
        expected = {"xai_api.GetCompletionsRequest.200": 1, "xai_api.Message.99": 1}
        assert ask(xaiwire_emulator, "GET", "/state")[1]["unknown_fields"] == expected
        with urllib.request.urlopen(f"{xaiwire_emulator.url}/metrics") as answer:
            text = answer.read().decode()
        assert 'xaiwire_emulator_unknown_fields_total{field="xai_api.Message.99"} 1.0' in text
        assert 'status="INVALID_ARGUMENT"' in text

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
    )
    def test_pages_of_other_sites_cannot_use_it(self, xaiwire_emulator, headers):
        assert ask(xaiwire_emulator, "POST", "/reset", headers=headers)[0] == 403

    def test_a_token(self, xaiwire_emulator_thread):
        from xaiwire_server.testing import Settings

        with xaiwire_emulator_thread.emulator(Settings(admin_token="token-1")) as emulator:
            assert ask(emulator, "GET", "/state")[0] == 401
            assert ask(emulator, "GET", "/state", headers={"Authorization": "Bearer token-2"})[0] == 401
            assert ask(emulator, "GET", "/state", headers={"Authorization": "Bearer token-1"})[0] == 200
        assert "token-1" not in repr(Settings(admin_token="token-1"))

    def test_the_clock(self, xaiwire_emulator):
        assert ask(xaiwire_emulator, "POST", "/clock", {"set": 1000.0, "frozen": True})[1] == {
            "now": 1000.0,
            "frozen": True,
        }
        assert ask(xaiwire_emulator, "POST", "/clock", {"advance": 5})[1]["now"] == 1005.0
        assert ask(xaiwire_emulator, "POST", "/clock", {"frozen": False})[1]["now"] >= 1005.0
        assert ask(xaiwire_emulator, "POST", "/clock", {"advance": 1e99})[0] == 400
        assert ask(xaiwire_emulator, "POST", "/clock", {"reset": True})[1]["now"] == pytest.approx(time.time(), abs=5)

    def test_a_script_at_run_time(self, client, xaiwire_emulator):
        def put(text):
            request = urllib.request.Request(f"{xaiwire_emulator.url}/_emulator/script", data=text, method="PUT")
            with urllib.request.urlopen(request) as answer:
                return answer.status

        assert put(b"replies: [{reply: Scripted}]") == 204
        assert client.chat.complete("grok-3", "Hello").content == "Scripted"
        with pytest.raises(urllib.error.HTTPError) as caught:
            put(b"replies: 1")
        with caught.value as error:
            assert json.loads(error.read())["error"] == "script:1: Expected `array`, got `int`"
        assert ask(xaiwire_emulator, "DELETE", "/script")[0] == 204
        assert client.chat.complete("grok-3", "Hello").content == "Hello"

    @pytest.mark.parametrize("name", ["../x", "", ".", "a" * 65, "a/b"])
    def test_names_of_snapshots(self, xaiwire_emulator, name):
        assert ask(xaiwire_emulator, "POST", "/snapshot", {"name": name})[0] == 400
        assert ask(xaiwire_emulator, "POST", "/restore", {"name": name})[0] == 400

    def test_there_is_no_such_thing(self, xaiwire_emulator):
        assert ask(xaiwire_emulator, "POST", "/restore", {"name": "none"})[0] == 404
        assert ask(xaiwire_emulator, "DELETE", "/faults/none")[0] == 404
        assert ask(xaiwire_emulator, "GET", "/requests/99")[0] == 404
        assert ask(xaiwire_emulator, "PATCH", "/keys/none", {})[0] == 404
        assert ask(xaiwire_emulator, "POST", "/faults", "x" * (5 << 20))[0] == 413
