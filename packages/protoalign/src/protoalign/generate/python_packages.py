"""Python's side of generated code: the dotted name of a folder, what makes it a package, and names that clash."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from pathlib import Path, PurePosixPath

from protoalign.errors import GenerateError, SettingsError

__all__ = ["check_modules", "completed_package", "dotted_name", "is_top_level"]

INIT = "__init__.py"
MARKER = "py.typed"
SOURCE_FOLDERS = ("src", "lib", "python")
GENERATED_FROM = b"# Generated from "
MAX_CLASHES = 10


def dotted_name(root: Path, folder: str) -> str:
    """The name by which the package in a folder is imported.

    Folders with an `__init__.py` around it are packages. Where there is none yet, the name begins behind a folder that
    is called `src` or the like, else it is the folder's own.

    Args:
        root: the folder that the path is relative to.
        folder: the path, `/` between folders.

    Raises:
        SettingsError: a part of the name is no Python identifier.
    """
    parts = PurePosixPath(folder).parts
    start = len(parts) - 1
    while start > 0 and (root.joinpath(*parts[:start]) / INIT).is_file():
        start -= 1
    if start == len(parts) - 1:
        sources = [index for index, part in enumerate(parts[:-1]) if part in SOURCE_FOLDERS]
        start = sources[-1] + 1 if sources else start
    wrong = next((part for part in parts[start:] if not part.isidentifier() or iskeyword(part)), None)
    if wrong is not None:
        raise SettingsError(
            f"{folder!r} cannot be a Python package: {wrong!r} is no identifier that may be imported",
            where="[generate.python]",
            hint="Name a folder whose last parts are a package's name, such as src/acme/_gen.",
        )
    return ".".join(parts[start:])


def is_top_level(dotted: str) -> bool:
    """Whether a package is in no other one, so that it bears the mark of typed code itself."""
    return "." not in dotted


def completed_package(files: Mapping[str, bytes], *, typed: bool) -> dict[str, bytes]:
    """Files with an `__init__.py` in each folder that lacks one.

    Args:
        files: name to content.
        typed: whether to add the mark of typed code, which stands in the outermost package alone.
    """
    complete = dict(files)
    if not files:
        return complete
    for name in files:
        for folder in PurePosixPath(name).parents:
            complete.setdefault((folder / INIT).as_posix(), b"")
    if typed:
        complete.setdefault(MARKER, b"")
    return complete


def check_modules(files: Mapping[str, bytes], sources: Sequence[str], plugins: str) -> None:
    """Refuse generated modules that Python would not run as they are meant.

    The plugins do not look for two `.proto` files that make one module, nor for two declarations of one name, the
    second of which hides the first.

    Args:
        files: name to content.
        sources: the `.proto` files that each must have a module.
        plugins: what to call who wrote them.

    Raises:
        GenerateError: there is such a module; it names the clashes.
    """
    lacking = sorted(set(sources) - set(_sources(files)))
    if lacking:
        raise GenerateError(
            f"{plugins} make one module of several .proto files: {', '.join(lacking)} shares its module with another"
            " file whose name differs only in characters that Python does not allow",
            hint="Rename the file: in a module's name, what is no letter, digit or underscore becomes an underscore.",
        )
    clashes = [
        clash for name, content in sorted(files.items()) if name.endswith(".py") for clash in _clashes(name, content)
    ]
    if clashes:
        more = len(clashes) - MAX_CLASHES
        shown = [f"  {clash}" for clash in clashes[:MAX_CLASHES]] + ([f"  … and {more:,} more"] if more > 0 else [])
        raise GenerateError(
            "\n".join((f"{plugins} give several things of the contract one name in Python:", *shown)),
            hint="The second hides the first, so this contract has no Python code from them. Rename one of the two in"
            " the contract.",
        )


def _sources(files: Mapping[str, bytes]) -> Iterator[str]:
    """The `.proto` files that message modules say they were made from."""
    for name, content in files.items():
        if name.endswith("_pb.py"):
            line = next((each for each in content.splitlines()[:5] if each.startswith(GENERATED_FROM)), b"")
            yield line.removeprefix(GENERATED_FROM).decode("utf-8", "replace").removesuffix(". DO NOT EDIT.")


def _clashes(name: str, content: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        yield f"{name}: is no Python: {error}"
        return
    yield from _twice(name, "", tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _twice(name, f"class {node.name}: ", node.body)


def _twice(name: str, scope: str, body: Sequence[ast.stmt]) -> Iterator[str]:
    counted = Counter(bound for statement in body for bound in _bound(statement))
    yield from (f"{name}: {scope}{bound}, {times} times" for bound, times in counted.items() if times > 1)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds by itself; an overload or a property's setter binds none anew."""
    match statement:
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]) | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        case _:
            return
