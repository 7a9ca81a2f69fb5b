"""Fields that a message has and the contract does not: how far a client has drifted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protobuf import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["unknown_fields"]

MAX_FIELDS = 32


def unknown_fields(message: Message[Any], data: bytes) -> list[str]:
    """The fields of a message that the contract does not have, as `xai_api.Message.99`.

    Args:
        message: as it came; of what it holds, too. Of each field, one occurrence; of all, at most 32.
        data: its bytes.
    """
    if len(data) == len(message.to_binary(write_unknown_fields=False)):
        return []
    found: dict[str, None] = {}
    for name in _unknown(message):
        found.setdefault(name)
        if len(found) == MAX_FIELDS:
            break
    return list(found)


def _unknown(message: Message[Any]) -> Iterator[str]:
    desc = message.desc()
    known = {field.number for field in desc.fields}
    yield from (f"{desc.type_name}.{number}" for number in _numbers(message.to_binary()) if number not in known)
    for field in desc.fields:
        # A message is no dictionary.
        value = message[field] if field in message else None  # noqa: SIM401
        for part in value if isinstance(value, list) else value.values() if isinstance(value, dict) else (value,):
            if isinstance(part, Message):
                yield from _unknown(part)


def _numbers(data: bytes) -> Iterator[int]:
    """The numbers of the fields on the first level of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        yield tag >> 3
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at)
        elif kind == 1:
            at += 8
        elif kind == 2:
            length, at = _varint(data, at)
            at += length
        elif kind == 5:
            at += 4
        else:
            return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
