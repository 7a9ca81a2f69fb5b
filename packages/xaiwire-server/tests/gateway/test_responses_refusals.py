"""Requests for responses that are refused."""

import pytest
from responses_forms import called, posting, result
from running import running_gateway

from xaiwire_server.gateway.shapes.base import MOST_ITEMS


@pytest.fixture
def post(plain_gateway, upstream):
    with posting(plain_gateway, upstream) as send:
        yield send


IMAGE = {"type": "input_image"}
FILE = {"type": "input_file"}


def part(**more):
    return {"input": [{"role": "user", "content": [more]}]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("asked", "param"),
        [
            ({"background": True}, "background"),
            ({"conversation": "conv_1"}, "conversation"),
            ({"prompt": {"id": "p"}}, "prompt"),
            ({"max_tool_calls": 3}, "max_tool_calls"),
            ({"max_turns": 3}, "max_turns"),
            ({"n": 2}, "n"),
            ({"truncation": "auto"}, "truncation"),
            ({"context_management": [{"type": "compaction"}]}, "context_management"),
            ({"include": ["reasoning.encrypted_content", "web_search_call.action.sources"]}, "include[1]"),
            ({"text": {"verbosity": "high"}}, "text.verbosity"),
            ({"reasoning": {"summary": "concise"}}, "reasoning.summary"),
            ({"instructions": "Be brief", "previous_response_id": "r0"}, "instructions"),
            ({"tool_choice": {"type": "file_search"}}, "tool_choice.type"),
            ({"tools": [{"type": "web_search", "search_context_size": "high"}]}, "tools[0].search_context_size"),
            ({"tools": [{"type": "web_search", "user_location": {"country": "AT"}}]}, "tools[0].user_location"),
            ({"tools": [{"type": "code_interpreter", "container": "c_1"}]}, "tools[0].container"),
            ({"tools": [{"type": "file_search", "vector_store_ids": [], "filters": {"a": 1}}]}, "tools[0].filters"),
            ({"tools": [{"type": "mcp", "server_label": "l", "connector_id": "c"}]}, "tools[0].connector_id"),
            (
                {"tools": [{"type": "mcp", "server_url": "https://x.ai", "require_approval": "always"}]},
                "tools[0].require_approval",
            ),
            (
                {"tools": [{"type": "mcp", "server_url": "https://x.ai", "allowed_tools": {"read_only": True}}]},
                "tools[0].allowed_tools.read_only",
            ),
            ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
            (part(**IMAGE, file_id="file_1"), "input[0].content[0].file_id"),
            (part(**FILE, file_url="https://x.ai/a.pdf"), "input[0].content[0].file_url"),
            (part(**FILE, file_data="QQ=="), "input[0].content[0].file_data"),
            (part(type="refusal", refusal="No"), "input[0].content[0].refusal"),
            (
                {"input": [{"type": "mcp_call", "id": "s", "name": "n", "arguments": "{}", "output": "found"}]},
                "input[0].output",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_the_contract_has_no_place_for(self, post, asked, param):
        response, request = post(**asked)
        assert response.status_code == 400
        error = response.json()["error"]
        assert (error["param"], error["code"]) == (param, "unsupported_parameter")
        assert error["message"].startswith(f"{param}: xAI's API has no place for this")
        assert request is None

    @pytest.mark.parametrize(
        ("asked", "param"),
        [
            ({"input": 5}, "input"),
            ({"input": [{"content": "Hi"}]}, "input[0].role"),
            ({"input": [{"role": "user"}]}, "input[0].content"),
            ({"input": [{"role": "robot", "content": "Hi"}]}, "input[0].role"),
            ({"input": [{"type": "computer_call"}]}, "input[0].type"),
            (part(**IMAGE), "input[0].content[0].image_url"),
            (part(**FILE), "input[0].content[0].file_id"),
            (part(type="input_audio"), "input[0].content[0].type"),
            (part(type="reasoning_text", text="Hm"), "input[0].content[0].type"),
            ({"input": [{"type": "reasoning", "content": "Hm"}]}, "input[0].content[0].type"),
            ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
            ({"input": [{"type": "function_call", "call_id": "a", "name": "f"}]}, "input[0].arguments"),
            ({"input": [{"type": "web_search_call", "id": "s"}]}, "input[0].name"),
            ({"input": [{"type": "function_call_output", "output": "1"}]}, "input[0].call_id"),
            ({"input": [{"type": "function_call_output", "call_id": "a"}]}, "input[0].output"),
            ({"input": [{"role": "user", "content": "Hi"}, result("a", "1")]}, "input[1].call_id"),
            ({"input": [called("a"), result("b", "1")]}, "input[1].call_id"),
            ({"input": [called("a"), result("a", "1"), result("a", "2")]}, "input[2].call_id"),
            ({"input": [called("a"), called("b"), result("b", "2")]}, "input[2]"),
            ({"max_output_tokens": "7"}, "max_output_tokens"),
            ({"max_output_tokens": 2**31}, "max_output_tokens"),
            ({"temperature": 1e300}, "temperature"),
            ({"seed": 2**31}, "seed"),
            ({"frequency_penalty": 1e300}, "frequency_penalty"),
            ({"input": [{"role": "user", "content": ""}] * (MOST_ITEMS + 1)}, "input"),
            (
                {"input": [{"role": "user", "content": [{"type": "input_text", "text": ""}] * (MOST_ITEMS + 1)}]},
                "input[0].content",
            ),
            ({"reasoning": {"effort": "extreme"}}, "reasoning.effort"),
            ({"tool_choice": {"type": "function"}}, "tool_choice.name"),
            ({"tools": [{"type": "hammer"}]}, "tools[0].type"),
            ({"tools": [{"type": "mcp", "server_label": "l"}]}, "tools[0].server_url"),
            ({"tools": [{"type": "function", "name": "f", "parameters": [1]}]}, "tools[0].parameters"),
            (
                {"tools": [{"type": "web_search", "allowed_domains": ["a"], "filters": {"allowed_domains": ["b"]}}]},
                "tools[0].filters.allowed_domains",
            ),
            ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
            ({"text": {"format": {"type": "json_schema", "name": "n", "schema": "s"}}}, "text.format.schema"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_is_wrong(self, post, asked, param):
        response, request = post(**asked)
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["param"] == param, error
        assert param in error["message"]
        assert request is None

    def test_a_request_without_a_model(self, plain_gateway):
        with plain_gateway.http() as client:
            response = client.post("/v1/responses", json={"input": "Hi"})
        assert response.status_code == 400
        assert "model" in response.json()["error"]["message"]

    def test_results_whose_calls_are_nowhere(self, post):
        response, request = post(input=[result("b", "2"), result("a", "1")])
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "input[0].call_id"
        assert request is None

    def test_strict_refuses_what_is_left_out(self, upstream, xaiwire_emulator_thread):
        with (
            running_gateway(xaiwire_emulator_thread._loop, upstream.address, strict=True) as strict,
            strict.http() as client,
        ):
            response = client.post("/v1/responses", json={"model": "m", "input": "Hi", "metadata": {"a": "b"}})
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "metadata"
