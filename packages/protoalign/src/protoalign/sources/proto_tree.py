"""Contracts out of .proto files: a folder of them, or one file, compiled by protoc.

The files are read, placed under the names that their imports use, and compiled in a folder of our own: the user's tree
is never written to, links out of it are not followed, and no compiler reaches for the network. The import roots are
those that `buf.yaml` or `buf.work.yaml` declares, else those that the import statements prove (see
`protoalign.sources.import_roots`).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from protoalign.errors import (
    AmbiguousCopiesError,
    CompileError,
    NoDescriptorsError,
    SourceReadError,
    ToolMissingError,
    UnresolvedImportsError,
)
from protoalign.sources.buf_modules import BufModule, buf_modules, module_of
from protoalign.sources.compilers import compile_with_buf, compile_with_protoc
from protoalign.sources.image import files_of_image
from protoalign.sources.import_roots import Placement, place_files
from protoalign.sources.limits import Limits
from protoalign.sources.members import read_members
from protoalign.sources.own_files import comes_with_protobuf, split_own_files
from protoalign.sources.proto_syntax import ProtoHead, read_head
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan

__all__ = ["scan"]

SUFFIX = ".proto"
DIAGNOSTIC = re.compile(r"^(?P<name>[^:\n]+\.proto)(?=:(?:\d+:\d+:)? )")
MORE_RUNS = 10
MISSING_HINT = "Name a source that holds them with --with SOURCE, for example --with pypi:googleapis-common-protos."


@dataclass(frozen=True, slots=True)
class _Tree:
    """Files under the names that they are compiled by.

    Attributes:
        own: name to text of the files that the contract is made of.
        others: name to text of files around them that they import.
        imports: name to the names that the file imports, for own and other files.
        shown: name to the path that the user knows.
        located: name to the path inside the named folder.
    """

    own: Mapping[str, bytes]
    others: Mapping[str, bytes]
    imports: Mapping[str, tuple[str, ...]]
    shown: Mapping[str, str]
    located: Mapping[str, str]


def scan(target: str, options: LoadOptions) -> Scan:
    """Compile a folder of .proto files, or one .proto file.

    Args:
        target: the path of the folder or file.
        options: how to read it; what is imported and not in the tree is taken from `import_files`.

    Raises:
        AmbiguousCopiesError: different files belong under one name.
        ArchiveError: the folder holds more or larger files than the limits allow.
        CompileError: protoc refuses the files; it holds every diagnostic.
        NoDescriptorsError: there is no .proto file.
        SourceReadError: the path is missing or unreadable.
        ToolMissingError: neither protoc nor buf is installed.
        UnresolvedImportsError: imports that nothing supplies, each with the files that want it.
    """
    path = Path(target)
    try:
        tree = _read_file(path, options) if path.is_file() else _read_folder(path, options)
    except PermissionError as error:
        raise SourceReadError(
            "may not be read",
            where=str(error.filename or path),
            hint="Give yourself permission to read it, or copy it to a folder of your own.",
        ) from error
    left_out: dict[str, str] = {}
    try:
        compiled = _compile(tree, target, options)
    except CompileError as error:
        if not options.partial or error.tool != "protoc":
            raise
        tree, left_out = _without_refused(tree, error)
        compiled = _compile(tree, target, options)
    found: dict[str, FoundDescriptor] = {}
    imports: list[FoundDescriptor] = []
    for file in files_of_image(compiled, "compiled.binpb", options.limits, where=target):
        if file.name in tree.own:
            found[file.name] = FoundDescriptor(file.serialized, tree.located[file.name])
        else:
            imports.append(FoundDescriptor(file.serialized, file.name))
    own, vendored = split_own_files(found)
    return Scan(source=target, kind="proto", found=own, imports=(*vendored, *imports), left_out=left_out)


def _read_folder(path: Path, options: LoadOptions) -> _Tree:
    base = path.resolve().as_posix()
    texts = {
        name: text
        for name, text in read_members(path, lambda name: name.endswith(SUFFIX), options.limits)
        if _is_usable(name, options)
    }
    if not texts:
        raise NoDescriptorsError(
            "holds no .proto file",
            where=str(path),
            hint="Name the folder that holds the .proto files, or one such file.",
        )
    absolute = {f"{base}/{name}": text for name, text in texts.items()}
    heads = {name: read_head(text) for name, text in absolute.items()}
    placement = _placed_by_buf(path, base, heads, options) or place_files(base, heads, absolute)
    _note_roots(placement, base, path, options)
    own: dict[str, bytes] = {}
    imports: dict[str, tuple[str, ...]] = {}
    located: dict[str, str] = {}
    for file, name in sorted(placement.names.items()):
        imports[name] = heads[file].imports
        member = file[len(base) + 1 :]
        if own.setdefault(name, absolute[file]) != absolute[file]:
            raise AmbiguousCopiesError(
                f"two different files belong under the name {name}: {located[name]}, {member}",
                where=str(path),
                hint="Name the folder of one of them.",
            )
        located.setdefault(name, member)
    around = [root for root in placement.roots if base.startswith(f"{root}/")]
    others = _outside(around, imports, options.limits)
    return _Tree(
        own,
        others,
        imports,
        {name: (path / member).as_posix() for name, member in located.items()},
        located,
    )


def _placed_by_buf(path: Path, base: str, heads: Mapping[str, ProtoHead], options: LoadOptions) -> Placement | None:
    """The names that the buf configuration gives; None where there is none, or it does not serve the imports."""
    try:
        modules = buf_modules(path, options.limits)
    except (CompileError, ToolMissingError) as error:
        options.progress.note(f"the buf configuration of {path} is passed over: {error.what}")
        return None
    if not modules:
        return None
    names = {}
    used: dict[str, BufModule] = {}
    for file in heads:
        member = file[len(base) + 1 :]
        module = module_of(member, modules)
        if module is not None:
            names[file] = member[len(module.path) + 1 :] if module.path else member
            used[module.path] = module
    provided = set(names.values())
    lacking = {
        name
        for file in names
        for name in heads[file].imports
        if name not in provided and any(other.endswith(f"/{name}") for other in heads)
    }
    if not names or lacking:
        return None
    if left_out := len(heads) - len(names):
        options.progress.note(f"{left_out} .proto files of {path} belong to no module of its buf configuration")
    return Placement(tuple(f"{base}/{root}" if root else base for root in used), names)


def _read_file(path: Path, options: LoadOptions) -> _Tree:
    limits = options.limits
    if path.suffix != SUFFIX:
        raise SourceReadError("is no .proto file", where=str(path), hint="Name a .proto file, or a folder of them.")
    if path.stat().st_size > limits.member_size:
        raise SourceReadError(f"is larger than {limits.member_size >> 20} MiB", where=str(path))
    text = path.read_bytes()
    head = read_head(text)
    file = path.resolve()
    wanted = [name for name in head.imports if not comes_with_protobuf(name)]
    package = head.package.replace(".", "/")

    def fitness(root: Path) -> tuple[int, bool]:
        served = sum(_read_outside(root, name, limits) is not None for name in wanted)
        # One part of a package's name equals a folder's name too easily to be proof.
        fits = "/" in package and (root / package) == file.parent
        return served, fits

    root = max(file.parents, key=fitness)
    if fitness(root) == (0, False):
        root = file.parent
    if root != file.parent:
        options.progress.note(f"imports are read relative to {root}")
    name = file.relative_to(root).as_posix()
    imports = {name: head.imports}
    others = _outside([root.as_posix()], imports, limits)
    return _Tree({name: text}, others, imports, {name: path.as_posix()}, {name: path.name})


def _outside(roots: Iterable[str], imports: dict[str, tuple[str, ...]], limits: Limits) -> dict[str, bytes]:
    """The files that own ones import, directly or not, and that lie beside them below a root.

    What they import themselves is added to `imports`.
    """
    found: dict[str, bytes] = {}
    listed = tuple(map(Path, roots))
    pending = [name for names in imports.values() for name in names] if listed else []
    while pending:
        name = pending.pop()
        if name in imports:
            continue
        text = next((text for root in listed if (text := _read_outside(root, name, limits)) is not None), None)
        if text is None:
            continue
        found[name] = text
        imports[name] = read_head(text).imports
        pending.extend(imports[name])
        if len(found) > limits.members:
            raise SourceReadError(f"more than {limits.members:,} files are imported", where=str(listed[0]))
    return found


def _read_outside(root: Path, name: str, limits: Limits) -> bytes | None:
    """The text of a .proto file below a root; None where there is none, or the name or a link leads elsewhere."""
    if not name.endswith(SUFFIX) or not _is_relative(name):
        return None
    file = root / name
    try:
        if not file.is_file() or not file.resolve().is_relative_to(root) or file.stat().st_size > limits.member_size:
            return None
        return file.read_bytes()
    except (OSError, ValueError):
        return None


def _compile(tree: _Tree, target: str, options: LoadOptions) -> bytes:
    lacking = _lacking(tree)
    supplied = dict(options.import_files()) if lacking else {}
    staged = {**tree.others, **tree.own}
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        root = Path(scratch, "tree")
        _stage(root, staged, target)
        sets = _write_set(Path(scratch, "imports.binpb"), supplied, staged)
        try:
            try:
                return compile_with_protoc(root, sorted(tree.own), limits=options.limits, descriptor_sets=sets)
            except ToolMissingError:
                if sets:
                    raise
                return compile_with_buf(root, limits=options.limits)
        except CompileError as error:
            still = {
                name: tuple(tree.located.get(each, each) for each in wanted_by)
                for name, wanted_by in lacking.items()
                if name not in supplied
            }
            if still:
                raise UnresolvedImportsError(still, where=target, hint=MISSING_HINT) from error
            complete = _all_diagnostics(error, root, tree, sets, options.limits)
            lines = tuple(_shown(line, tree.shown) for line in complete)
            raise CompileError(error.tool, lines, where=target, hint=error.hint) from error


def _all_diagnostics(
    error: CompileError, root: Path, tree: _Tree, sets: tuple[Path, ...], limits: Limits
) -> tuple[str, ...]:
    """What protoc says of every file: it stops at the first bad one, so the others are compiled again without it."""
    lines = dict.fromkeys(error.diagnostics)
    left = set(tree.own)
    for _ in range(MORE_RUNS if error.tool == "protoc" else 0):
        bad = {match["name"] for line in lines if (match := DIAGNOSTIC.match(line)) is not None}
        if not bad & left or not left - bad:
            break
        left -= bad
        try:
            compile_with_protoc(root, sorted(left), limits=limits, descriptor_sets=sets)
        except CompileError as another:
            lines.update(dict.fromkeys(another.diagnostics))
        else:
            break
    return tuple(lines)


def _without_refused(tree: _Tree, error: CompileError) -> tuple[_Tree, dict[str, str]]:
    """The tree less the files that protoc refuses and those that import them; what was left out, with the reasons.

    Raises:
        CompileError: nothing is left, or no file is to blame.
    """
    named = {path: name for name, path in tree.shown.items()}
    left_out: dict[str, str] = {}
    for line in error.diagnostics:
        diagnostic = DIAGNOSTIC.match(line)
        if diagnostic is not None and diagnostic["name"] in named:
            left_out.setdefault(named[diagnostic["name"]], f"does not compile: {line}")
    pending = list(left_out)
    while pending:
        refused = pending.pop()
        for name in tree.own:
            if name not in left_out and refused in tree.imports[name]:
                left_out[name] = f"imports {refused}, which does not compile"
                pending.append(name)
    own = {name: text for name, text in tree.own.items() if name not in left_out}
    if not own or not left_out:
        raise error
    return replace(tree, own=own), left_out


def _lacking(tree: _Tree) -> dict[str, tuple[str, ...]]:
    wanted: dict[str, list[str]] = {}
    for name, imports in sorted(tree.imports.items()):
        for imported in imports:
            if imported not in tree.imports and not comes_with_protobuf(imported):
                wanted.setdefault(imported, []).append(name)
    return {name: tuple(wanted_by) for name, wanted_by in sorted(wanted.items())}


def _stage(root: Path, files: Mapping[str, bytes], target: str) -> None:
    root.mkdir()
    try:
        for name, text in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
    except OSError as error:
        raise SourceReadError(
            f"its files cannot be laid out for the compiler: {error.strerror}", where=target
        ) from error


def _write_set(path: Path, supplied: Mapping[str, bytes], staged: Mapping[str, bytes]) -> tuple[Path, ...]:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    files = [
        FileDescriptorProto.FromString(serialized)
        for name, serialized in supplied.items()
        if name not in staged and not comes_with_protobuf(name)
    ]
    if not files:
        return ()
    path.write_bytes(FileDescriptorSet(file=files).SerializeToString())
    return (path,)


def _shown(line: str, shown: Mapping[str, str]) -> str:
    """A diagnostic with the path that the user knows in place of the import name."""
    return DIAGNOSTIC.sub(lambda match: shown.get(match["name"], match["name"]), line)


def _is_usable(name: str, options: LoadOptions) -> bool:
    usable = name.isprintable() and "\\" not in name
    if not usable:
        options.progress.note(f"{name!r} is passed over: no import can name it")
    return usable


def _is_relative(name: str) -> bool:
    parts = name.split("/")
    return name.isprintable() and "\\" not in name and not any(part in ("", ".", "..") for part in parts)


def _note_roots(placement: Placement, base: str, path: Path, options: LoadOptions) -> None:
    roots = [root for root in placement.roots if root != base]
    if roots:
        shown = [Path(os.path.relpath(root, base)).as_posix() for root in roots]
        options.progress.note(f"imports in {path} are read relative to its {', '.join(shown)}")
