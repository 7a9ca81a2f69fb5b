"""The canonical JSON of a message, by Google's runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass

from protoalign.contract.canonical import default_json_name
from protoalign.contract.elements import elements_of, joined
from protoalign.contract.pools import pool_of
from protoalign.prove.vectors.encoding import Entries, Filled, encoded, known_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

    from protoalign.contract import ContractFile
    from protoalign.prove.vectors.drafts import Draft
    from protoalign.prove.vectors.encoding import Single

__all__ = ["JsonWriter"]


class JsonWriter:
    """Writes canonical JSON for the messages of some files.

    Args:
        files: files in import order, closed over their imports.

    Raises:
        DescriptorError: Google's runtime refuses a file.
    """

    def __init__(self, files: Iterable[ContractFile]) -> None:
        listed = list(files)
        self._pool = pool_of(listed)
        self._without_json = _without_json(listed, self._pool)
        self._ambiguous = {name for file in listed for name in _ambiguous(file.descriptor)}
        self._classes: dict[str, type[Message] | None] = {}

    def text(self, message: str, draft: Draft) -> str | None:
        """The draft's JSON, without spaces; None where it has none that stands for it.

        A message has none where Google's runtime refuses to write it, such as a `Value` that is not set; where its
        names make no unambiguous JSON; and where what it writes does not read as the same message, such as paths of a
        `FieldMask` that JSON's spelling cannot express.
        """
        if not draft.has_json or (self._ambiguous and self._is_ambiguous(message, draft.message)):
            return None
        if message not in self._classes:
            self._classes[message] = self._class(message)
        message_class = self._classes[message]
        if message_class is None:
            return None
        try:
            parsed = message_class.FromString(draft.output)
            value = MessageToDict(parsed, descriptor_pool=self._pool)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            read = ParseDict(json.loads(text), message_class(), descriptor_pool=self._pool)
            known = encoded(known_part(draft.message)) if draft.lossy_json else draft.output
            if read.SerializeToString(deterministic=True) != known:
                return None
        except Exception:  # noqa: BLE001 - json_format raises its own errors, KeyError, TypeError, AttributeError …
            return None
        return text

    def _is_ambiguous(self, message: str, value: Filled) -> bool:
        """Whether a message in it has fields of one JSON name."""
        if message in self._ambiguous and value.fields:
            return True
        return any(self._is_ambiguous(name, each) for name, each in _messages_in(value))

    def _class(self, message: str) -> type[Message] | None:
        descriptor = self._pool.FindMessageTypeByName(message)
        return None if descriptor.file.name in self._without_json else GetMessageClass(descriptor)


def _messages_in(message: Filled) -> Iterator[tuple[str, Filled]]:
    """The messages that a message holds, with their full names."""
    for field, value in message.fields:
        held: tuple[Single, ...]
        name = field.message
        if isinstance(value, Entries):
            name, held = value.value.message, tuple(each for _, each in value.pairs)
        else:
            held = value if isinstance(value, tuple) else (value,)
        yield from ((name, each) for each in held if isinstance(each, Filled))


def _ambiguous(file: FileDescriptorProto) -> Iterator[str]:
    """Full names of messages with two fields that one name in JSON may mean."""
    for element in elements_of(file):
        if element.kind == "message":
            seen: dict[str, str] = {}
            for field in element.descriptor.field:  # type: ignore[attr-defined]
                names = {field.name, field.json_name or default_json_name(field.name)}
                if any(seen.setdefault(name, field.name) != field.name for name in names):
                    yield element.full_name
                    break


def _without_json(files: Iterable[ContractFile], pool: DescriptorPool) -> set[str]:
    """The files whose JSON names the runtime refused, so that the pool has others, and those that import them."""
    found: set[str] = set()
    for file in files:
        if any(name in found for name in file.imports) or not _has_own_json_names(file.descriptor, pool):
            found.add(file.name)
    return found


def _has_own_json_names(file: FileDescriptorProto, pool: DescriptorPool) -> bool:
    return all(
        _same_names(message, pool.FindMessageTypeByName(joined(file.package, message.name)))
        for message in file.message_type
    )


def _same_names(message: DescriptorProto, known: Descriptor) -> bool:
    names: Iterator[tuple[str, FieldDescriptor]] = (
        (field.json_name or default_json_name(field.name), known.fields_by_name[field.name]) for field in message.field
    )
    return all(name == field.json_name for name, field in names) and all(
        _same_names(nested, known.nested_types_by_name[nested.name]) for nested in message.nested_type
    )
