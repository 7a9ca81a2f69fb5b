"""What is to be written, renamed and deleted below a folder, and how that reads as a diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from protoalign.errors import AlignError
from protoalign.output import path_below

__all__ = ["TreeEdit", "tree_edit"]

NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class TreeEdit:
    """Changes of a folder; paths are relative to it, with `/` between folders.

    Attributes:
        folder: the folder.
        writes: path to new content.
        removals: paths that are gone afterwards.
        renames: path that is written to the removed path that it takes the place of.
        before: the content of each path that is written or removed and exists.
    """

    folder: Path
    writes: Mapping[str, bytes] = field(repr=False)
    removals: tuple[str, ...]
    renames: Mapping[str, str]
    before: Mapping[str, bytes] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.writes and not self.removals

    @property
    def created(self) -> tuple[str, ...]:
        """Paths that do not exist yet and replace nothing."""
        return tuple(sorted(path for path in self.writes if path not in self.before and path not in self.renames))

    @property
    def rewritten(self) -> tuple[str, ...]:
        """Paths whose content changes."""
        return tuple(sorted(path for path in self.writes if path in self.before))

    @property
    def deleted(self) -> tuple[str, ...]:
        """Paths that go and whose place nothing takes."""
        return tuple(path for path in self.removals if path not in self.renames.values())

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff that `git apply` and `patch -p1` take, without line ends."""
        paths = {**{path: path for path in self.deleted}, **{path: path for path in self.writes}}
        for path in sorted(paths):
            yield from self._file_diff(path)

    def _file_diff(self, path: str) -> Iterator[str]:
        old = self.renames.get(path, path)
        before, after = self.before.get(old), self.writes.get(path)
        yield f"diff --git {_quoted(f'a/{old}')} {_quoted(f'b/{path}')}"
        if old != path:
            yield f"rename from {_quoted(old)}"
            yield f"rename to {_quoted(path)}"
        elif before is None:
            yield "new file mode 100644"
        elif after is None:
            yield "deleted file mode 100644"
        name_before = _quoted(f"a/{old}") if before is not None else "/dev/null"
        name_after = _quoted(f"b/{path}") if after is not None else "/dev/null"
        lines = (_lines(before or b""), _lines(after or b""))
        for line in unified_diff(*lines, name_before, name_after, lineterm="\n"):
            if line.endswith("\n"):
                yield line[:-1]
            else:
                yield line
                yield NO_NEWLINE


def tree_edit(
    folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes], renames: Mapping[str, str]
) -> TreeEdit:
    """The changes that lead from one state of a tree to another.

    Args:
        folder: the folder.
        before: the .proto files of the tree, path to content.
        after: likewise, as they are to be.
        renames: new path to old path.

    Raises:
        AlignError: something that is no file of the tree is in the way.
        OutputError: a path leads through a link or a file.
    """
    writes = {path: content for path, content in sorted(after.items()) if before.get(path) != content}
    removals = tuple(sorted(path for path in before if path not in after))
    for path in writes:
        target = path_below(folder, path)
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise AlignError(
                "is a link or a folder, and a file is to be written there", where=str(target), hint="Move it away."
            )
        if path not in before and target.exists() and not _is_same_file(folder, path, before):
            raise AlignError(
                "is in the way: it is no part of the subject, and a file is to be written there",
                where=str(target),
                hint="Move it away, or make it part of the subject.",
            )
    for path in removals:
        path_below(folder, path)
    kept = {new: old for new, old in renames.items() if new in writes and old in removals}
    touched = {path: before[path] for path in (*writes, *removals) if path in before}
    return TreeEdit(folder, writes, removals, kept, touched)


def _is_same_file(folder: Path, path: str, before: Mapping[str, bytes]) -> bool:
    """Whether a path names a file of the tree that is only written otherwise, as where case does not count."""
    return any(
        known.lower() == path.lower() and (folder / known).exists() and (folder / known).samefile(folder / path)
        for known in before
    )


def _lines(content: bytes) -> list[str]:
    # Only newlines part lines here: `splitlines` knows other characters, which text may hold.
    parts = content.decode("utf-8", "replace").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(path: str) -> str:
    """A path as git writes it in a diff: in quotes where it holds what could be mistaken."""
    if all(" " < character < "\x7f" and character not in '"\\' for character in path):
        return path
    escaped = "".join(
        {'"': '\\"', "\\": "\\\\"}.get(chr(byte), chr(byte)) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{escaped}"'
