"""Whether buf would still see what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.errors import CompileError, ToolMissingError
from protoalign.sources.buf_modules import buf_modules, module_of
from protoalign.sources.limits import Limits

if TYPE_CHECKING:
    from protoalign.align.edit import TreeEdit

__all__ = ["outside_of_modules"]


def outside_of_modules(edit: TreeEdit) -> tuple[str, ...]:
    """The written paths that no module of the folder's buf configuration holds; none where it has no configuration."""
    try:
        modules = buf_modules(edit.folder, Limits())
    except (CompileError, ToolMissingError):
        # What is wrong with the configuration, buf lint tells.
        return ()
    return tuple(path for path in sorted(edit.writes) if modules and module_of(path, modules) is None)
