"""What every part of the printer needs to know about the file being printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protoalign.errors import PrintError
from protoalign.printer.comments import Comments
from protoalign.printer.definitions import check_known
from protoalign.printer.lines import Item
from protoalign.printer.literals import is_full_identifier, is_identifier
from protoalign.printer.options import Option, OptionPrinter, option_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.protobuf.message import Message

    from protoalign.printer.names import Names

__all__ = ["FileContext", "Path", "Syntax"]

Syntax = Literal["proto2", "proto3", "editions"]
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileContext:
    """The file being printed.

    Attributes:
        file: its name.
        syntax: which language it is written in.
        names: the names that it can see.
        printer: prints its options.
        comments: its comments.
    """

    file: str
    syntax: Syntax
    names: Names
    printer: OptionPrinter
    comments: Comments

    def where(self, kind: str, name: str) -> str:
        """An element as errors name it."""
        return f"{self.file}: {kind} {name}"

    def checked(self, kind: str, scope: str, element: Message) -> str:
        """The element's name, once it and the element prove printable.

        Raises:
            PrintError: the name is no identifier, or the element holds fields that the runtime does not know.
        """
        name = element.name  # type: ignore[attr-defined]
        if not is_identifier(name):
            raise PrintError(
                f"{name!r} is no name that protobuf's language allows",
                where=self.where(kind, f"in {scope}" if scope else "at the top level"),
                hint="The descriptor was not written by a compiler; look at the source before you trust it.",
            )
        check_known(element, self.where(kind, f"{scope}.{name}"))
        return str(name)

    def options(self, element: Message, *, scope: str, where: str, leave_out: Sequence[str] = ()) -> list[Option]:
        """The options of an element; none where it has no options message."""
        if not element.HasField("options"):
            return []
        return self.printer.options(
            element.options,  # type: ignore[attr-defined]
            scope=scope,
            where=where,
            leave_out=leave_out,
        )

    def option_items(self, options: Iterable[Option], path: Path) -> list[Item]:
        """Options as statements, `path` being that of the options message."""
        return [
            self.comments.statement(option_statement(option), (*path, option.number), group="option")
            for option in options
        ]

    def type_reference(self, type_name: str, scopes: Iterable[str], *, where: str, only_types: bool) -> str:
        """A reference to a type that the descriptor names in full.

        Raises:
            PrintError: the name is none.
        """
        full_name = type_name.removeprefix(".") if isinstance(type_name, str) else type_name
        if not is_full_identifier(full_name):
            raise PrintError(f"{type_name!r} is no type name", where=where)
        return self.names.reference(full_name, scopes, only_types=only_types)
