"""One side's options as its own definitions read them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from google.protobuf.message import EncodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from protoalign.contract.imports import closure
from protoalign.contract.pools import pool_of
from protoalign.errors import DescriptorError
from protoalign.printer.definitions import Definitions
from protoalign.printer.names import Symbols

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protoalign.contract import Contract

__all__ = ["OptionDefinitions", "has_unknown"]

# How a file that declares custom options names what it extends.
EXTENDS_OPTIONS = re.compile(rb"\.google\.protobuf\.\w+Options")
NO_SYMBOLS = Symbols({}, {}, {}, {})


class OptionDefinitions:
    """The definitions of a contract's custom options, built once they are needed.

    The few files that declare options serve nearly always; a pool of everything is slow to build.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._groups: dict[int, Definitions] = {}

    def read(self, options: Message, file: str) -> tuple[Message, Definitions]:
        """Options of a file with all custom options known that the contract declares, and the definitions in use.

        Raises:
            DescriptorError: the runtime refuses a file, or an option does not hold what its definition says.
        """
        try:
            definitions = self._of_declaring_files
            if definitions is not None:
                known = definitions.options(options)
                if not has_unknown(known):
                    return known, definitions
            definitions = self._of_group(file)
            return definitions.options(options), definitions
        except EncodeError as error:
            raise DescriptorError(
                "an option lacks what its definition requires",
                where=file,
                hint="The descriptor is damaged, or comes from a parser rather than from a compiler.",
            ) from error

    @cached_property
    def _of_declaring_files(self) -> Definitions | None:
        files = self.contract.by_name
        declaring = [name for name, file in files.items() if EXTENDS_OPTIONS.search(file.serialized)]
        needed = closure(files, declaring)
        try:
            return self._of(name for name in self.contract.import_order if name in needed)
        except DescriptorError:
            # Two of the files declare the same; `Contract.groups` keeps such apart.
            return None

    def _of_group(self, file: str) -> Definitions:
        index = next(index for index, group in enumerate(self.contract.groups) if file in group)
        if index not in self._groups:
            self._groups[index] = self._of(self.contract.groups[index])
        return self._groups[index]

    def _of(self, names: Iterable[str]) -> Definitions:
        return Definitions(pool_of(self.contract.by_name[name] for name in names), NO_SYMBOLS)


def has_unknown(message: Message) -> bool:
    """Whether the message, or one inside of it, holds what its definition does not explain."""
    if len(UnknownFieldSet(message)):
        return True
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if not field.is_repeated:
            parts = [value]
        elif field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = value
        if any(has_unknown(part) for part in parts):
            return True
    return False
