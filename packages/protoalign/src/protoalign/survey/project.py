"""Looking at a project: its tree, its repository, its generators."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import ProtoalignError, UnresolvedImportsError
from protoalign.settings import FILE_OPTIONS
from protoalign.sources import LoadOptions, load
from protoalign.sources.git_commands import last_release, open_local
from protoalign.sources.limits import Limits
from protoalign.survey.model import FolderSurvey, Survey

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["survey_project"]

# What others' files are imported by, and the package of the index that brings them.
SUPPLIERS = {
    "google/": "pypi:googleapis-common-protos",
    "buf/validate/": "pypi:protovalidate",
}
# These say something to whoever calls the API, not only to one language's generator.
MEANINGFUL_OPTIONS = frozenset({"deprecated"})
GENERATORS = ("buf.gen.yaml", "buf.gen.yml")
OUT = re.compile(r"^\s*(?:-\s+)?out:\s*[\"']?([^\"'#\s]+)", re.MULTILINE)
MAX_SIZE = 1 << 20


def survey_project(tree: FolderSurvey, settings_folder: Path, options: LoadOptions) -> tuple[Survey, Contract | None]:
    """Look at a project.

    Args:
        tree: where its .proto files lie.
        settings_folder: the folder that the settings file will lie in.
        options: how sources are read.

    Returns:
        What was found, and the tree's contract; None where it cannot be read, which the survey then says.
    """
    survey = Survey(
        tree=tree, last_release=_last_release(settings_folder), generated=_generated_folders(settings_folder)
    )
    with_sources: tuple[str, ...] = ()
    source = f"proto:{tree.path}"
    contract: Contract | None = None
    problem = ""
    try:
        try:
            contract = load(source, options)
        except UnresolvedImportsError as error:
            with_sources = _suppliers(error)
            if not with_sources:
                raise
            contract = load(source, replace(options, with_sources=with_sources))
    except ProtoalignError as error:
        problem = error.what
    if contract is None:
        return replace(survey, with_sources=with_sources, unreadable=problem), None
    used = {option.name for file in contract.files for option, _ in file.descriptor.options.ListFields()}
    return (
        replace(
            survey,
            packages=tuple(sorted({file.package for file in contract.files})),
            file_options=tuple(sorted(used & set(FILE_OPTIONS) - MEANINGFUL_OPTIONS)),
            with_sources=with_sources,
        ),
        contract,
    )


def _suppliers(error: UnresolvedImportsError) -> tuple[str, ...]:
    """The packages that serve all that is missing; none where one import is not known."""
    found = [
        next((source for prefix, source in SUPPLIERS.items() if name.startswith(prefix)), "") for name in error.missing
    ]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def _last_release(folder: Path) -> str:
    with suppress(ProtoalignError):
        return last_release(open_local(folder, Limits()).tags()) or ""
    return ""


def _generated_folders(folder: Path) -> tuple[str, ...]:
    for name in GENERATORS:
        path = folder / name
        if path.is_file() and path.stat().st_size <= MAX_SIZE:
            found = OUT.findall(path.read_text(encoding="utf-8", errors="replace"))
            inside = (out.removeprefix("./").rstrip("/") or "." for out in found)
            return tuple(dict.fromkeys(out for out in inside if not out.startswith(("/", ".."))))
    return ()
