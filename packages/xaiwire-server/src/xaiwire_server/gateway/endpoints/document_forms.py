"""Forms with a document of a collection."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from xaiwire_server.gateway.http.failures import invalid
from xaiwire_server.gateway.http.multipart import form_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.http.multipart import Part

__all__ = ["DOCUMENT_FORM", "DocumentForm", "read_document_form"]

DOCUMENT_FORM: Mapping[str, Any] = {
    "team_id": {"type": "string"},
    "name": {"type": "string"},
    "content_type": {"type": "string"},
    "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    "data": {"type": "string", "format": "binary"},
}

_TEXTS = ("team_id", "name", "content_type")
_FIELD = re.compile(r"fields\[(?P<key>.+)\]", re.DOTALL)


class DocumentForm(msgspec.Struct):
    """What a form says of a document.

    Attributes:
        team_id: whose it is; None where it is not said, as with all that follows.
        name: what it is called.
        content_type: of which media type it is.
        data: its content.
        filename: what the part with the content calls it.
        data_type: the media type that this part says; empty where it says none.
        fields: further fields.
    """

    team_id: str | None = None
    name: str | None = None
    content_type: str | None = None
    data: bytes | None = None
    filename: str | None = None
    data_type: str = ""
    fields: dict[str, str] | None = None


async def read_document_form(exchange: Exchange) -> DocumentForm:
    """Read a form. The contract has a document in one message, so it is held in memory, within the limit for such.

    Args:
        exchange: the request.

    Raises:
        ApiError: 400, with the field that is wrong; 408, 413 and 415 as for any request.
        ClientGoneError: the client left.
    """
    form = DocumentForm()
    seen = set()
    async with aclosing(form_parts(exchange, exchange.settings.max_body_bytes)) as parts:
        async for part in parts:
            if part.name in seen:
                raise invalid(part.name, "it is in the form twice")
            seen.add(part.name)
            await _take(part, form, exchange)
    exchange.watch()
    return form


async def _take(part: Part, form: DocumentForm, exchange: Exchange) -> None:
    if part.name == "data":
        form.data = b"".join([piece async for piece in part])
        form.filename, form.data_type = part.filename, part.content_type
    elif part.name in _TEXTS:
        setattr(form, part.name, await part.text())
    elif part.name == "fields":
        _add(form, _object(await part.text()))
    elif found := _FIELD.fullmatch(part.name):
        _add(form, {found["key"]: await part.text()})
    else:
        exchange.leave_out(part.name, "unknown field")


def _object(text: str) -> dict[str, str]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid("fields", f"it is no JSON: {error}") from None
    if not isinstance(fields, dict):
        raise invalid("fields", "it is to be a JSON object of texts")
    for key, value in fields.items():
        if not isinstance(value, str):
            raise invalid(f"fields.{key}", "it is to be a text")
    return fields


def _add(form: DocumentForm, fields: Mapping[str, str]) -> None:
    known = form.fields or {}
    for key in fields:
        if key in known:
            raise invalid(f"fields.{key}", "it is in the form twice")
    form.fields = {**known, **fields}
