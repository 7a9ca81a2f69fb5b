"""What searches find: addresses that keep to the request's filters and lead nowhere."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["searched", "web_results", "x_results"]

_Mode = chat_pb2.SearchMode
DEFAULT_RESULTS = 15
EACH = 3
_WEB = ("www.example.com", "docs.example.org", "wiki.example.net", "blog.example.com")
_NEWS = ("news.example.com", "today.example.org", "press.example.net")


def searched(parameters: chat_pb2.SearchParameters | None, question: str) -> list[str]:
    """What a search before the answer finds.

    Args:
        parameters: the request's; without them, nothing is searched.
        question: what is searched for. In the mode `auto`, only what ends as a question does.
    """
    if parameters is None or parameters.mode == _Mode.OFF_SEARCH_MODE:
        return []
    if parameters.mode != _Mode.ON_SEARCH_MODE and not question.rstrip().endswith("?"):
        return []
    found: list[str] = []
    sources = [source.source for source in parameters.sources if source.source is not None]
    if not sources:
        found = [*web_results(question, (), ()), *x_results(question, ())]
    for source in sources:
        match source.value:
            case chat_pb2.WebSource() as web:
                found += web_results(question, web.allowed_websites, web.excluded_websites)
            case chat_pb2.NewsSource() as news:
                found += _addresses(question, _without(_NEWS, news.excluded_websites))
            case chat_pb2.XSource() as x:
                handles = x.included_x_handles or ("xai", "grok")
                found += x_results(question, _without(handles, x.excluded_x_handles))
            case chat_pb2.RssSource() as rss:
                found += [f"{link.rstrip('/')}#{_slug(question)}" for link in rss.links]
    most = parameters.max_search_results if parameters.has_field("max_search_results") else DEFAULT_RESULTS
    return found[:most]


def web_results(question: str, allowed: Iterable[str], excluded: Iterable[str]) -> list[str]:
    """Pages of the web."""
    return _addresses(question, _without(tuple(allowed) or _WEB, excluded))


def x_results(question: str, handles: Iterable[str]) -> list[str]:
    """Posts on X."""
    return [
        f"https://x.com/{handle.removeprefix('@')}/status/{_number(f'{handle} {question}')}"
        for handle in tuple(handles)[:EACH] or ("xai",)
    ]


def _addresses(question: str, sites: Iterable[str]) -> list[str]:
    return [f"https://{site}/{_slug(question)}" for site in tuple(sites)[:EACH]]


def _without(names: Iterable[str], excluded: Iterable[str]) -> list[str]:
    out = {name.removeprefix("@").lower() for name in excluded}
    return [name for name in names if name.removeprefix("@").lower() not in out]


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())[:8]) or "page"


def _number(text: str) -> int:
    return 10**18 + int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")
