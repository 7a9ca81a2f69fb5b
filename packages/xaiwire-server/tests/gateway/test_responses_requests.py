"""Requests for responses: what goes upstream."""

import pytest
from protobuf import Oneof
from protobuf.wkt import Timestamp
from responses_forms import ROLE, message, posting, sent

from xaiwire.proto import chat_pb2


@pytest.fixture
def post(plain_gateway, upstream):
    with posting(plain_gateway, upstream) as send:
        yield send


class TestFields:
    def test_the_least_of_them(self, post):
        assert sent(post) == chat_pb2.GetCompletionsRequest(
            model="m", messages=[message(ROLE.ROLE_USER, "Hi")], store_messages=True
        )

    def test_all_of_them(self, post):
        request = sent(
            post,
            instructions="Be brief",
            store=False,
            max_output_tokens=7,
            n=1,
            seed=-5,
            stop=["END", "STOP"],
            temperature=0.5,
            top_p=0.25,
            frequency_penalty=0.75,
            presence_penalty=-0.5,
            user="u",
            top_logprobs=3,
            parallel_tool_calls=False,
            include=["reasoning.encrypted_content", "message.output_text.logprobs"],
            reasoning={"effort": "medium", "summary": "auto"},
            text={"format": {"type": "json_schema", "name": "n", "schema": {"b": 1, "a": 2}}, "verbosity": "medium"},
            tool_choice={"type": "function", "name": "f"},
            search_parameters={"mode": "on", "sources": [{"type": "rss", "links": ["https://x.ai/feed"]}]},
            background=False,
            truncation="disabled",
            metadata={},
            service_tier="auto",
            conversation=None,
        )
        rss = chat_pb2.Source(source=Oneof("rss", chat_pb2.RssSource(links=["https://x.ai/feed"])))
        assert request == chat_pb2.GetCompletionsRequest(
            model="m",
            messages=[message(ROLE.ROLE_SYSTEM, "Be brief"), message(ROLE.ROLE_USER, "Hi")],
            max_tokens=7,
            seed=-5,
            stop=["END", "STOP"],
            temperature=0.5,
            top_p=0.25,
            frequency_penalty=0.75,
            presence_penalty=-0.5,
            user="u",
            logprobs=True,
            top_logprobs=3,
            parallel_tool_calls=False,
            use_encrypted_content=True,
            reasoning_effort=chat_pb2.ReasoningEffort.EFFORT_MEDIUM,
            response_format=chat_pb2.ResponseFormat(
                format_type=chat_pb2.FormatType.JSON_SCHEMA, schema='{"b":1,"a":2}'
            ),
            tool_choice=chat_pb2.ToolChoice(tool_choice=Oneof("function_name", "f")),
            search_parameters=chat_pb2.SearchParameters(
                mode=chat_pb2.SearchMode.ON_SEARCH_MODE, sources=[rss], return_citations=True
            ),
        )

    def test_one_stop_sequence(self, post):
        assert sent(post, stop="END").stop == ["END"]

    def test_going_on(self, post):
        request = sent(post, previous_response_id="r0")
        assert request.previous_response_id == "r0"

    def test_tools(self, post):
        request = sent(
            post,
            tools=[
                {"type": "function", "name": "f", "description": "d", "strict": True, "parameters": {"type": "object"}},
                {
                    "type": "web_search",
                    "filters": {"allowed_domains": ["x.ai"]},
                    "enable_image_understanding": True,
                    "search_context_size": "medium",
                },
                {"type": "web_search_preview", "excluded_domains": ["x.com"]},
                {"type": "x_search", "from_date": "2026-01-31", "allowed_x_handles": ["xai"]},
                {"type": "code_interpreter", "container": {"type": "auto"}},
                {"type": "code_execution"},
                {"type": "file_search", "vector_store_ids": ["c1"], "max_num_results": 4},
                {"type": "collections_search", "collection_ids": ["c2"], "limit": 5},
                {
                    "type": "mcp",
                    "server_label": "l",
                    "server_url": "https://x.ai/mcp",
                    "server_description": "s",
                    "allowed_tools": {"tool_names": ["t"]},
                    "authorization": "a",
                    "headers": {"h": "v"},
                    "require_approval": "never",
                },
                {"type": "document_search", "limit": 6},
            ],
        )
        function = chat_pb2.Function(name="f", description="d", strict=True, parameters='{"type":"object"}')
        mcp = chat_pb2.MCP(
            server_label="l",
            server_url="https://x.ai/mcp",
            server_description="s",
            allowed_tool_names=["t"],
            authorization="a",
            extra_headers={"h": "v"},
        )
        x = chat_pb2.XSearch(from_date=Timestamp(seconds=1_769_817_600), allowed_x_handles=["xai"])
        wanted = [
            Oneof("function", function),
            Oneof("web_search", chat_pb2.WebSearch(allowed_domains=["x.ai"], enable_image_understanding=True)),
            Oneof("web_search", chat_pb2.WebSearch(excluded_domains=["x.com"])),
            Oneof("x_search", x),
            Oneof("code_execution", chat_pb2.CodeExecution()),
            Oneof("code_execution", chat_pb2.CodeExecution()),
            Oneof("collections_search", chat_pb2.CollectionsSearch(collection_ids=["c1"], limit=4)),
            Oneof("collections_search", chat_pb2.CollectionsSearch(collection_ids=["c2"], limit=5)),
            Oneof("mcp", mcp),
            Oneof("document_search", chat_pb2.DocumentSearch(limit=6)),
        ]
        assert [tool.tool for tool in request.tools] == wanted

    def test_what_lets_into_other_servers_is_not_said_back(self, post):
        tool = {"type": "mcp", "server_url": "https://x.ai/mcp", "server_label": "l", "authorization": "SECRET"}
        response, request = post(tools=[{**tool, "headers": {"h": "SECRET"}}])
        assert request.tools[0].tool.value.authorization == "SECRET"
        assert response.json()["tools"] == [{"type": "mcp", "server_url": "https://x.ai/mcp", "server_label": "l"}]
        assert "SECRET" not in response.text

    @pytest.mark.parametrize("label", ["metadata", "service_tier", "safety_identifier", "prompt_cache_key"])
    def test_labels_are_named_in_a_warning(self, post, label):
        value = {"a": "b"} if label == "metadata" else "abc"
        response, request = post(**{label: value})
        assert request.messages == [message(ROLE.ROLE_USER, "Hi")]
        assert response.headers["x-gateway-warning"].startswith(f"{label}: ")

    def test_an_unknown_field_is_named_with_its_path(self, post):
        response, _ = post(input=[{"role": "user", "content": [{"type": "input_text", "text": "Hi", "tone": "low"}]}])
        assert response.headers["x-gateway-warning"].startswith("input[0].content[0].tone: unknown field")


def test_what_was_asked_is_said_back_as_the_api_took_it(post, upstream):
    settings = chat_pb2.RequestSettings(
        max_tokens=9,
        temperature=0.5,
        parallel_tool_calls=True,
        tool_choice=chat_pb2.ToolChoice(tool_choice=Oneof("mode", chat_pb2.ToolMode.NONE)),
        response_format=chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.TEXT),
    )
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="r1", settings=settings)]
    response, _ = post(max_output_tokens=7, temperature=1.5, parallel_tool_calls=False, top_p=0.5)
    body = response.json()
    assert (body["max_output_tokens"], body["temperature"], body["top_p"]) == (9, 0.5, None)
    assert (body["parallel_tool_calls"], body["tool_choice"], body["text"]) == (
        True,
        "none",
        {"format": {"type": "text"}},
    )
    assert body["store"] is False
