"""POST /v1/messages: what is carried upstream, in which order, and what is refused."""

import json
import time

import pytest
from protobuf import Oneof
from running import running_gateway

from xaiwire.proto import chat_pb2, image_pb2
from xaiwire_server.gateway.convert.messages_request import messages_fields
from xaiwire_server.gateway.http.decoding import decode_json
from xaiwire_server.gateway.shapes.base import MOST_ITEMS
from xaiwire_server.gateway.shapes.messages import MessagesRequest

MESSAGES = "/v1/messages"
Role = chat_pb2.MessageRole
Kind = chat_pb2.ToolCallType
HELLO = [{"role": "user", "content": "Hello"}]


def text(said):
    return chat_pb2.Content(content=Oneof("text", said))


def message(role, *content, **more):
    parts = [text(part) if isinstance(part, str) else part for part in content]
    return chat_pb2.Message(role=role, content=parts, **more)


def call(identity, name, arguments="{}", kind=Kind.CLIENT_SIDE_TOOL):
    function = chat_pb2.FunctionCall(name=name, arguments=arguments)
    return chat_pb2.ToolCall(id=identity, type=kind, tool=Oneof("function", function))


@pytest.fixture
def ask(plain_gateway, upstream):
    """Asks the gateway before `upstream`: the answer, and the request that came there."""
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    with plain_gateway.http("a-key") as client:

        def asked(**body):
            upstream.requests.clear()
            response = client.post(MESSAGES, json={"model": "m", "max_tokens": 9, "messages": HELLO, **body})
            return response, upstream.requests[0][1] if upstream.requests else None

        yield asked


def carried(ask, **body):
    response, came = ask(**body)
    assert response.status_code == 200, response.text
    assert "x-gateway-warning" not in response.headers
    return came


def refused(ask, start, *words, **body):
    response, came = ask(**body)
    assert response.status_code == 400, response.text
    answer = response.json()
    assert (answer["type"], answer["error"]["type"]) == ("error", "invalid_request_error")
    assert answer["error"]["message"].startswith(f"{start}: ")
    for word in words:
        assert word in answer["error"]["message"]
    assert came is None


def warned(ask, **body):
    response, came = ask(**body)
    assert response.status_code == 200, response.text
    assert came is not None
    return response.headers.get_list("x-gateway-warning")


def of_user(*blocks):
    return [{"role": "user", "content": list(blocks)}]


class TestFields:
    def test_the_whole_request(self, ask):
        came = carried(
            ask,
            system="Be brief.",
            stop_sequences=["END"],
            temperature=0.5,
            top_p=0.25,
            metadata={"user_id": "u-1"},
            tools=[
                {"name": "f", "description": "d", "input_schema": {"type": "object"}, "strict": True},
                {"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["example.com"]},
                {"type": "code_execution_20250825", "name": "code_execution"},
            ],
            tool_choice={"type": "any", "disable_parallel_tool_use": True},
            thinking={"type": "adaptive"},
            output_config={"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
            service_tier="auto",
        )
        assert came == chat_pb2.GetCompletionsRequest(
            model="m",
            max_tokens=9,
            messages=[message(Role.ROLE_SYSTEM, "Be brief."), message(Role.ROLE_USER, "Hello")],
            stop=["END"],
            temperature=0.5,
            top_p=0.25,
            user="u-1",
            tools=[
                chat_pb2.Tool(
                    tool=Oneof(
                        "function",
                        chat_pb2.Function(name="f", description="d", strict=True, parameters='{"type":"object"}'),
                    )
                ),
                chat_pb2.Tool(tool=Oneof("web_search", chat_pb2.WebSearch(allowed_domains=["example.com"]))),
                chat_pb2.Tool(tool=Oneof("code_execution", chat_pb2.CodeExecution())),
            ],
            tool_choice=chat_pb2.ToolChoice(tool_choice=Oneof("mode", chat_pb2.ToolMode.REQUIRED)),
            parallel_tool_calls=False,
            use_encrypted_content=True,
            reasoning_effort=chat_pb2.ReasoningEffort.EFFORT_HIGH,
            response_format=chat_pb2.ResponseFormat(
                format_type=chat_pb2.FormatType.JSON_SCHEMA, schema='{"type":"object"}'
            ),
        )

    def test_what_asks_for_nothing_is_no_trouble(self, ask):
        came = carried(
            ask,
            thinking={"type": "disabled"},
            output_config={},
            system=[],
            tools=[],
            mcp_servers=[],
            stop_sequences=[],
            metadata={},
            top_k=None,
            speed="standard",
            context_management=None,
        )
        assert came == chat_pb2.GetCompletionsRequest(
            model="m", max_tokens=9, messages=[message(Role.ROLE_USER, "Hello")]
        )

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            ({"type": "auto"}, Oneof("mode", chat_pb2.ToolMode.AUTO)),
            ({"type": "none"}, Oneof("mode", chat_pb2.ToolMode.NONE)),
            ({"type": "tool", "name": "f"}, Oneof("function_name", "f")),
        ],
    )
    def test_choices_of_a_tool(self, ask, choice, expected):
        came = carried(ask, tool_choice=choice)
        assert came.tool_choice.tool_choice == expected
        assert not came.has_field("parallel_tool_calls")

    def test_parallel_calls_are_allowed_where_it_says_so(self, ask):
        came = carried(ask, tool_choice={"type": "auto", "disable_parallel_tool_use": False})
        assert came.parallel_tool_calls is True

    def test_an_output_format_may_be_said_twice_alike(self, ask):
        schema = {"type": "json_schema", "schema": {"type": "array"}}
        came = carried(ask, output_format=schema, output_config={"format": schema})
        assert came.response_format.schema == '{"type":"array"}'
        other = {"type": "json_schema", "schema": {"type": "object"}}
        refused(ask, "output_format", output_format=schema, output_config={"format": other})

    @pytest.mark.parametrize(
        ("start", "body"),
        [
            ("top_k", {"top_k": 5}),
            ("container", {"container": "c"}),
            ("context_management", {"context_management": {"edits": [{"type": "x"}]}}),
            ("fallbacks", {"fallbacks": [{"model": "other"}]}),
            ("thread", {"thread": {"type": "create"}}),
            ("thinking.budget_tokens", {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
            ("thinking.type", {"thinking": {"type": "between_tools"}}),
            ("output_config.effort", {"output_config": {"effort": "max"}}),
            ("output_config.task_budget", {"output_config": {"task_budget": {"total": 1}}}),
            ("tool_choice.name", {"tool_choice": {"type": "tool"}}),
            ("output_config.format.schema", {"output_config": {"format": {"schema": [1]}}}),
            ("messages[0].role", {"messages": [{"role": "tool", "content": "a"}]}),
            ("messages[0].content[0].type", {"messages": of_user({"type": "search_result"})}),
            ("messages[0].content[0]", {"messages": of_user({"type": "image"})}),
            ("max_tokens", {"max_tokens": "9"}),
            ("max_tokens", {"max_tokens": 2**31}),
            ("temperature", {"temperature": 1e300}),
            ("top_p", {"top_p": -1e300}),
            ("messages", {"messages": HELLO * (MOST_ITEMS + 1)}),
            ("messages[0].content", {"messages": of_user(*[{"type": "text", "text": ""}] * (MOST_ITEMS + 1))}),
            ("system", {"system": [{"type": "text", "text": ""}] * (MOST_ITEMS + 1)}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_is_refused(self, ask, start, body):
        refused(ask, start, **body)

    def test_a_budget_for_thinking_is_refused_with_what_to_do(self, ask):
        refused(ask, "thinking.budget_tokens", "output_config.effort", thinking={"type": "enabled", "budget_tokens": 1})

    def test_max_tokens_is_required_as_with_anthropic(self, plain_gateway):
        with plain_gateway.http("a-key") as client:
            response = client.post(MESSAGES, json={"model": "m", "messages": HELLO})
        assert response.status_code == 400
        assert "max_tokens" in response.json()["error"]["message"]

    def test_labels_are_named_in_warnings(self, ask):
        assert warned(ask, service_tier="standard_only", speed="fast", surprise=1) == [
            "surprise: unknown field; it was left out",
            "service_tier: xAI's API has no place for it; it was left out",
            "speed: xAI's API has no place for it; it was left out",
        ]

    def test_citations_of_texts_are_named(self, ask):
        block = {"type": "text", "text": "a", "citations": [{"cited_text": "b"}]}
        warnings = warned(ask, system=[block], messages=of_user(block))
        assert [warning.partition(":")[0] for warning in warnings] == [
            "system[0].citations",
            "messages[0].content[0].citations",
        ]

    def test_a_mark_for_the_cache_is_named_once(self, ask):
        mark = {"cache_control": {"type": "ephemeral"}}
        block = {"type": "text", "text": "a", **mark}
        warnings = warned(ask, system=[block], messages=of_user(block, block), tools=[{"name": "f", **mark}])
        assert [warning.partition(":")[0] for warning in warnings] == ["cache_control"]

    def test_a_mark_within_a_result_is_seen(self, ask):
        part = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
        result = {"type": "tool_result", "tool_use_id": "c", "content": [part]}
        turns = [{"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}]}]
        assert len(warned(ask, messages=[*HELLO, *turns, *of_user(result)])) == 1

    def test_strict_refuses_what_would_be_left_out(self, upstream, xaiwire_emulator_thread):
        body = {"model": "m", "max_tokens": 9, "messages": HELLO, "cache_control": {"type": "ephemeral"}}
        with (
            running_gateway(xaiwire_emulator_thread._loop, upstream.address, strict=True) as gateway,
            gateway.http("a-key") as client,
        ):
            response = client.post(MESSAGES, json=body)
        assert response.status_code == 400
        assert response.json()["error"]["message"].startswith("cache_control: ")

    def test_the_key_may_come_as_anthropics_does(self, plain_gateway, upstream):
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
        headers = {"x-api-key": "a-key", "authorization": "", "anthropic-version": "2023-06-01", "anthropic-beta": "x"}
        with plain_gateway.http(**headers) as client:
            response = client.post(MESSAGES, json={"model": "m", "max_tokens": 9, "messages": HELLO})
        assert response.status_code == 200, response.text
        assert upstream.metadata[0]["authorization"] == "Bearer a-key"


class TestContent:
    def test_blocks_of_a_user(self, ask):
        came = carried(
            ask,
            messages=of_user(
                {"type": "text", "text": "Look:"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "AAAA"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "document", "source": {"type": "file", "file_id": "file-1"}, "citations": {"enabled": False}},
            ),
        )
        images = [
            chat_pb2.Content(content=Oneof("image_url", image_pb2.ImageUrlContent(image_url=url)))
            for url in ("data:image/webp;base64,AAAA", "https://example.com/a.png")
        ]
        file = chat_pb2.Content(content=Oneof("file", chat_pb2.FileContent(file_id="file-1")))
        assert came.messages == [message(Role.ROLE_USER, "Look:", *images, file)]

    def test_a_system_message_stays_where_it_is(self, ask):
        system = {"role": "system", "content": [{"type": "text", "text": "b"}]}
        came = carried(ask, system="a", messages=[*HELLO, system, *HELLO])
        assert [each.role for each in came.messages] == [
            Role.ROLE_SYSTEM, Role.ROLE_USER, Role.ROLE_SYSTEM, Role.ROLE_USER
        ]  # fmt: skip

    def test_blocks_of_a_model(self, ask):
        blocks = [
            {"type": "thinking", "thinking": "Hm.", "signature": "s1"},
            {"type": "server_tool_use", "id": "w", "name": "browse", "input": {"q": 1}, "tool": "web_search"},
            {"type": "text", "text": "Well,", "citations": None},
            {"type": "tool_use", "id": "c", "name": "f", "input": {"a": [1, 2]}, "caller": {"type": "direct"}},
        ]
        came = carried(ask, messages=[*HELLO, {"role": "assistant", "content": blocks}])
        assert came.messages[1] == message(
            Role.ROLE_ASSISTANT,
            "Well,",
            reasoning_content="Hm.",
            encrypted_content="s1",
            tool_calls=[call("w", "browse", '{"q":1}', Kind.WEB_SEARCH_TOOL), call("c", "f", '{"a":[1,2]}')],
        )

    def test_what_was_thought_later_begins_a_message_of_its_own(self, ask):
        blocks = [
            {"type": "thinking", "thinking": "A", "signature": ""},
            {"type": "server_tool_use", "id": "w", "name": "code_execution", "input": {}},
            {"type": "redacted_thinking", "data": "a"},
            {"type": "thinking", "thinking": "B", "signature": "b"},
            {"type": "text", "text": "Done."},
        ]
        came = carried(ask, messages=[*HELLO, {"role": "assistant", "content": blocks}])
        ran = call("w", "code_execution", "{}", Kind.CODE_EXECUTION_TOOL)
        assert came.messages[1:] == [
            message(Role.ROLE_ASSISTANT, reasoning_content="A", encrypted_content="a", tool_calls=[ran]),
            message(Role.ROLE_ASSISTANT, "Done.", reasoning_content="B", encrypted_content="b"),
        ]

    @pytest.mark.parametrize(
        ("start", "word", "block"),
        [
            ("source.data", "no base64", {
                "type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "!"}
            }),
            ("source.media_type", "invalid", {
                "type": "image", "source": {"type": "base64", "media_type": "image/png\r\nx: y", "data": "AAAA"}
            }),
            ("source.type", "as base64", {"type": "image", "source": {"type": "file", "file_id": "f"}}),
            ("source.type", "/v1/files", {"type": "document", "source": {"type": "text", "data": "words"}}),
            ("source.file_id", "wants one", {"type": "document", "source": {"type": "file"}}),
            ("title", "text block", {"type": "document", "source": {"type": "file", "file_id": "f"}, "title": "T"}),
            ("citations", "no place", {
                "type": "document", "source": {"type": "file", "file_id": "f"}, "citations": {"enabled": True}
            }),
            ("type", "role user has no tool_use", {"type": "tool_use", "id": "c", "name": "f", "input": {}}),
            ("type", "role user has no thinking", {"type": "thinking", "thinking": "t", "signature": "s"}),
        ],
    )  # fmt: skip
    def test_what_a_user_cannot_send(self, ask, start, word, block):
        messages = of_user({"type": "text", "text": "a"}, block)
        refused(ask, f"messages[0].content[1].{start}", word, messages=messages)

    @pytest.mark.parametrize(
        ("start", "block"),
        [
            ("type", {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}),
            ("type", {"type": "tool_result", "tool_use_id": "c"}),
            ("input", {"type": "tool_use", "id": "c", "name": "f", "input": [1]}),
            ("name", {"type": "server_tool_use", "id": "c", "name": "web_fetch", "input": {}}),
            ("caller", {
                "type": "tool_use", "id": "c", "name": "f", "input": {}, "caller": {"type": "code_execution_20250825"}
            }),
        ],
    )  # fmt: skip
    def test_what_a_model_cannot_have_said(self, ask, start, block):
        messages = [*HELLO, {"role": "assistant", "content": [block]}]
        refused(ask, f"messages[1].content[0].{start}", messages=messages)


class TestResultsOfTools:
    def turns(self, *results, calls="abc"):
        blocks = [{"type": "tool_use", "id": f"c_{name}", "name": name, "input": {}} for name in calls]
        return [*HELLO, {"role": "assistant", "content": blocks}, *of_user(*results)]

    def result(self, name, **more):
        return {"type": "tool_result", "tool_use_id": f"c_{name}", "content": name, **more}

    def test_they_are_messages_of_their_own_in_the_order_of_the_calls(self, ask):
        rest = {"type": "text", "text": "And now?"}
        came = carried(ask, messages=self.turns(*map(self.result, "cab"), rest))
        assert came.messages[2:] == [
            *(message(Role.ROLE_TOOL, name) for name in "abc"),
            message(Role.ROLE_USER, "And now?"),
        ]

    def test_what_a_result_may_be(self, ask):
        image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
        nothing = {"type": "tool_result", "tool_use_id": "c_b"}
        parts = [{"type": "text", "text": "x"}, image]
        came = carried(ask, messages=self.turns(self.result("a", content=parts), nothing))
        picture = image_pb2.ImageUrlContent(image_url="https://example.com/a.png")
        assert came.messages[2:] == [
            message(Role.ROLE_TOOL, "x", chat_pb2.Content(content=Oneof("image_url", picture))),
            message(Role.ROLE_TOOL, ""),
        ]

    def test_one_that_failed_says_so_in_its_content(self, ask):
        warnings = warned(ask, messages=self.turns(self.result("a", is_error=True)))
        assert len(warnings) == 1
        assert warnings[0].startswith("messages[2].content[0].is_error: ")
        assert carried(ask, messages=self.turns(self.result("a", is_error=False)))
        silent = self.result("a", is_error=True, content="")
        refused(ask, "messages[2].content[0].is_error", "say in the content", messages=self.turns(silent))

    def test_those_that_belong_to_nothing(self, ask):
        first = "messages[2].content[0].tool_use_id"
        refused(ask, first, "no call before", messages=self.turns(self.result("x")))
        second = "messages[2].content[1].tool_use_id"
        refused(ask, second, "two results", messages=self.turns(self.result("a"), self.result("a")))
        refused(ask, "messages[0].content[0].tool_use_id", "no call", messages=of_user(self.result("a")))

    def test_a_gap_is_refused(self, ask):
        messages = self.turns(self.result("a"), self.result("c"))
        refused(ask, "messages[2].content[1]", "'c_b' has no result", messages=messages)

    def test_they_come_first_as_with_anthropic(self, ask):
        messages = self.turns({"type": "text", "text": "First"}, self.result("a"))
        refused(ask, "messages[2].content[1]", "before all other blocks", messages=messages)


class TestTools:
    @pytest.mark.parametrize(
        ("start", "tool"),
        [
            ("type", {"type": "bash_20250124", "name": "bash"}),
            ("type", {"type": "web_fetch_20250910", "name": "web_fetch"}),
            ("name", {"input_schema": {}}),
            ("name", {"type": "web_search_20250305", "name": "search"}),
            ("input_schema", {"name": "f", "input_schema": "text"}),
            ("input_examples", {"name": "f", "input_examples": [{}]}),
            ("allowed_domains", {"name": "f", "allowed_domains": ["example.com"]}),
            ("max_uses", {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}),
            ("user_location", {"type": "web_search_20250305", "name": "web_search", "user_location": {"city": "Ulm"}}),
            ("input_schema", {"type": "code_execution_20250825", "name": "code_execution", "input_schema": {"a": 1}}),
            ("mcp_server_name", {"type": "mcp_toolset", "mcp_server_name": "none"}),
        ],
    )
    def test_what_is_refused(self, ask, start, tool):
        refused(ask, f"tools[0].{start}", tools=[tool])

    def test_how_a_call_is_streamed_is_a_hint(self, ask):
        (warning,) = warned(ask, tools=[{"name": "f", "eager_input_streaming": True}])
        assert warning.startswith("tools[0].eager_input_streaming: ")


class TestServersOfTools:
    SERVER = {"type": "url", "name": "s", "url": "https://example.com/mcp"}  # noqa: RUF012 - not changed

    def mcp(self, ask, *tools, **server):
        came = carried(ask, tools=list(tools), mcp_servers=[{**self.SERVER, **server}])
        return [tool.tool.value for tool in came.tools]

    def made(self, *allowed, **more):
        return [
            chat_pb2.MCP(
                server_label="s", server_url="https://example.com/mcp", allowed_tool_names=list(allowed), **more
            )
        ]

    def test_one_by_itself(self, ask):
        assert self.mcp(ask) == self.made()
        assert self.mcp(ask, authorization_token="t") == self.made(authorization="t")
        assert self.mcp(ask, tool_configuration={"allowed_tools": ["a"]}) == self.made("a")
        assert self.mcp(ask, tool_configuration={"enabled": False}) == []

    def test_one_with_a_toolset(self, ask):
        toolset = {"type": "mcp_toolset", "mcp_server_name": "s"}
        some = {"default_config": {"enabled": False}, "configs": {"a": {"enabled": True}, "b": {"enabled": False}}}
        assert self.mcp(ask, toolset) == self.made()
        assert self.mcp(ask, toolset | some) == self.made("a")
        assert self.mcp(ask, toolset | {"default_config": {"enabled": False}}) == []

    @pytest.mark.parametrize(
        ("start", "tools", "server"),
        [
            ("tools[0].configs.a.enabled", [{"configs": {"a": {"enabled": False}}}], {}),
            ("tools[0].default_config.defer_loading", [{"default_config": {"defer_loading": True}}], {}),
            ("tools[1].mcp_server_name", [{}, {}], {}),
            ("mcp_servers[0].tool_configuration", [{}], {"tool_configuration": {"enabled": True}}),
            ("mcp_servers[0].tool_configuration.allowed_tools", [], {"tool_configuration": {"allowed_tools": []}}),
        ],
    )
    def test_what_is_refused(self, ask, start, tools, server):
        toolsets = [{"type": "mcp_toolset", "mcp_server_name": "s", **tool} for tool in tools]
        refused(ask, start, tools=toolsets, mcp_servers=[self.SERVER | server])

    def test_two_of_one_name(self, ask):
        refused(ask, "mcp_servers", mcp_servers=[self.SERVER, self.SERVER])


def test_a_long_conversation(ask):
    turns = [
        {"role": ("user", "assistant")[at % 2], "content": [{"type": "text", "text": f"{at}"}]} for at in range(10_000)
    ]
    came = carried(ask, messages=turns)
    assert len(came.messages) == 10_000
    assert came.messages[-1] == message(Role.ROLE_ASSISTANT, "9999")


def test_the_time_grows_as_the_number_of_thoughts_does():
    def seconds(number):
        thoughts = [{"type": "redacted_thinking", "data": "e" * 1_000}] * number
        asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "assistant", "content": thoughts}]}
        request, _ = decode_json(json.dumps(asked).encode(), MessagesRequest)

        def once():
            begun = time.process_time()
            [made] = messages_fields(request, lambda *_: None)["messages"]
            spent = time.process_time() - begun
            assert made.encrypted_content == "e" * 1_000 * number
            return spent

        return min(once() for _ in range(5))

    # Square time would be 16 times as long.
    assert seconds(12_000) < 9 * seconds(3_000)


def test_the_bytes_of_a_schema_are_kept(plain_gateway, upstream):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    schema = '{"type": "object",  "properties": {"n": {"const": 1.0}}}'
    body = json.dumps({"model": "m", "max_tokens": 9, "messages": HELLO, "tools": [{"name": "f", "input_schema": 0}]})
    with plain_gateway.http("a-key", **{"content-type": "application/json"}) as client:
        client.post(MESSAGES, content=body.replace('"input_schema": 0', f'"input_schema": {schema}'))
    assert upstream.requests[0][1].tools[0].tool.value.parameters == schema
