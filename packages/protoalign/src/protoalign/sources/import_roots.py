"""Which folder the imports of a tree of .proto files are relative to.

A .proto file does not say by which name others import it: that depends on the folder that a compiler is pointed at. The
folder that a user names may be that root, hold it (`.` with `proto/acme/v1/…`), hold several, or lie inside of it
(`proto/acme`). The import statements themselves are the evidence: where `acme/v1/user.proto` is imported and
`/src/proto/acme/v1/user.proto` exists, `/src/proto` is a root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protoalign.errors import AmbiguousCopiesError
from protoalign.sources.proto_syntax import ProtoHead

__all__ = ["Placement", "place_files"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the files of a tree belong.

    Attributes:
        roots: the import roots, absolute, `/` between folders, the one that serves most imports first.
        names: each file's absolute path to the name that it is imported by.
    """

    roots: tuple[str, ...]
    names: Mapping[str, str]


def place_files(base: str, heads: Mapping[str, ProtoHead], contents: Mapping[str, bytes]) -> Placement:
    """Find the import roots of a tree and each file's name.

    Args:
        base: the folder that the user named, absolute; it is the root unless the imports say otherwise.
        heads: each file's absolute path to its imports and package.
        contents: each file's absolute path to its text, by which copies are told apart.

    Raises:
        AmbiguousCopiesError: an import may mean several different files, and nothing tells which.
    """
    matches = _matches(heads)
    inside = {name for name in matches if f"{base}/{name}" not in heads}
    if not inside:
        return Placement((base,), {path: _relative(path, base) for path in heads})
    roots = _cover(base, matches, contents)
    names: dict[str, str] = {}
    meant: dict[str, str] = {}
    for root in roots:
        for name in matches:
            path = f"{root}/{name}"
            if path in heads and name not in meant:
                meant[name] = path
                names.setdefault(path, name)
    _check_locality(heads, matches, meant, contents)
    for path, head in heads.items():
        names.setdefault(path, _name_without_evidence(path, head, base, roots))
    return Placement(roots, names)


def _matches(heads: Mapping[str, ProtoHead]) -> dict[str, tuple[str, ...]]:
    """Each imported name to the files that it may mean; names that no file of the tree fits are left out."""
    by_last_part: dict[str, list[str]] = {}
    for path in sorted(heads):
        by_last_part.setdefault(path.rpartition("/")[2], []).append(path)
    wanted = sorted({name for head in heads.values() for name in head.imports if name})
    found = {
        name: tuple(path for path in by_last_part.get(name.rpartition("/")[2], ()) if path.endswith(f"/{name}"))
        for name in wanted
    }
    return {name: paths for name, paths in found.items() if paths}


def _cover(base: str, matches: Mapping[str, tuple[str, ...]], contents: Mapping[str, bytes]) -> tuple[str, ...]:
    """Roots that together serve every import that the tree can serve; each serves most of what is left."""
    remaining = dict(matches)
    roots: list[str] = []
    while remaining:
        served: dict[str, set[str]] = {}
        for name, paths in remaining.items():
            for path in paths:
                served.setdefault(path[: -len(name) - 1], set()).add(name)
        best = min(served, key=lambda root: (-len(served[root]), root != base, len(root), root))
        rivals = [root for root in served if root not in (best, base) and served[root] == served[best]]
        if best != base:
            for rival in rivals:
                for name in sorted(served[best]):
                    if contents[f"{rival}/{name}"] != contents[f"{best}/{name}"]:
                        raise _ambiguous(name, (f"{best}/{name}", f"{rival}/{name}"))
        roots.append(best)
        for name in served[best]:
            del remaining[name]
    return tuple(roots)


def _check_locality(
    heads: Mapping[str, ProtoHead],
    matches: Mapping[str, tuple[str, ...]],
    meant: Mapping[str, str],
    contents: Mapping[str, bytes],
) -> None:
    """Refuse a root for a file outside of it, where a root that holds the file has another copy of what it imports."""
    for importer, head in heads.items():
        for name in head.imports:
            if name not in meant or importer.startswith(f"{_root(meant[name], name)}/"):
                continue
            for path in matches[name]:
                if importer.startswith(f"{_root(path, name)}/") and contents[path] != contents[meant[name]]:
                    raise _ambiguous(name, (meant[name], path))


def _name_without_evidence(path: str, head: ProtoHead, base: str, roots: Iterable[str]) -> str:
    """The name of a file that nothing imports: below the deepest root around it, else where its package says."""
    around = [root for root in roots if path.startswith(f"{root}/")]
    if around:
        return _relative(path, max(around, key=len))
    folder = path.rpartition("/")[0]
    package = head.package.replace(".", "/")
    if package and folder.endswith(f"/{package}") and len(folder) - len(package) - 1 >= len(base):
        return _relative(path, folder[: -len(package) - 1])
    return _relative(path, base)


def _relative(path: str, root: str) -> str:
    return path[len(root) + 1 :] if root != "/" else path[1:]


def _root(path: str, name: str) -> str:
    return path[: -len(name) - 1]


def _ambiguous(name: str, paths: Iterable[str]) -> AmbiguousCopiesError:
    listed = tuple(paths)
    return AmbiguousCopiesError(
        f"the import {name} may mean different files: {', '.join(listed)}",
        hint=f"Name the folder that the imports are relative to, such as {_root(listed[0], name)}",
    )
