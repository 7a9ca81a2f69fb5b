"""Search that a model may do before it answers: where, when and how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from protobuf import Oneof
from protobuf.wkt import Timestamp

from xaiwire._choices import chosen, several
from xaiwire._gen.xai.api.v1 import chat_pb

__all__ = ["SearchMode", "SearchParameters", "news_source", "rss_source", "web_source", "x_source"]

SearchMode = Literal["auto", "on", "off"]

MODES = {
    "auto": chat_pb.SearchMode.AUTO_SEARCH_MODE,
    "on": chat_pb.SearchMode.ON_SEARCH_MODE,
    "off": chat_pb.SearchMode.OFF_SEARCH_MODE,
}


@dataclass
class SearchParameters:
    """What to search for before the model answers.

    Attributes:
        sources: where to search; the server's choice where it is None.
        mode: whether to search: `auto` leaves it to the model.
        from_date: what is older is not looked at; without a time zone it is UTC.
        to_date: what is newer is not looked at; without a time zone it is UTC.
        return_citations: whether the response has the URLs of what was found.
        max_search_results: how many results the model gets at most.
    """

    sources: Sequence[chat_pb.Source] | None = None
    mode: SearchMode = "auto"
    from_date: datetime | None = None
    to_date: datetime | None = None
    return_citations: bool = True
    max_search_results: int | None = None

    def to_proto(self) -> chat_pb.SearchParameters:
        """The parameters as a message of the contract.

        Raises:
            ValidationError: the mode is unknown.
        """
        return chat_pb.SearchParameters(
            mode=chosen("mode", self.mode, MODES),
            sources=list(self.sources or ()),
            from_date=Timestamp.from_datetime(self.from_date) if self.from_date is not None else None,
            to_date=Timestamp.from_datetime(self.to_date) if self.to_date is not None else None,
            return_citations=self.return_citations,
            max_search_results=self.max_search_results,
        )


def web_source(
    country: str | None = None,
    excluded_websites: Sequence[str] | None = None,
    allowed_websites: Sequence[str] | None = None,
    *,
    safe_search: bool = True,
) -> chat_pb.Source:
    """Search the web.

    Args:
        country: whose results to look at, as an ISO code of two letters.
        excluded_websites: domains to leave out; not together with the allowed ones.
        allowed_websites: domains to keep to.
        safe_search: whether to leave out what is not for all eyes.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    web = chat_pb.WebSource(
        country=country,
        excluded_websites=several("excluded_websites", excluded_websites or ()),
        allowed_websites=several("allowed_websites", allowed_websites or ()),
        safe_search=safe_search,
    )
    source: Oneof[Literal["web"], chat_pb.WebSource] = Oneof("web", web)
    return chat_pb.Source(source=source)


def news_source(
    country: str | None = None, excluded_websites: Sequence[str] | None = None, *, safe_search: bool = True
) -> chat_pb.Source:
    """Search the news.

    Args:
        country: whose news to look at, as an ISO code of two letters.
        excluded_websites: domains to leave out.
        safe_search: whether to leave out what is not for all eyes.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    news = chat_pb.NewsSource(
        country=country,
        excluded_websites=several("excluded_websites", excluded_websites or ()),
        safe_search=safe_search,
    )
    source: Oneof[Literal["news"], chat_pb.NewsSource] = Oneof("news", news)
    return chat_pb.Source(source=source)


def x_source(
    included_x_handles: Sequence[str] | None = None,
    excluded_x_handles: Sequence[str] | None = None,
    post_favorite_count: int | None = None,
    post_view_count: int | None = None,
) -> chat_pb.Source:
    """Search posts on X.

    Args:
        included_x_handles: whose posts to keep to, without `@`.
        excluded_x_handles: whose posts to leave out, without `@`.
        post_favorite_count: how many favorites a post has at least.
        post_view_count: how many views a post has at least.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    x = chat_pb.XSource(
        included_x_handles=several("included_x_handles", included_x_handles or ()),
        excluded_x_handles=several("excluded_x_handles", excluded_x_handles or ()),
        post_favorite_count=post_favorite_count,
        post_view_count=post_view_count,
    )
    source: Oneof[Literal["x"], chat_pb.XSource] = Oneof("x", x)
    return chat_pb.Source(source=source)


def rss_source(links: Sequence[str]) -> chat_pb.Source:
    """Search feeds.

    Args:
        links: the URLs of RSS feeds.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    source: Oneof[Literal["rss"], chat_pb.RssSource] = Oneof("rss", chat_pb.RssSource(links=several("links", links)))
    return chat_pb.Source(source=source)
