"""The modules that a buf.yaml or buf.work.yaml declares, as buf itself reads them."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from protoalign.errors import CompileError
from protoalign.sources.compilers import find_tool
from protoalign.sources.limits import Limits

__all__ = ["BufModule", "buf_modules", "module_of"]

CONFIGS = ("buf.work.yaml", "buf.yaml")
# Any request goes to a port at which nothing listens: reading a tree never uses the network.
NO_NETWORK = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "BUF_TOKEN": ""}


@dataclass(frozen=True, slots=True)
class BufModule:
    """One module: an import root inside of a folder.

    Attributes:
        path: the root, relative to the folder, `/` between folders; empty for the folder itself.
        includes: where not empty, the only files and folders that belong to it, relative to the folder.
        excludes: files and folders that do not belong to it, relative to the folder.
    """

    path: str
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


def buf_modules(folder: Path, limits: Limits) -> tuple[BufModule, ...]:
    """The modules of a folder; none where it has no buf configuration.

    Raises:
        CompileError: buf refuses the configuration.
        ToolMissingError: buf is not installed.
    """
    if not any((folder / name).is_file() for name in CONFIGS):
        return ()
    with tempfile.TemporaryDirectory(prefix="protoalign-") as cache:
        try:
            completed = subprocess.run(
                [find_tool("buf"), "config", "ls-modules", "--format", "json"],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=limits.compile_seconds,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **NO_NETWORK, "BUF_CACHE_DIR": cache},
            )
        except subprocess.TimeoutExpired as error:
            raise CompileError("buf", ("no list of modules in time",), where=str(folder)) from error
    if completed.returncode != 0:
        lines = tuple(line for line in completed.stderr.splitlines() if line)
        raise CompileError("buf", lines or (f"exit code {completed.returncode}",), where=str(folder))
    return tuple(_module(line) for line in completed.stdout.splitlines() if line.startswith("{"))


def _module(line: str) -> BufModule:
    data = json.loads(line)
    path = str(data.get("path", "."))
    return BufModule(
        path="" if path == "." else path.strip("/"),
        includes=tuple(map(str, data.get("includes", ()))),
        excludes=tuple(map(str, data.get("excludes", ()))),
    )


def module_of(member: str, modules: tuple[BufModule, ...]) -> BufModule | None:
    """The module that a file belongs to: of several around it, the deepest; None where it belongs to none."""
    around = [module for module in modules if _is_below(member, module.path)]
    if not around:
        return None
    module = max(around, key=lambda module: len(module.path))
    if any(_is_below(member, excluded) for excluded in module.excludes):
        return None
    if module.includes and not any(_is_below(member, included) for included in module.includes):
        return None
    return module


def _is_below(member: str, folder: str) -> bool:
    return folder in ("", ".") or member == folder or member.startswith(f"{folder}/")
