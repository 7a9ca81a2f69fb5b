"""Generating: the contract to plugins, their files to a scratch folder, from there to the folders that are wished."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.errors import GenerateError, SettingsError
from protoalign.generate.buf import run_plugins
from protoalign.generate.formatting import format_python
from protoalign.generate.go_clashes import check_go_packages
from protoalign.generate.go_packages import go_file_name
from protoalign.generate.inputs import PluginInput, plugin_input
from protoalign.generate.outputs import (
    FolderChange,
    Language,
    OutputFolder,
    compare_folder,
    read_folder,
    refuse_foreign,
)
from protoalign.generate.plugins import GO_FOLDER, PYTHON_FOLDERS, PluginSet, go_plugins, python_plugins
from protoalign.generate.python_packages import check_modules, completed_package, dotted_name, is_top_level
from protoalign.generate.targets import Targets, resolve_targets
from protoalign.output import replace_folders, shown_path
from protoalign.sources import LoadOptions, load
from protoalign.sources.anchored import anchored
from protoalign.toolchain import BUF, GO, RUFF, Found, find_go, gofmt, located, module_path

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.settings import Settings

__all__ = ["GenerateOptions", "GenerateResult", "generate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateOptions:
    """How to generate.

    Attributes:
        only: the one language to make code for; None for all that the settings name.
        check: write nothing, only compare.
        force: also replace folders that hold files which no generator wrote; these files are deleted.
        load: how the contract is read.
    """

    only: Language | None = None
    check: bool = False
    force: bool = False
    load: LoadOptions = field(default_factory=LoadOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateResult:
    """What was generated.

    Attributes:
        settings: the settings file, as it is called in the current folder.
        source: the contract's source, as the settings name it.
        digest: the contract's digest.
        tools: the programs that took part, to their versions.
        changes: each output folder as it was found and as it shall be.
        written: whether anything was written.
    """

    settings: str
    source: str
    digest: str
    tools: Mapping[str, str]
    changes: tuple[FolderChange, ...]
    written: bool

    @property
    def is_fresh(self) -> bool:
        """Whether all folders were found as they shall be."""
        return all(change.is_fresh for change in self.changes)


def generate(settings: Settings, options: GenerateOptions | None = None) -> GenerateResult:
    """Make the code that `[generate]` of the settings asks for, of the contract that `[subject]` names.

    All of it is made and checked in a scratch folder first. Folders whose files are as they shall be are not touched;
    each of the others is replaced in one step, and all of them or none.

    Args:
        settings: the settings; they come from a file.
        options: how to generate.

    Returns:
        What was found and what was written.

    Raises:
        GenerateError: a plugin refuses the contract, or the code would not work.
        InputError: the contract cannot be read, or Go has no packages for it.
        OutputError: a folder holds files that no generator wrote, or cannot be written; nothing was changed.
        SettingsError: the settings lack what is needed, or name impossible folders.
        ToolMissingError: a plugin or formatter is missing, or of another version.
    """
    options = options or GenerateOptions()
    targets = resolve_targets(settings, options.only)
    contract = _load(targets, options.load)
    with tempfile.TemporaryDirectory(prefix="protoalign-", ignore_cleanup_errors=True) as scratch:
        making = _Making(targets, plugin_input(contract, options.load.limits), Path(scratch).resolve())
        made = making.run()
    changes = tuple(compare_folder(folder, made[folder.name]) for folder in targets.folders)
    stale = [change for change in changes if not change.is_fresh]
    if stale and not options.check:
        if not options.force:
            refuse_foreign(stale)
        replace_folders({change.folder.path: change.after for change in stale})
    return GenerateResult(
        settings=shown_path(targets.settings_file),
        source=targets.subject.source,
        digest=contract.digest,
        tools=MappingProxyType(dict(sorted(making.tools.items()))),
        changes=changes,
        written=bool(stale) and not options.check,
    )


def _load(targets: Targets, options: LoadOptions) -> Contract:
    subject = targets.subject
    with_sources = tuple(anchored(each, targets.root) for each in subject.with_sources)
    contract = load(
        anchored(subject.source, targets.root),
        replace(options, with_sources=with_sources, copies=subject.copies, comments=True),
    )
    if contract.provenance.left_out:
        lines = [f"  {name}: {reason}" for name, reason in contract.provenance.left_out.items()]
        raise GenerateError(
            "\n".join(("cannot be read in full:", *lines)),
            where=contract.provenance.source,
            hint="Code is generated only from a whole contract.",
        )
    return contract


class _Making:
    """One run: plugins, checks and formatters in a scratch folder."""

    def __init__(self, targets: Targets, given: PluginInput, scratch: Path) -> None:
        self._targets, self._given, self._scratch = targets, given, scratch
        self._go: Found | None = None
        self.tools: dict[str, str] = {}

    def run(self) -> dict[str, dict[str, bytes]]:
        """Make all code.

        Returns:
            The output folders' names to their files: name to content.
        """
        plugins_folder = self._staged_names()
        buf = self._noted(BUF.name, located(BUF))
        sets = [*self._python_set(), *self._go_set()]
        for each in sets:
            self.tools |= each.tools
        runs = [run for each in sets for run in each.runs]
        files = [*self._given.files, *(name for each in sets for name in each.more_files)]
        output = run_plugins(buf, runs, self._given.image, files, scratch=self._scratch, folder=plugins_folder)
        made: dict[str, dict[str, bytes]] = {}
        for folder in self._targets.folders:
            place = output / self._place(folder)
            place.mkdir(parents=True, exist_ok=True)
            made[folder.name] = (
                self._python(folder, place) if folder.language == "python" else self._go_files(folder, place)
            )
        return made

    def _staged_names(self) -> Path:
        """A folder to run the plugins in that holds the file with names, under the path that the settings call it by.

        So no path of this machine gets into what the plugins write.
        """
        folder = self._scratch / "plugins"
        folder.mkdir()
        name = self._targets.wish.names
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(self._targets.root / name, folder / name)
            except OSError as error:
                raise SettingsError(
                    f"cannot be read: {error.strerror or error}",
                    where=shown_path(self._targets.root / name),
                    hint="The settings name it as [generate] names; an empty file serves.",
                ) from error
        return folder

    def _noted(self, name: str, found: Found) -> Found:
        self.tools[name] = found.version
        return found

    # ---- Python ------------------------------------------------------------------------------------------------------

    def _python_set(self) -> list[PluginSet]:
        target = self._targets.wish.python
        if target is None:
            return []
        return [
            python_plugins(
                target, messages=dotted_name(self._targets.root, target.messages), names=self._targets.wish.names
            )
        ]

    def _python(self, folder: OutputFolder, place: Path) -> dict[str, bytes]:
        dotted = dotted_name(self._targets.root, folder.name)
        if folder.content == "services":
            ruff = self._noted(RUFF.name, located(RUFF))
            format_python(ruff, place, first_party=dotted.partition(".")[0])
        files = read_folder(place)
        own = self._given.files if folder.content == "messages" else ()
        by = "protoc-gen-py and protoc-gen-connectrpc" if folder.content == "messages" else "protoc-gen-protoalign"
        check_modules(files, own, by)
        return completed_package(files, typed=is_top_level(dotted))

    # ---- Go ----------------------------------------------------------------------------------------------------------

    def _go_set(self) -> list[PluginSet]:
        target = self._targets.wish.go
        if target is None:
            return []
        module = module_path(self._targets.root / target.module)
        self._go = self._noted(GO.name, find_go())
        return [
            go_plugins(
                target,
                self._given,
                go=self._go,
                tools=self._targets.go_tools,
                module=module,
                names=self._targets.wish.names,
                vectors=self._targets.vectors,
            )
        ]

    def _go_files(self, folder: OutputFolder, place: Path) -> dict[str, bytes]:
        assert self._go is not None  # noqa: S101 - the plugins for Go have run
        if folder.content != "messages":
            gofmt(self._go, place)
        files = read_folder(place)
        if folder.content == "proof":
            return files
        # Of a contract's own names, one that ends in _test would be code that only tests see.
        files = {go_file_name(name): content for name, content in files.items()}
        by = "protoc-gen-go and protoc-gen-go-grpc" if folder.content == "messages" else "protoc-gen-protoalign"
        check_go_packages(files, by)
        return files

    def _place(self, folder: OutputFolder) -> str:
        """Where buf has put what goes to a folder, inside its output folder."""
        if folder.language == "python":
            return PYTHON_FOLDERS[folder.content]
        assert self._targets.wish.go is not None  # noqa: S101 - only asked where Go is wished
        inside = PurePosixPath(folder.name).relative_to(PurePosixPath(self._targets.wish.go.module))
        return f"{GO_FOLDER}/{inside.as_posix()}"
