"""Finding the folder of .proto files that a project's owner would name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from protoalign.errors import AmbiguousCopiesError, CompileError, SourceReadError, ToolMissingError
from protoalign.sources import Limits
from protoalign.sources.buf_modules import CONFIGS, buf_modules
from protoalign.sources.import_roots import place_files
from protoalign.sources.proto_syntax import read_head
from protoalign.survey.model import FolderSurvey

__all__ = ["find_tree", "named_tree"]

# Copies of other people's files, and what tools write: not what is to be aligned.
PASSED_OVER = frozenset(
    (
        "__pycache__",
        "build",
        "dist",
        "node_modules",
        "out",
        "site-packages",
        "target",
        "testdata",
        "third-party",
        "third_party",
        "vendor",
        "venv",
    )
)
SUFFIX = ".proto"
MAX_FOLDERS = 100_000
MAX_FILES = 20_000


def find_tree(project: Path, settings_folder: Path) -> FolderSurvey:
    """The folder of .proto files that is to be aligned: the modules that buf knows, else the largest import root.

    Folders of other people's files (`vendor`, `third_party`, `node_modules` …), of build output and hidden ones are
    passed over.

    Args:
        project: the folder to look in.
        settings_folder: the folder that the settings file will lie in.

    Raises:
        SourceReadError: there is no .proto file.
    """
    base = project.resolve()
    protos: list[Path] = []
    configs: list[Path] = []
    for folder, names in _folders(base):
        protos += [folder / name for name in names if name.endswith(SUFFIX)]
        if any(name in CONFIGS for name in names):
            configs.append(folder)
        if len(protos) > MAX_FILES:
            raise SourceReadError(f"holds more than {MAX_FILES:,} .proto files", where=str(project), hint=_hint())
    if not protos:
        raise SourceReadError("holds no .proto file", where=str(project), hint=_hint())
    roots = _roots_by_buf(configs, protos) or _roots_by_imports(base, protos)
    # The one with most files; of several, the one nearest to the top.
    ranked = sorted(roots, key=lambda root: (-roots[root], len(root.parts), root))
    others = tuple(root.relative_to(base).as_posix() for root in ranked[1:])
    return _surveyed(ranked[0], settings_folder, others)


def named_tree(path: Path, settings_folder: Path) -> FolderSurvey:
    """The folder or file that the user named.

    Raises:
        SourceReadError: it is missing, or holds no .proto file.
    """
    if not path.exists():
        raise SourceReadError("does not exist", where=str(path), hint="Name a folder of .proto files, or one file.")
    if path.is_file() and path.suffix != SUFFIX:
        raise SourceReadError("is no .proto file", where=str(path), hint="Name a .proto file, or a folder of them.")
    if path.is_dir() and next(path.rglob(f"*{SUFFIX}"), None) is None:
        raise SourceReadError("holds no .proto file", where=str(path), hint=_hint())
    return _surveyed(path.resolve(), settings_folder, ())


def _hint() -> str:
    return "Name the folder that holds the .proto files with --subject PATH."


def _folders(base: Path) -> Iterator[tuple[Path, list[str]]]:
    for count, (parent, folders, names) in enumerate(os.walk(base)):
        if count >= MAX_FOLDERS:
            raise SourceReadError(f"holds more than {MAX_FOLDERS:,} folders", where=str(base), hint=_hint())
        # A folder of its own repository is a submodule: somebody else's.
        folders[:] = sorted(
            name
            for name in folders
            if name not in PASSED_OVER and not name.startswith(".") and not Path(parent, name, ".git").exists()
        )
        yield Path(parent), names


def _roots_by_buf(configs: list[Path], protos: list[Path]) -> Counter[Path]:
    """What buf knows as modules, each with its number of files; of a workspace of several, the workspace."""
    counted: Counter[Path] = Counter()
    for config in configs:
        if any(config.is_relative_to(other) for other in counted):
            continue
        try:
            modules = [config / module.path for module in buf_modules(config, Limits())]
        except (CompileError, ToolMissingError):
            continue
        held = {
            module: number for module in modules if (number := sum(proto.is_relative_to(module) for proto in protos))
        }
        if len(held) == 1:
            counted.update(held)
        elif held:
            counted[config] = sum(proto.is_relative_to(config) for proto in protos)
    return counted


def _roots_by_imports(base: Path, protos: list[Path]) -> Counter[Path]:
    """The folders that imports are relative to, each with its number of files."""
    texts = {path.as_posix(): path.read_bytes() for path in protos if path.stat().st_size <= Limits().member_size}
    heads = {path: read_head(text) for path, text in texts.items()}
    try:
        placed = place_files(base.as_posix(), heads, texts).names
    except AmbiguousCopiesError:
        # Two trees that share names: the folders at their tops tell them apart.
        placed = {path: path[len(base.as_posix()) + 1 :] for path in texts}
    counted: Counter[Path] = Counter()
    unproved: list[Path] = []
    for file, name in placed.items():
        root = Path(file.removesuffix(name))
        if root == base:
            unproved.append(Path(file))
        else:
            counted[root] += 1
    for path in unproved:
        # Nothing says what its imports are relative to, so the top folder that holds it stands for the tree.
        inside = path.relative_to(base).parts[:-1]
        around = next((root for root in counted if path.is_relative_to(root)), None)
        counted[around or (base / inside[0] if inside else base)] += 1
    return counted


def _surveyed(path: Path, settings_folder: Path, others: tuple[str, ...]) -> FolderSurvey:
    relative = os.path.relpath(path, settings_folder.resolve())
    shown = Path(relative).as_posix()
    is_folder = path.is_dir()
    # Where other code lies beside the .proto files, it has to be said which of the two is meant.
    mixed = is_folder and any(next(path.rglob(f"*.{suffix}"), None) is not None for suffix in ("py", "whl"))
    return FolderSurvey(
        path=path,
        source=f"proto:{shown}" if mixed or shown == "." or ":" in shown else shown,
        files=sum(1 for _ in path.rglob(f"*{SUFFIX}")) if is_folder else 1,
        others=others,
        has_buf_config=_has_buf_config(path),
    )


def _has_buf_config(path: Path) -> bool:
    for folder in (path, *path.parents):
        if any((folder / name).is_file() for name in CONFIGS):
            return True
        if (folder / ".git").exists():
            return False
    return False
