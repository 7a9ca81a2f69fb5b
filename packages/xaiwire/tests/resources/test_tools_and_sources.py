"""Server-side tools and sources of searches: what messages they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xaiwire import search, tools
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire.chat import FunctionCall, ToolCall
from xaiwire.errors import ValidationError


def kind(made):
    piece = made.tool if isinstance(made, pb.Tool) else made.source
    return piece.field, piece.value


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (tools.code_execution(), ("code_execution", pb.CodeExecution())),
        (
            tools.web_search(excluded_domains=["a.b"], enable_image_understanding=True),
            ("web_search", pb.WebSearch(excluded_domains=["a.b"], enable_image_understanding=True)),
        ),
        (
            tools.x_search(allowed_x_handles=["xai"], enable_video_understanding=True),
            (
                "x_search",
                pb.XSearch(
                    allowed_x_handles=["xai"], enable_image_understanding=False, enable_video_understanding=True
                ),
            ),
        ),
        (
            tools.collections_search(["c"], limit=0),
            ("collections_search", pb.CollectionsSearch(collection_ids=["c"], limit=0)),
        ),
        (tools.document_search(limit=3), ("document_search", pb.DocumentSearch(limit=3))),
        (
            tools.mcp("https://m", "l", "d", ["t"], "Bearer x", {"a": "1"}),
            (
                "mcp",
                pb.MCP(
                    server_url="https://m",
                    server_label="l",
                    server_description="d",
                    allowed_tool_names=["t"],
                    authorization="Bearer x",
                    extra_headers={"a": "1"},
                ),
            ),
        ),
        (tools.mcp("https://m"), ("mcp", pb.MCP(server_url="https://m"))),
        (
            search.web_source("CH", ["a.b"], safe_search=False),
            ("web", pb.WebSource(country="CH", excluded_websites=["a.b"], safe_search=False)),
        ),
        (
            search.web_source(allowed_websites=["a.b"]),
            ("web", pb.WebSource(allowed_websites=["a.b"], safe_search=True)),
        ),
        (
            search.news_source("CH", ["a.b"]),
            ("news", pb.NewsSource(country="CH", excluded_websites=["a.b"], safe_search=True)),
        ),
        (
            search.x_source(["xai"], ["abc"], 0, 5),
            (
                "x",
                pb.XSource(
                    included_x_handles=["xai"], excluded_x_handles=["abc"], post_favorite_count=0, post_view_count=5
                ),
            ),
        ),
        (search.rss_source(["https://a/f.xml"]), ("rss", pb.RssSource(links=["https://a/f.xml"]))),
    ],
)
def test_what_is_made(made, expected):
    assert kind(made) == expected
    assert type(made).from_binary(made.to_binary()) == made


def test_dates_are_those_of_utc_where_they_do_not_say():
    made = tools.x_search(from_date=datetime(2025, 1, 2), to_date=datetime(2025, 1, 3, tzinfo=UTC))
    assert made.tool.value.from_date.to_datetime() == datetime(2025, 1, 2, tzinfo=UTC)
    assert made.tool.value.to_date.to_datetime() == datetime(2025, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tools.web_search(allowed_domains="a.b"),
        lambda: tools.x_search(excluded_x_handles="xai"),
        lambda: tools.collections_search("c"),
        lambda: tools.mcp("u", allowed_tool_names="t"),
        lambda: search.web_source(excluded_websites="a.b"),
        lambda: search.news_source(excluded_websites="a.b"),
        lambda: search.x_source("xai"),
        lambda: search.rss_source("https://a/f.xml"),
    ],
)
def test_one_string_is_not_several(make):
    with pytest.raises(ValidationError, match="several"):
        make()


def test_the_kind_of_a_call():
    call = ToolCall("c1", pb.ToolCallType.WEB_SEARCH_TOOL, FunctionCall("web_search", "{}"))
    assert tools.get_tool_call_type(call) == tools.get_tool_call_type(call.proto) == "web_search_tool"
    assert ToolCall.of(call.proto) == call
