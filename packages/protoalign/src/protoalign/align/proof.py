"""Reading the edited tree in a scratch folder before it is written: it has to hold the target."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.contract import Contract
from protoalign.errors import AlignError, InternalError, ProtoalignError, UnresolvedImportsError
from protoalign.sources.buf_modules import CONFIGS

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protoalign.align.engine import Alignment
    from protoalign.align.tree import SubjectTree

__all__ = ["LoadTree", "prove_alignment"]

LoadTree = Callable[[Path], Contract]
BUF_FILES = (*CONFIGS, "buf.lock")


def prove_alignment(alignment: Alignment, tree: SubjectTree, load_tree: LoadTree) -> None:
    """Lay the edited tree out in a scratch folder and read it as any tree is read: it has to hold the target.

    Raises:
        AlignError: it does not compile, or would be read otherwise than meant.
    """
    edit = alignment.edit
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        root = _lay_out(Path(scratch), alignment, tree)
        try:
            contract = load_tree(root)
        except UnresolvedImportsError as error:
            raise _lacking(error, alignment) from error
        except ProtoalignError as error:
            told = str(error).replace(str(root), str(edit.folder))
            raise AlignError(
                f"the files would not compile:\n{told}", where=str(edit.folder), hint=_come_along(alignment)
            ) from error
        _check_read(contract, alignment)


def _lay_out(scratch: Path, alignment: Alignment, tree: SubjectTree) -> Path:
    """Write the tree as it will be; with what lies around the folder where its import root lies above it."""
    arounds = {root.around for name in tree.located for root in tree.roots_of(name) if root.around}
    around = max(arounds, key=len, default="")
    root = scratch / (around or "tree")
    edit = alignment.edit
    kept = {path: content for path, content in tree.texts.items() if path not in edit.removals}
    for path, content in {**kept, **edit.writes}.items():
        _put(root / path, content)
    for name in BUF_FILES:
        if (edit.folder / name).is_file():
            _put(root / name, (edit.folder / name).read_bytes())
    if around:
        above = edit.folder.resolve().parents[around.count("/")]
        for file in alignment.target.imports:
            outside = above / file.name
            if outside.is_file() and not (scratch / file.name).exists():
                (scratch / file.name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(outside, scratch / file.name)
    return root


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _check_read(contract: Contract, alignment: Alignment) -> None:
    expected, read = alignment.target.canonical, contract.canonical
    missing = sorted(expected.keys() - read.keys())
    if missing:
        raise AlignError(
            f"the edited tree would not be read as it is meant: no file in it would be called {', '.join(missing[:5])}",
            where=str(alignment.edit.folder),
            hint="Name the folder that imports are relative to as the subject, and see that buf.yaml, where there is"
            " one, has a module that holds these files.",
        )
    different = [name for name in expected if _bytes(expected[name]) != _bytes(read[name])]
    if different:
        raise InternalError(
            f"the text of {different[0]} does not compile to what it was printed from",
            where=str(alignment.edit.folder),
            hint="Nothing was written. Please report it with the two contracts.",
        )


def _bytes(file: FileDescriptorProto) -> bytes:
    return file.SerializeToString(deterministic=True)


def _lacking(error: UnresolvedImportsError, alignment: Alignment) -> AlignError:
    """What to do about imports that neither the tree nor what stands beside it has."""
    waiting = [name for name in error.missing if name in alignment.waiting]
    sources = sorted({alignment.suppliers[name] for name in error.missing if name in alignment.suppliers})
    if waiting:
        hint = _come_along(alignment)
    else:
        named = " ".join(f"--with {source}" for source in sources) or "--with SOURCE, as for the reference"
        hint = f"Nothing was written. Say where they come from: {named}"
    return AlignError(f"the edited tree would have {error.what}", where=str(alignment.edit.folder), hint=hint)


def _come_along(alignment: Alignment) -> str:
    if alignment.waiting:
        return f"Nothing was written. Let these come along: {' '.join(f'--only {name}' for name in _needed(alignment))}"
    if alignment.extra:
        return (
            f"Nothing was written. Files that the reference lacks may be the cause: {', '.join(alignment.extra)};"
            " --delete FILE deletes one, --delete-extra all of them."
        )
    return "Nothing was written."


def _needed(alignment: Alignment) -> Iterable[str]:
    """The files that the chosen ones import and that wait, else all that wait."""
    waiting = set(alignment.waiting)
    reached = list(_imported(alignment.target, alignment.chosen))
    return sorted(waiting.intersection(reached)) or alignment.waiting


def _imported(contract: Contract, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in seen and name in contract.by_name:
            seen.add(name)
            yield name
            pending.extend(contract.by_name[name].imports)
