"""Which plugins make which code, with which options."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.errors import SettingsError
from protoalign.generate.buf import PluginRun
from protoalign.generate.go_packages import ProtoFile, go_import_option, go_packages, is_go_runtime_file
from protoalign.toolchain import (
    PROTOC_GEN_CONNECTRPC,
    PROTOC_GEN_GO,
    PROTOC_GEN_GO_GRPC,
    PROTOC_GEN_PY,
    Found,
    go_tool,
    located,
)

if TYPE_CHECKING:
    from pathlib import Path

    from protoalign.contract import ContractFile
    from protoalign.generate.inputs import PluginInput
    from protoalign.settings import GoTarget, PythonTarget

__all__ = ["GO_FOLDER", "PYTHON_FOLDERS", "PluginSet", "go_plugins", "python_plugins"]

PYTHON_FOLDERS = MappingProxyType({"messages": "python/messages", "services": "python/services"})
"""Where Python code lands inside the output folder of buf, by what it is."""

GO_FOLDER = "go"
"""The same for Go: the folder that stands for the module's."""

OWN_PLUGIN = "protoc-gen-protoalign"
# Our own plugin is run with this Python, so that it is of this version whatever is installed beside it; -P keeps what
# lies in the current folder from being imported in its place.
OWN_COMMAND = (sys.executable, "-P", "-c", "from protoalign.generate.plugin import main; main()")


@dataclass(frozen=True, slots=True)
class PluginSet:
    """The plugins of one language.

    Attributes:
        runs: what to run.
        tools: the programs among them that we did not write, to their versions.
        more_files: imported files that code has to be made for beside the contract's own.
    """

    runs: tuple[PluginRun, ...]
    tools: Mapping[str, str]
    more_files: tuple[str, ...] = ()


def python_plugins(target: PythonTarget, *, messages: str, names: str) -> PluginSet:
    """The plugins for Python.

    Args:
        target: where the code goes.
        messages: the dotted package of the messages, such as `xaiwire._gen`.
        names: the file with names, as the plugin sees it; empty for none.

    Raises:
        ToolMissingError: a plugin is missing, or of another version.
    """
    found = {program.name: located(program) for program in (PROTOC_GEN_PY, PROTOC_GEN_CONNECTRPC)}
    folder = PYTHON_FOLDERS["messages"]
    runs = [
        _run(PROTOC_GEN_PY.name, found, folder, with_imports=True),
        _run(PROTOC_GEN_CONNECTRPC.name, found, folder),
    ]
    if target.services:
        runs.append(_own_run(PYTHON_FOLDERS["services"], {"language": "python", "names": names, "messages": messages}))
    return PluginSet(tuple(runs), _versions(found))


def go_plugins(
    target: GoTarget, given: PluginInput, *, go: Found, tools: Path, module: str, names: str, vectors: str
) -> PluginSet:
    """The plugins for Go.

    Args:
        target: where the code goes.
        given: the contract.
        go: the Go toolchain.
        tools: the folder whose go.mod pins the plugins.
        module: the module's import path.
        names: the file with names, as the plugin sees it; empty for none.
        vectors: the folder with the vectors, relative to that of the settings file.

    Raises:
        InputError: the files cannot be put into Go packages, see `go_packages`.
        SettingsError: a folder's name cannot be a Go package's name.
        ToolMissingError: a plugin is missing, or of another version.
    """
    more = tuple(file for file in given.imports if not _has_go_package(file))
    messages = f"{module}/{target.messages}"
    packages = go_packages([_proto_file(file) for file in (*given.contract.files, *more)], messages)
    imports = tuple(go_import_option(name, package) for name, package in packages.items())
    options = (f"module={module}", *imports)
    found = {program.name: go_tool(go, tools, program) for program in (PROTOC_GEN_GO, PROTOC_GEN_GO_GRPC)}
    runs = [_run(name, found, GO_FOLDER, options) for name in found]
    if target.services:
        own = {"language": "go", "names": names, "module_messages": messages}
        own["package"] = _package_name(target.services)
        runs.append(_own_run(f"{GO_FOLDER}/{target.services}", own))
    if target.proof:
        own = {"language": "go-proof", "names": names, "module_messages": messages}
        own["package"] = _package_name(target.proof)
        own["vectors"] = os.path.relpath(vectors, PurePosixPath(target.module, target.proof)).replace(os.sep, "/")
        own["wrappers"] = f"{module}/{target.services}" if target.services else ""
        runs.append(_own_run(f"{GO_FOLDER}/{target.proof}", own))
    return PluginSet(tuple(runs), _versions(found), tuple(file.name for file in more))


def _run(
    name: str, found: Mapping[str, Found], folder: str, options: tuple[str, ...] = (), *, with_imports: bool = False
) -> PluginRun:
    return PluginRun(
        name=name, command=(str(found[name].path),), folder=folder, options=options, with_imports=with_imports
    )


def _own_run(folder: str, options: Mapping[str, str]) -> PluginRun:
    for key, value in options.items():
        if "," in value:
            raise SettingsError(
                f"a comma cannot be handed to a plugin: {key} is {value!r}", hint="Rename the file or folder."
            )
    given = tuple(f"{key}={value}" for key, value in options.items() if value)
    return PluginRun(name=OWN_PLUGIN, command=OWN_COMMAND, folder=folder, options=given)


def _versions(found: Mapping[str, Found]) -> Mapping[str, str]:
    return {name: each.version for name, each in found.items()}


def _has_go_package(file: ContractFile) -> bool:
    """Whether Go knows where an imported file's code is: protoc-gen-go takes what looks like an import path."""
    path = file.descriptor.options.go_package.partition(";")[0]
    return is_go_runtime_file(file.name) or "/" in path or "." in path


def _proto_file(file: ContractFile) -> ProtoFile:
    return ProtoFile(
        name=file.name, package=file.package, imports=tuple(file.imports), has_services=bool(file.descriptor.service)
    )


def _package_name(folder: str) -> str:
    name = PurePosixPath(folder).name
    if not (name.isascii() and name.isidentifier()) or name != name.lower():
        raise SettingsError(
            f"{folder!r} cannot be the folder of a Go package: its last part must be a lower-case identifier",
            where="[generate.go]",
            hint="Name it like services or apiservices.",
        )
    return name
