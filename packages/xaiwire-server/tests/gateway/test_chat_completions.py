"""POST /v1/chat/completions: what is carried, in which order, and what is refused."""

import json

import pytest
from running import running_gateway

from xaiwire.proto import chat_pb2, deferred_pb2, sample_pb2, usage_pb2
from xaiwire_server.gateway.shapes.base import MOST_ITEMS

CHAT = "/v1/chat/completions"
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello there"}]}


def events(response):
    assert response.headers["content-type"].startswith("text/event-stream")
    return [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]


@pytest.fixture
def ask(plain_gateway, upstream):
    """Asks the gateway before `upstream`: the answer, and the request that came there."""
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    with plain_gateway.http("a-key") as client:

        def asked(**body):
            upstream.requests.clear()
            response = client.post(CHAT, json={"model": "m", "messages": [], **body})
            return response, upstream.requests[0][1] if upstream.requests else None

        yield asked


def refused(ask, param, *words, **body):
    response, came = ask(**body)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    for word in words:
        assert word in error["message"]
    assert came is None


class TestWithAnEmulator:
    def test_an_answer(self, http):
        response = http.post(CHAT, json=HELLO)
        assert response.status_code == 200, response.text
        body = response.json()
        assert body["object"] == "chat.completion"
        assert body["choices"][0]["message"] == {"role": "assistant", "content": "Hello there", "refusal": None}
        assert body["choices"][0]["finish_reason"] == "stop"
        assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]

    def test_a_stream_says_the_role_once_and_ends_with_done(self, http):
        response = http.post(CHAT, json={**HELLO, "stream": True, "stream_options": {"include_usage": True}})
        *chunks, done = events(response)
        assert done == "[DONE]"
        *chunks, last = (json.loads(chunk) for chunk in chunks)
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "Hello there"
        assert [chunk["choices"][0]["delta"].get("role") for chunk in chunks] == ["assistant", None, None]
        assert last["choices"] == []
        assert last["usage"]["total_tokens"] > 0
        assert not any("usage" in chunk for chunk in chunks)

    def test_an_answer_that_is_made_later(self, http, xaiwire_emulator):
        request_id = http.post(CHAT, json={**HELLO, "deferred": True}).json()["request_id"]
        while (response := http.get(f"/v1/chat/deferred-completion/{request_id}")).status_code == 202:
            assert response.content == b""
        assert response.json()["choices"][0]["message"]["content"] == "Hello there"
        again = http.get(f"/v1/chat/deferred-completion/{request_id}")
        assert again.status_code == 404
        assert http.get("/v1/chat/deferred-completion/none").status_code == 404

    def test_an_unknown_model(self, http):
        for more in ({}, {"stream": True}):
            response = http.post(CHAT, json={**HELLO, "model": "none", **more})
            assert response.status_code == 404
            assert response.json()["error"]["message"] == "model 'none' does not exist"

    def test_a_wrong_key(self, gateway):
        with gateway.http("wrong") as client:
            response = client.post(CHAT, json=HELLO)
        assert response.status_code == 401
        assert response.json()["error"]["type"] == "authentication_error"
        assert "wrong" not in response.text.replace("wrong key", "")

    def test_ten_thousand_messages(self, http, xaiwire_emulator):
        messages = [{"role": "user", "content": f"message {number}"} for number in range(10_000)]
        response = http.post(CHAT, json={"model": "grok-3", "messages": messages})
        assert response.json()["choices"][0]["message"]["content"] == "message 9999"
        (came,) = xaiwire_emulator.requests("GetCompletion")
        assert came["status"] == "OK"
        too_many = http.post(CHAT, json={"model": "grok-3", "messages": [*messages, messages[0]]})
        assert too_many.status_code == 429


class TestResultsOfTools:
    CALLS = tuple({"id": f"call_{name}", "type": "function", "function": {"name": name}} for name in "abc")

    def conversation(self, *results, calls=CALLS):
        assistant = {"role": "assistant", "content": None, "tool_calls": calls}
        return [{"role": "user", "content": "q"}, assistant, *results, {"role": "user", "content": "next"}]

    def result(self, name):
        return {"role": "tool", "tool_call_id": f"call_{name}", "content": name}

    def test_they_are_put_into_the_order_of_the_calls(self, ask):
        response, came = ask(messages=self.conversation(*map(self.result, "cab")))
        assert response.status_code == 200, response.text
        assert [message.content[0].content.value for message in came.messages if message.content] == [
            "q", "a", "b", "c", "next"
        ]  # fmt: skip
        assert "x-gateway-warning" not in response.headers

    def test_calls_at_the_end_may_go_without(self, ask):
        _, came = ask(messages=self.conversation(self.result("a")))
        assert len(came.messages) == 4

    def test_a_gap_is_refused(self, ask):
        messages = self.conversation(self.result("a"), self.result("c"))
        refused(ask, "messages[3]", "'call_b' has no result", messages=messages)

    def test_a_result_of_no_call(self, ask):
        refused(ask, "messages[2].tool_call_id", "no call before", messages=self.conversation(self.result("x")))
        lonely = [{"role": "user", "content": "q"}, self.result("a")]
        refused(ask, "messages[1].tool_call_id", "no call of a function", messages=lonely)

    def test_two_results_of_one_call(self, ask):
        messages = self.conversation(self.result("a"), self.result("a"))
        refused(ask, "messages[3].tool_call_id", "two results", messages=messages)

    def test_some_without_an_id(self, ask):
        messages = self.conversation(self.result("a"), {"role": "tool", "content": "b"})
        refused(ask, "messages[3].tool_call_id", "it is missing", messages=messages)

    def test_all_without_ids_stay_as_they_are(self, ask):
        results = [{"role": "tool", "content": name} for name in "ba"]
        _, came = ask(messages=self.conversation(*results))
        assert [message.content[0].content.value for message in came.messages[2:4]] == ["b", "a"]

    def test_those_that_go_on_with_a_kept_answer(self, ask):
        response, came = ask(messages=[self.result("a")], previous_response_id="r")
        assert (response.status_code, came.previous_response_id) == (200, "r")
        assert "x-gateway-warning" not in response.headers
        response, came = ask(messages=[self.result("b"), self.result("a")], previous_response_id="r")
        assert response.headers["x-gateway-warning"].startswith("messages[0].tool_call_id: xAI's API knows results")


class TestWhatTheContractCannotCarry:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("logit_bias", {"50256": -100}),
            ("modalities", ["text", "audio"]),
            ("audio", {"voice": "alloy", "format": "mp3"}),
            ("prediction", {"type": "content", "content": "x"}),
            ("web_search_options", {"search_context_size": "low"}),
            ("web_search_options", {}),
            ("functions", [{"name": "f"}]),
            ("function_call", "auto"),
            ("verbosity", "low"),
        ],
    )
    def test_it_is_refused_where_it_changes_the_answer(self, ask, field, value):
        refused(ask, field, "no place", **{field: value})

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("logit_bias", {}),
            ("modalities", ["text"]),
            ("audio", None),
            ("verbosity", "medium"),
            ("web_search_options", None),
            ("function_call", "none"),
            ("stream_options", {"include_obfuscation": False}),
        ],
    )
    def test_it_is_taken_where_it_asks_for_nothing(self, ask, field, value):
        response, _ = ask(**{field: value})
        assert response.status_code == 200
        assert "x-gateway-warning" not in response.headers

    def test_labels_are_named_in_a_warning(self, ask):
        response, _ = ask(metadata={"a": "b"}, service_tier="flex", safety_identifier="u", unknown=1)
        assert response.headers.get_list("x-gateway-warning") == [
            "unknown: unknown field; it was left out",
            "metadata: xAI's API has no place for it; it was left out",
            "service_tier: xAI's API has no place for it; it was left out",
            "safety_identifier: xAI's API has no place for it; it was left out",
        ]

    @pytest.mark.parametrize(
        ("body", "warning"),
        [
            (
                {"messages": [{"role": "user", "content": "a", "tool_call_id": "c"}]},
                "messages[0].tool_call_id: the message is no result of a tool",
            ),
            (
                {
                    "messages": [
                        {"role": "user", "content": [{"type": "file", "file": {"file_id": "f", "filename": "a"}}]}
                    ]
                },
                "messages[0].content[0].file.filename: the file keeps the name that it was uploaded with",
            ),
            (
                {"stream_options": {"include_obfuscation": True}},
                "stream_options.include_obfuscation: events are made no longer than they are",
            ),
        ],
    )
    def test_what_says_nothing_to_the_model_is_named_in_a_warning(self, ask, body, warning):
        response, _ = ask(**body)
        assert response.status_code == 200, response.text
        assert response.headers.get_list("x-gateway-warning") == [f"{warning}; it was left out"]

    def test_how_many_more_warnings_there_are_is_said(self, ask):
        response, _ = ask(messages=[{"role": "user", "content": "a", "tool_call_id": "c"}] * 30)
        warnings = response.headers.get_list("x-gateway-warning")
        assert len(warnings) == 21
        assert warnings[19].startswith("messages[19].tool_call_id: ")
        assert warnings[20] == "and 10 more"

    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            ("data:image/png;base64,%%%", "is no base64: only base64 data is allowed"),
            ("data:image/png;base64,aGVsbG8", "is no base64: incorrect padding"),
            ("data:image/png;base64,aGVs bG8=", "is no base64"),
            ("data:image/png;base64,é", "is no base64"),
            ("data:image/png;base64,", "no content"),
            ("data:image/png,hello", "begins with data:image/TYPE;base64,"),
            ("data:application/pdf;base64,aGVsbG8=", "begins with data:image/TYPE;base64,"),
            ("DATA:text/plain,hello", "begins with data:image/TYPE;base64,"),
        ],
    )
    def test_data_that_is_no_image(self, ask, url, problem):
        def messages(image):
            return [{"role": "user", "content": [{"type": "image_url", "image_url": image}]}]

        refused(ask, "messages[0].content[0].image_url", problem, messages=messages(url))
        refused(ask, "messages[0].content[0].image_url.url", problem, messages=messages({"url": url}))

    @pytest.mark.parametrize("head", ["data:image/png;base64,", "Data:Image/SVG+xml;charset=utf-8;BASE64,"])
    def test_data_of_an_image(self, ask, head):
        url = f"{head}aGVsbG8="
        _, came = ask(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": url}]}])
        assert came.messages[0].content[0].content.value.image_url == url

    def test_lists_that_are_too_long(self, ask):
        many = MOST_ITEMS + 1
        text = {"type": "text", "text": ""}
        for path, more in (
            ("messages", {"messages": [{"role": "user"}] * many}),
            ("messages[0].content", {"messages": [{"role": "user", "content": [text] * many}]}),
            ("tools", {"tools": [{"type": "code_execution"}] * many}),
        ):
            refused(ask, path, f"expected `array` of length <= {MOST_ITEMS}", **more)

    def test_parts_of_messages(self, ask):
        audio = {"type": "input_audio", "input_audio": {}}
        refused(ask, "messages[0].content[0].type", "input_audio", messages=[{"role": "user", "content": [audio]}])
        file = {"type": "file", "file": {"file_data": "data:", "filename": "a"}}
        refused(
            ask,
            "messages[0].content[0].file.file_data",
            "upload the file to /v1/files",
            messages=[{"role": "user", "content": [file]}],
        )
        refused(
            ask, "messages[0].function_call", messages=[{"role": "assistant", "content": "", "function_call": {"a": 1}}]
        )

    def test_two_names_for_one_thing(self, ask):
        refused(ask, "max_tokens", "means the same", max_tokens=1, max_completion_tokens=2)
        _, came = ask(max_completion_tokens=2)
        assert came.max_tokens == 2

    def test_a_stream_that_is_made_later(self, ask):
        refused(ask, "deferred", stream=True, deferred=True)

    def test_an_approval_of_tools(self, ask):
        mcp = {"type": "mcp", "server_url": "https://a", "require_approval": "always"}
        refused(ask, "tools[0].require_approval", tools=[mcp])

    def test_schemas_and_dates(self, ask):
        tool = {"type": "function", "function": {"name": "f", "parameters": [1]}}
        refused(ask, "tools[0].function.parameters", "object", tools=[tool])
        for date in ("yesterday", "2026-13-01", "2026-01-01T25:00:00Z", "٢٠٢٦-01-01"):
            refused(ask, "search_parameters.from_date", "no date", search_parameters={"from_date": date})


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "no JSON"),
            (b"{", "no JSON"),
            (b"\xff\xfe", "no JSON"),
            (b'{"model": "m", "messages": [{"role": "user", "content": "\xff"}]}', "UTF-8"),
            (b"[" * 100_000, "request"),
            (b'{"x": ' * 5000 + b"1" + b"}" * 5000, "nested too deeply"),
            (b"[]", "expected `object`"),
            (b'{"model": "m"}', "missing required field `messages`"),
            (b'{"model": 1, "messages": []}', "model: expected `str`"),
            (b'{"model": "m", "messages": [{"role": "robot"}]}', "messages[0].role: invalid enum value 'robot'"),
            (b'{"model": "m", "messages": [], "n": 1.5}', "n: expected `int | null`, got `float`"),
            (b'{"model": "m", "messages": [], "seed": 2147483648}', "seed: expected `int` <= 2147483647"),
            (b'{"model": "m", "messages": [], "temperature": 1e300}', "temperature: expected `float` <= 3.4"),
            (b'{"model": "m", "messages": [], "stop": [1]}', "stop[0]: expected `str`"),
            (b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}', "no JSON"),
        ],
    )
    def test_they_are_refused_with_the_place(self, plain_gateway, upstream, content, words):
        with plain_gateway.http("a-key") as client:
            response = client.post(CHAT, content=content, headers={"content-type": "application/json"})
        assert response.status_code == 400
        assert words in response.json()["error"]["message"]
        assert upstream.requests == []

    def test_other_media_types(self, http):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"):
            response = http.post(CHAT, content=json.dumps(HELLO).encode(), headers={"content-type": kind})
            assert response.status_code == 415
        response = http.post(CHAT, json=HELLO, headers={"content-encoding": "gzip"})
        assert response.status_code == 415

    def test_a_body_that_is_too_large(self, xaiwire_emulator, xaiwire_emulator_thread):
        loop = xaiwire_emulator_thread._loop
        with (
            running_gateway(loop, xaiwire_emulator.address, max_body_bytes=1000) as gateway,
            gateway.http() as client,
        ):
            body = json.dumps({**HELLO, "user": "x" * 2_000_000}).encode()
            headers = {"content-type": "application/json"}
            assert client.post(CHAT, content=body, headers=headers).status_code == 413
            pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
            assert client.post(CHAT, content=pieces, headers=headers).status_code == 413
            assert client.post(CHAT, json=HELLO).status_code == 200

    def test_strict(self, xaiwire_emulator, xaiwire_emulator_thread):
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, xaiwire_emulator.address, strict=True) as gateway, gateway.http() as client:
            message = {"role": "user", "content": "a", "colour": "red"}
            response = client.post(CHAT, json={"model": "grok-3", "messages": [message]})
            assert response.status_code == 400
            assert response.json()["error"]["message"] == "messages[0].colour: unknown field"
            assert client.post(CHAT, json=HELLO).status_code == 200


class TestAnswers:
    def test_calls_of_the_server_stand_apart(self, ask, upstream):
        from protobuf import Oneof

        def call(kind, name):
            function = Oneof("function", chat_pb2.FunctionCall(name=name, arguments="{}"))
            return chat_pb2.ToolCall(id=name, type=kind, tool=function)

        kinds = chat_pb2.ToolCallType
        made = [call(kinds.WEB_SEARCH_TOOL, "w"), call(kinds.CLIENT_SIDE_TOOL, "f"), call(kinds.MCP_TOOL, "m")]
        message = chat_pb2.CompletionMessage(role=chat_pb2.MessageRole.ROLE_ASSISTANT, tool_calls=made)
        upstream.answers["GetCompletion"] = [
            chat_pb2.GetChatCompletionResponse(outputs=[chat_pb2.CompletionOutput(message=message)])
        ]
        response, _ = ask()
        said = response.json()["choices"][0]["message"]
        assert [(each["type"], each["id"]) for each in said["tool_calls"]] == [("function", "f")]
        assert [each["type"] for each in said["server_side_tool_calls"]] == ["web_search", "mcp"]
        assert said["content"] is None

    def test_calls_in_a_stream_are_numbered(self, plain_gateway, upstream):
        from protobuf import Oneof

        def chunk(name):
            call = chat_pb2.ToolCall(
                id=name,
                type=chat_pb2.ToolCallType.CLIENT_SIDE_TOOL,
                tool=Oneof("function", chat_pb2.FunctionCall(name=name)),
            )
            return chat_pb2.GetChatCompletionChunk(
                outputs=[chat_pb2.CompletionOutputChunk(delta=chat_pb2.Delta(tool_calls=[call, call]))]
            )

        upstream.answers["GetCompletionChunk"] = [chunk("a"), chunk("b")]
        with plain_gateway.http("a-key") as client:
            *chunks, _ = events(client.post(CHAT, json={"model": "m", "messages": [], "stream": True}))
        calls = [call for each in chunks for call in json.loads(each)["choices"][0]["delta"]["tool_calls"]]
        assert [(call["index"], call["id"]) for call in calls] == [(0, "a"), (1, "a"), (2, "b"), (3, "b")]

    def test_reasons_that_openai_has_no_word_for(self, ask, upstream):
        for reason, word in (("REASON_MAX_CONTEXT", "length"), ("REASON_TIME_LIMIT", "length")):
            output = chat_pb2.CompletionOutput(finish_reason=sample_pb2.FinishReason[reason])
            upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(outputs=[output])]
            choice = ask()[0].json()["choices"][0]
            assert (choice["finish_reason"], choice["native_finish_reason"]) == (word, reason)

    def test_an_enum_value_of_a_newer_contract(self, ask, upstream):
        # Field 1 with the number 99, which no version of the contract that we know has.
        output = chat_pb2.CompletionOutput.from_binary(b"\x08\x63")
        usage = usage_pb2.SamplingUsage.from_binary(b"\x4a\x01\x63")
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(outputs=[output], usage=usage)]
        body = ask()[0].json()
        assert body["choices"][0]["native_finish_reason"] == "REASON_99"
        assert body["usage"]["server_side_tools_used"] == ["99"]

    def test_a_deferred_answer_that_has_expired(self, plain_gateway, upstream):
        expired = deferred_pb2.DeferredStatus.EXPIRED
        upstream.answers["GetDeferredCompletion"] = [chat_pb2.GetDeferredCompletionResponse(status=expired)]
        with plain_gateway.http("a-key") as client:
            response = client.get("/v1/chat/deferred-completion/r%2F1")
        assert response.status_code == 404
        assert upstream.requests[0][1].request_id == "r/1"


class TestWhatGoesAlong:
    def test_the_key_and_the_requests_id(self, plain_gateway, upstream):
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
        body = {"model": "m", "messages": []}
        with plain_gateway.http("callers-own-key") as client:
            response = client.post(CHAT, json=body, headers={"x-request-id": "mine-1"})
        assert response.headers["x-request-id"] == "mine-1"
        assert upstream.metadata[0]["x-request-id"] == "mine-1"
        assert upstream.metadata[0]["authorization"] == "Bearer callers-own-key"

    def test_a_key_in_the_other_header(self, plain_gateway, upstream):
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
        with plain_gateway.http("x") as client:
            del client.headers["authorization"]
            assert client.post(CHAT, json=HELLO).status_code == 401
            assert client.post(CHAT, json=HELLO, headers={"x-api-key": "other"}).status_code == 200
            assert client.post(CHAT, json=HELLO, headers={"authorization": "Basic abc"}).status_code == 401
            assert client.post(CHAT, json=HELLO, headers={"x-api-key": "a\tb"}).status_code == 401
        assert [each["authorization"] for each in upstream.metadata] == ["Bearer other"]

    def test_both_names_of_a_request(self, http):
        response = http.post(CHAT, json=HELLO)
        assert response.headers["x-request-id"] != response.headers["x-upstream-request-id"]


class TestMessagesThatAreTooLarge:
    def test_what_is_sent(self, upstream, xaiwire_emulator_thread):
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, upstream.address, max_body_bytes=64 << 20) as gateway, gateway.http() as client:
            body = {"model": "m", "messages": [{"role": "user", "content": "x" * (21 << 20)}]}
            assert client.post(CHAT, json=body).status_code == 413

    def test_what_comes(self, plain_gateway, upstream):
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="x" * (21 << 20))]
        with plain_gateway.http("a-key") as client:
            assert client.post(CHAT, json=HELLO).status_code == 502
