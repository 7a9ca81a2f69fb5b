"""Parameters of queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.http.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["query_choice", "query_count", "query_list", "query_params"]

MAX_COUNT = 2**31 - 1
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)


def query_params(exchange: Exchange, known: Collection[str] = (), *, lists: Collection[str] = ()) -> dict[str, str]:
    """The parameters that a route knows; others become warnings.

    Args:
        exchange: the request.
        known: their names.
        lists: names of those that may be there several times: see `query_list`.

    Raises:
        ApiError: 400, one is there twice; or `strict` refuses an unknown one.
    """
    params: dict[str, str] = {}
    for name, value in exchange.query_pairs:
        if name in lists:
            continue
        if name not in known:
            exchange.leave_out(name, "unknown parameter of the query")
        elif name in params:
            raise invalid(name, "it is in the query twice")
        else:
            params[name] = value
    return params


def query_list(exchange: Exchange, name: str) -> list[str]:
    """The values of a parameter that may be there several times, in their order."""
    return [value for each, value in exchange.query_pairs if each == name]


def query_count(params: Mapping[str, str], name: str) -> int | None:
    """A number of things, 1 or more; None where it is not said.

    Raises:
        ApiError: 400, it is none.
    """
    text = params.get(name)
    if text is None:
        return None
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= MAX_COUNT:
        raise invalid(name, f"it is no whole number between 1 and {MAX_COUNT}")
    return int(text)


def query_choice(params: Mapping[str, str], name: str, choices: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of any kind
    """What a word stands for; None where it is not said.

    Raises:
        ApiError: 400, it is none of the words.
    """
    text = params.get(name)
    if text is None:
        return None
    if text not in choices:
        raise invalid(name, f"it is one of {', '.join(choices)}")
    return choices[text]
