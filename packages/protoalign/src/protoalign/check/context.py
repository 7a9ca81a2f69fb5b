"""What the steps share: settings, the subject's tree on disk, its contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from protoalign.errors import SettingsError
from protoalign.output import shown_path
from protoalign.settings import Settings, SourceSettings
from protoalign.sources import Limits, LoadOptions, load
from protoalign.sources.anchored import anchored
from protoalign.sources.buf_modules import CONFIGS, buf_modules

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["CheckContext", "Tree", "shown_path"]

SUFFIX = ".proto"
SideName = Literal["subject", "reference"]


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of .proto files on disk, as buf takes it.

    Attributes:
        path: the folder or file, absolute.
        workspace: the folder whose buf configuration governs it; None where none does.
        module: the folder that buf takes as its input: `path`, or the module around it.
    """

    path: Path
    workspace: Path | None
    module: Path


@dataclass(frozen=True)
class CheckContext:
    """What the steps share.

    Attributes:
        settings: the settings; they come from a file.
        options: how sources are read.
        against: the revision that `buf breaking` compares with; empty not to run it.
    """

    settings: Settings
    options: LoadOptions
    against: str

    @cached_property
    def folder(self) -> Path:
        """The folder of the settings file."""
        if self.settings.path is None:
            raise SettingsError("a check needs a settings file", hint="Write one with protoalign init.")
        return self.settings.path.resolve().parent

    @cached_property
    def subject(self) -> Contract:
        """The subject's contract.

        Raises:
            ProtoalignError: it cannot be read.
        """
        # What cannot be read makes the step incomplete; what can be is compared all the same.
        return self._load("subject", partial=True)

    @cached_property
    def reference(self) -> Contract:
        """The reference's contract.

        Raises:
            ProtoalignError: it cannot be read.
        """
        return self._load("reference", partial=False)

    @cached_property
    def tree_path(self) -> Path | None:
        """The subject's folder or file, where it is .proto files on disk; None where it is something else."""
        if self.settings.subject is None:
            return None
        path = (self.folder / self.settings.subject.source.removeprefix("proto:")).resolve()
        is_file = path.is_file() and path.suffix == SUFFIX
        is_tree = path.is_dir() and next(path.rglob(f"*{SUFFIX}"), None) is not None
        return path if is_file or is_tree else None

    @cached_property
    def tree(self) -> Tree | None:
        """The same as buf takes it.

        Raises:
            CompileError: buf refuses its configuration.
            ToolMissingError: buf is not installed.
        """
        return None if self.tree_path is None else _governed(self.tree_path, self.options.limits)

    def load_options(self, name: SideName) -> LoadOptions:
        """How a side is read.

        Raises:
            SettingsError: the settings do not name it.
        """
        side = self._side(name)
        sources = tuple(anchored(each, self.folder) for each in side.with_sources)
        return replace(self.options, with_sources=sources, copies=side.copies, comments=False)

    def _side(self, name: SideName) -> SourceSettings:
        side = self.settings.subject if name == "subject" else self.settings.reference
        if side is None:
            raise SettingsError(
                f"names no [{name}]",
                where=shown_path(self.settings.path or Path()),
                hint=f'Add [{name}] with a source, such as source = "proto" or source = "pypi:NAME==VERSION".',
            )
        return side

    def _load(self, name: SideName, *, partial: bool) -> Contract:
        options = replace(self.load_options(name), partial=partial)
        return load(anchored(self._side(name).source, self.folder), options)


def _governed(path: Path, limits: Limits) -> Tree:
    for folder in (path, *path.parents):
        if any((folder / name).is_file() for name in CONFIGS):
            around = (folder / module.path for module in buf_modules(folder, limits))
            # Of a folder inside a module, buf takes the module; a folder of modules it takes as it is.
            return Tree(path, folder, next((module for module in around if path.is_relative_to(module)), path))
        if (folder / ".git").exists():
            break
    return Tree(path, None, path)
