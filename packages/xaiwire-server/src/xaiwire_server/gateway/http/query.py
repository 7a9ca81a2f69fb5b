"""Parameters of queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from xaiwire_server.gateway.http.failures import invalid

if TYPE_CHECKING:
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["MAX_COUNT", "NO_PLACE", "query_choice", "query_count", "read_query"]

MAX_COUNT = 2**31 - 1
NO_PLACE: Mapping[str, Any] = {
    "type": "string",
    "maxLength": 0,
    "description": "xAI's API has no place for it: refused, unless it is empty.",
}
"""The schema of a parameter that other APIs have."""

_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_NO_TEXT = re.compile("[\udc80-\udcff]")


def read_query(exchange: Exchange, known: Mapping[str, Any]) -> None:
    """Note the parameters that a route knows; others become warnings.

    Args:
        exchange: the request.
        known: the schemas of the parameters, by their names; one of the type `array` may be there several times.

    Raises:
        ApiError: 400, one is no UTF-8, or is there twice; or `strict` refuses an unknown one.
    """
    query: dict[str, Any] = {}
    text = exchange.scope["query_string"].decode("utf-8", "surrogateescape")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        shown = _NO_TEXT.sub("\ufffd", name)
        if shown != name or _NO_TEXT.search(value):
            raise invalid(shown, "this parameter of the query is no UTF-8")
        if name not in known:
            exchange.leave_out(name, "unknown parameter of the query")
        elif known[name].get("type") == "array":
            query.setdefault(name, []).append(value)
        elif name in query:
            raise invalid(name, "it is in the query twice")
        else:
            query[name] = value
    exchange.query = query


def query_count(query: Mapping[str, Any], name: str) -> int | None:
    """A number of things, 1 or more; None where it is not said.

    Raises:
        ApiError: 400, it is none.
    """
    text = query.get(name)
    if text is None:
        return None
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= MAX_COUNT:
        raise invalid(name, f"it is no whole number between 1 and {MAX_COUNT}")
    return int(text)


def query_choice(query: Mapping[str, Any], name: str, choices: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of any kind
    """What a word stands for; None where it is not said.

    Raises:
        ApiError: 400, it is none of the words.
    """
    text = query.get(name)
    if text is None:
        return None
    if text not in choices:
        raise invalid(name, f"it is one of {', '.join(choices)}")
    return choices[text]
