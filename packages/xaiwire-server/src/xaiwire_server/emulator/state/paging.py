"""Pages of a listing that take the same time wherever they are: each begins behind the last row of the one before."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire_server.emulator.state.database import Database

__all__ = ["MAX_LIMIT", "Order", "page"]

DEFAULT_LIMIT = 100
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Order:
    """How a listing is sorted.

    Attributes:
        column: by which column; rows with the same value are sorted by id.
        identity: the column of the id.
        descending: the largest first.
    """

    column: str
    identity: str = "id"
    descending: bool = False


def page(
    database: Database,
    select: str,
    *,
    scope: tuple[str, list[Any]],
    order: Order,
    limit: int | None,
    token: str | None,
    key: Callable[[tuple[Any, ...]], tuple[Any, str]],
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Read a page.

    Args:
        database: where from.
        select: `SELECT columns FROM table`.
        scope: a condition that holds for the whole listing, and its values.
        order: how it is sorted.
        limit: how many rows at most; None is the default.
        token: what came with the page before; None or empty for the first.
        key: a row's value in the sorting column, and its id.

    Returns:
        The rows, and the token of the next page; None behind the last.

    Raises:
        Refusal: INVALID_ARGUMENT, the limit or the token is none.
    """
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise invalid("limit", f"{limit} is not between 1 and {MAX_LIMIT}")
    count = limit or DEFAULT_LIMIT
    condition, values = scope
    sign, direction = ("<", "DESC") if order.descending else (">", "ASC")
    if token:
        last = _read(token, order)
        condition += f" AND ({order.column}, {order.identity}) {sign} (?, ?)"
        values = [*values, *last]
    rows = database.rows(
        f"{select} WHERE {condition} ORDER BY {order.column} {direction}, {order.identity} {direction} LIMIT ?",
        [*values, count + 1],
    )
    if len(rows) <= count:
        return rows, None
    rows.pop()
    return rows, _write(key(rows[-1]), order)


def _write(last: tuple[Any, str], order: Order) -> str:
    content = msgspec.json.encode([order.column, order.descending, *last])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read(token: str, order: Order) -> tuple[Any, str]:
    problem = invalid("pagination_token", "this is no token of this listing in this order")
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        column, descending, value, identity = msgspec.json.decode(content, type=tuple[str, bool, int | str, str])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise problem from None
    if (column, descending) != (order.column, order.descending):
        raise problem
    return value, identity
