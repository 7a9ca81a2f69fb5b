"""What the printer knows about a set of files besides the one it prints: their symbols and their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from protoalign.contract.pools import pool_of
from protoalign.errors import DescriptorError, PrintError
from protoalign.printer.names import Symbols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.descriptor import Descriptor

    from protoalign.contract import Contract

__all__ = ["Definitions", "FieldValue", "check_known"]

# What a field holds: its type says which, and only at run time.
FieldValue = Any


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions in one group of a contract's files (see `Contract.groups`).

    Attributes:
        pool: a pool of the group's files; it knows their custom options.
        symbols: their symbols.
    """

    pool: DescriptorPool
    symbols: Symbols

    @classmethod
    def of(cls, contract: Contract, group: Sequence[str]) -> Definitions:
        """The definitions of a group.

        Raises:
            DescriptorError: the runtime refuses a file.
        """
        files = [contract.by_name[name] for name in group]
        return cls(pool_of(files), Symbols.of(file.descriptor for file in files))

    def options(self, options: Message) -> Message:
        """The options read again with the pool's own class, so that custom options become known fields.

        Raises:
            DescriptorError: an option does not hold what its definition says.
        """
        own_class = GetMessageClass(self.pool.FindMessageTypeByName(options.DESCRIPTOR.full_name))
        try:
            return own_class.FromString(options.SerializeToString(deterministic=True))
        except DecodeError as error:
            raise DescriptorError(
                f"an option in {options.DESCRIPTOR.full_name} does not hold what its definition says",
                hint="The descriptor is damaged, or was made with another definition of its custom options.",
            ) from error

    def message_type(self, full_name: str) -> Descriptor | None:
        """The message type of that name, or None."""
        try:
            return self.pool.FindMessageTypeByName(full_name)
        except KeyError:
            return None


def check_known(message: Message, where: str) -> None:
    """Refuse a message that holds what no definition explains: printing it would lose that silently.

    Raises:
        PrintError: it holds a field, or an enum's number, that its definition does not have.
    """
    unknown = UnknownFieldSet(message)
    if not len(unknown):
        return
    name = message.DESCRIPTOR.full_name
    number = unknown[0].field_number
    declared = message.DESCRIPTOR.fields_by_number.get(number)
    if declared is not None and declared.enum_type is not None:
        raise PrintError(
            f"the field {declared.full_name} holds a number that {declared.enum_type.full_name} does not define",
            where=where,
            hint="The definition in use may be older than the one the file was compiled with: name a source that"
            " holds the newer one with --with SOURCE.",
        )
    if name.endswith("Options"):
        raise PrintError(
            f"no definition explains the option with field number {number} in {name}",
            where=where,
            hint="Name a source that declares this option with --with SOURCE.",
        )
    raise PrintError(
        f"no definition explains the field with number {number} in {name}",
        where=where,
        hint="The file was compiled with newer definitions: name a source that holds them with --with SOURCE,"
        " or use a newer protobuf runtime.",
    )
