"""Pages of a listing that take the same time wherever they are: each begins behind the last row of the one before."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
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
    table: str,
    columns: str,
    *,
    scope: tuple[str, list[Any]],
    order: Order,
    limit: int | None,
    token: str | None,
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Read a page.

    Args:
        database: where from.
        table: its name.
        columns: what is read of it, with commas; those that are sorted by are among them.
        scope: a condition that holds for the whole listing, and its values.
        order: how it is sorted.
        limit: how many rows at most; None is the default.
        token: what came with the page before; None or empty for the first.

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
    ordering = f"{order.column} {direction}, {order.identity} {direction}"
    rows = database.rows(
        f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {ordering} LIMIT ?",  # noqa: S608 - names of our own
        [*values, count + 1],
    )
    if len(rows) <= count:
        return rows, None
    rows.pop()
    last_row = dict(zip(columns.split(", "), rows[-1], strict=True))
    return rows, _write((last_row[order.column], last_row[order.identity]), order)


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
