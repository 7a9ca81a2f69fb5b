"""What a request to the chat must be, field by field."""

import pytest
from protobuf import Oneof
from protobuf.wkt import Timestamp

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, image_pb2
from xaiwire_server.emulator.catalogue import Catalogue
from xaiwire_server.emulator.services.chat_checks import check_chat
from xaiwire_server.rpc.refusal import Refusal

CATALOGUE = Catalogue("fp")
MANY = [f"site{number}.example.com" for number in range(6)]


def content(kind, value):
    return chat_pb2.Content(content=Oneof(kind, value))


def message(*parts, role=chat_pb2.MessageRole.ROLE_USER, **fields):
    return chat_pb2.Message(role=role, content=list(parts), **fields)


HELLO = message(content("text", "Hello"))


def tool(kind, value):
    return chat_pb2.Tool(tool=Oneof(kind, value))


def function(name="f", **fields):
    return tool("function", chat_pb2.Function(name=name, **fields))


def call(**fields):
    return message(role=chat_pb2.MessageRole.ROLE_ASSISTANT, tool_calls=[chat_pb2.ToolCall(**fields)])


def search(*sources, **fields):
    made = [chat_pb2.Source(source=Oneof(kind, value)) for kind, value in sources]
    return {"search_parameters": chat_pb2.SearchParameters(sources=made, **fields)}


def mode(value):
    return {"tool_choice": chat_pb2.ToolChoice(tool_choice=Oneof("mode", value))}


def form(kind, schema=None):
    return {"response_format": chat_pb2.ResponseFormat(format_type=kind, schema=schema)}


def seen(image_url):
    return {
        "messages": [message(content("image_url", image_pb2.ImageUrlContent(image_url=image_url)))],
        "model": "grok-4",
    }


@pytest.mark.parametrize(
    ("request_fields", "problem"),
    [
        ({"messages": []}, "messages: there are none"),
        ({"messages": [HELLO, message(HELLO.content[0], role=9)]}, "messages[1].role: 9 is no MessageRole"),
        (
            {"messages": [message(chat_pb2.Content())]},
            "messages[0].content[0]: it is neither a text nor an image nor a file",
        ),
        (
            {"messages": [message(content("file", chat_pb2.FileContent()))]},
            "messages[0].content[0].file.file_id: it is required",
        ),
        ({"messages": [call()]}, "messages[0].tool_calls[0].id: it is required"),
        ({"messages": [call(id="1")]}, "messages[0].tool_calls[0]: there is no function"),
        (
            {"messages": [call(id="1", tool=Oneof("function", chat_pb2.FunctionCall()))]},
            "messages[0].tool_calls[0].function.name: it is required",
        ),
        (seen(""), "messages[0].content[0].image_url.image_url: it is required"),
        (seen("data:image/png;base64"), "messages[0].content[0].image_url.image_url: a data URL begins with"),
        (seen("http://["), "messages[0].content[0].image_url.image_url: this is neither an http(s) address"),
        ({"n": 9}, "n: 9 is not between 1 and 8"),
        ({"frequency_penalty": -2.5}, "frequency_penalty: -2.5 is not between -2 and 2"),
        ({"presence_penalty": float("nan")}, "presence_penalty: nan is not between -2 and 2"),
        ({"logprobs": True, "top_logprobs": 9}, "top_logprobs: 9 is not between 0 and 8"),
        ({"reasoning_effort": 0}, "reasoning_effort: 0 is no ReasoningEffort"),
        ({"tools": [chat_pb2.Tool()]}, "tools[0]: it is no tool"),
        ({"tools": [function("a b")]}, "tools[0].function.name: 'a b' is not"),
        ({"tools": [function(parameters="{")]}, "tools[0].function.parameters: it is not JSON"),
        ({"tools": [function(parameters="[]")]}, "tools[0].function.parameters: it is not a JSON object"),
        (
            {"tools": [tool("web_search", chat_pb2.WebSearch(allowed_domains=["a"], excluded_domains=["b"]))]},
            "tools[0].web_search.allowed_domains: it cannot be set together with excluded_domains",
        ),
        (
            {"tools": [tool("web_search", chat_pb2.WebSearch(excluded_domains=MANY))]},
            "tools[0].web_search.excluded_domains: there are 6; 5 are allowed",
        ),
        (
            {"tools": [tool("x_search", chat_pb2.XSearch(allowed_x_handles=["a"], excluded_x_handles=["b"]))]},
            "tools[0].x_search.allowed_x_handles: it cannot be set together with excluded_x_handles",
        ),
        (
            {"tools": [tool("collections_search", chat_pb2.CollectionsSearch())]},
            "tools[0].collections_search.collection_ids: there are 0 ids",
        ),
        (
            {"tools": [tool("collections_search", chat_pb2.CollectionsSearch(collection_ids=["a"], limit=0))]},
            "tools[0].collections_search.limit: 0 is not between 1 and 100",
        ),
        ({"tools": [tool("document_search", chat_pb2.DocumentSearch(limit=-1))]}, "tools[0].document_search.limit: -1"),
        ({"tools": [tool("mcp", chat_pb2.MCP())]}, "tools[0].mcp.server_url: it is required"),
        (
            {"tools": [tool("mcp", chat_pb2.MCP(server_url="file:///x"))]},
            "tools[0].mcp.server_url: this is no http(s) address",
        ),
        (mode(0), "tool_choice.mode: it is TOOL_MODE_AUTO"),
        (
            {"tool_choice": chat_pb2.ToolChoice(tool_choice=Oneof("function_name", "x"))},
            "tool_choice.function_name: the request has no function 'x'",
        ),
        (form(0), "response_format.format_type: it is FORMAT_TYPE_TEXT"),
        (form(3), "response_format.schema: it is not JSON"),
        (form(3, "1"), "response_format.schema: it is not a JSON object"),
        (search(mode=9), "search_parameters.mode: 9 is no SearchMode"),
        (search(max_search_results=0), "search_parameters.max_search_results: 0 is not between 1 and 50"),
        (
            search(from_date=Timestamp(seconds=2), to_date=Timestamp(seconds=1)),
            "search_parameters.from_date: it is after to_date",
        ),
        (
            {"search_parameters": chat_pb2.SearchParameters(sources=[chat_pb2.Source()])},
            "search_parameters.sources[0]: it is no",
        ),
        (
            search(("news", chat_pb2.NewsSource(excluded_websites=MANY))),
            "search_parameters.sources[0].news.excluded_websites: there are 6",
        ),
        (
            search(("x", chat_pb2.XSource(included_x_handles=["a"], excluded_x_handles=["b"]))),
            "search_parameters.sources[0].x.included_x_handles: it cannot be set together with excluded_x_handles",
        ),
        (
            search(("rss", chat_pb2.RssSource())),
            "search_parameters.sources[0].rss.links: there are 0; a source has one",
        ),
    ],
)
def test_the_first_field_that_is_wrong_is_named(request_fields, problem):
    fields = {"messages": [HELLO], "model": "grok-3"} | request_fields
    with pytest.raises(Refusal) as caught:
        check_chat(chat_pb2.GetCompletionsRequest(**fields), CATALOGUE.language_model(fields["model"]))
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    assert caught.value.message.startswith(problem), caught.value.message


@pytest.mark.parametrize(
    ("request_fields", "problem"),
    [
        ({"messages": [HELLO] * 10_001}, "messages: there are 10,001; 10,000 are allowed"),
        ({"tools": [function(f"f{number}") for number in range(129)]}, "tools: there are 129; 128 are allowed"),
    ],
)
def test_too_much_of_something(request_fields, problem):
    fields = {"messages": [HELLO], "model": "grok-3"} | request_fields
    with pytest.raises(Refusal) as caught:
        check_chat(chat_pb2.GetCompletionsRequest(**fields), CATALOGUE.language_model("grok-3"))
    assert (caught.value.code, caught.value.message) == (StatusCode.RESOURCE_EXHAUSTED, problem)


def test_ten_thousand_messages_are_answered(xaiwire_emulator, raw_call):
    request = chat_pb2.GetCompletionsRequest(model="grok-3", messages=[HELLO] * 10_000)
    status, _, (response,) = raw_call(
        "/xai_api.Chat/GetCompletion", [request], decode=chat_pb2.GetChatCompletionResponse.from_binary
    )
    assert status == 0
    assert response.usage.prompt_text_tokens == 50_000
