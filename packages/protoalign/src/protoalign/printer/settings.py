"""What a caller may choose about the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from protoalign.printer.file_options import checked_file_option

__all__ = ["PrintOptions"]


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How to print.

    Attributes:
        file_options: file options to add or replace in the contract's own files, by name, such as
            `{"go_package": "example.com/api"}`; see `contract_with_file_options` for what values may hold.
        comments: whether the contract's comments go into the text.
        header: a comment for the top of each file, without comment marks; empty for none.

    Raises:
        PrintError: a name in `file_options` is no scalar option of a file, or its value has the wrong type.
    """

    file_options: Mapping[str, str | bool] = field(default_factory=lambda: MappingProxyType({}))
    comments: bool = True
    header: str = ""

    def __post_init__(self) -> None:
        checked = {name: checked_file_option(name, value) for name, value in self.file_options.items()}
        object.__setattr__(self, "file_options", MappingProxyType(checked))
