"""Contracts out of a git revision: the files of one commit, read as blobs and scanned like a folder.

Nothing is checked out: blobs come out of `git cat-file`, so that no hook, filter or submodule of a repository plays a
part. A local repository is only read; a remote one is fetched into a folder of our own.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from protoalign.errors import CompileError, ProtoalignError, RemoteError, SourceReadError, UnknownSourceError
from protoalign.sources.git_commands import GitRepository, TreeEntry, fetch_remote, open_local, remote_names
from protoalign.sources.progress import Advance, Progress
from protoalign.sources.scan import LoadOptions, Scan

__all__ = ["GitTarget", "LaidOutCommit", "laid_out", "parse_target", "scan"]

ScanFolder = Callable[[str, LoadOptions], Scan]

REMOTE = re.compile(r"(?:https?|ssh|git|file)://|(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9_.-]+:(?!//)")
URL_SECRET = re.compile(r"(?<=://)[^/@]*@")
# What the scanners of folders read. Beside the named path only .proto files are taken: imports may lie there.
WANTED = (".proto", ".py", ".pyi", ".pb.go", ".pulsar.go", "buf.yaml", "buf.work.yaml", "buf.lock", "go.mod")
EXAMPLE = "For example: git:.#v1.2.0:proto, or git:https://example.com/api.git#main:proto"
LISTED = 5


@dataclass(frozen=True, slots=True)
class GitTarget:
    """What stands behind `git:`.

    Attributes:
        repository: a path or URL.
        revision: a commit, tag, branch or any other name that git resolves to a commit.
        path: a folder or file in it, `/` between folders; empty for the root.
    """

    repository: str
    revision: str = "HEAD"
    path: str = ""


@dataclass(frozen=True, slots=True)
class LaidOutCommit:
    """The files of a commit in a folder.

    Attributes:
        id: the commit's full id.
        root: the folder that stands for the repository's root.
        folder: the folder or file in it that was named.
        source: the source string that names it again.
    """

    id: str
    root: Path
    folder: Path
    source: str


@dataclass(frozen=True, slots=True)
class _Paths:
    """The folder that the files lie in for a moment, and what the user calls it."""

    named: str
    root: str
    shown: str

    def retold(self, text: str) -> str:
        """The text in the user's terms."""
        return text.replace(f"{self.named}/", "").replace(self.named, self.shown).replace(f"{self.root}/", "")


@dataclass(frozen=True, slots=True)
class _Retold:
    """Progress in the user's terms."""

    progress: Progress
    paths: _Paths

    def download(self, name: str, total: int | None) -> AbstractContextManager[Advance]:
        """Pass it on."""
        return self.progress.download(name, total)

    def note(self, text: str) -> None:
        """Pass it on, with the paths that the user knows."""
        self.progress.note(self.paths.retold(text))


def parse_target(target: str) -> GitTarget:
    """Take `REPO#REV:PATH` apart; `#REV` and `:PATH` may be left out.

    Raises:
        UnknownSourceError: a part is empty or begins with a hyphen, or the path leads out of the repository.
    """
    repository, _, rest = target.partition("#")
    # A folder may have a number sign in its name; what exists is what is meant.
    for index, character in enumerate(target):
        if character == "#" and index > len(repository) and Path(target[:index]).is_dir():
            repository, rest = target[:index], target[index + 1 :]
    revision, _, path = rest.partition(":")
    parsed = GitTarget(repository, revision or "HEAD", path.strip("/"))
    if not parsed.repository:
        raise UnknownSourceError("the git source names no repository", where=f"git:{target}", hint=EXAMPLE)
    for part in (parsed.repository, parsed.revision, parsed.path):
        if part.startswith("-") or "\0" in part or "\n" in part:
            raise UnknownSourceError(
                f"no repository, revision or path may look like {part[:40]!r}", where=f"git:{target}", hint=EXAMPLE
            )
    if any(part in (".", "..") for part in parsed.path.split("/")) and parsed.path != ".":
        raise UnknownSourceError("the path leads out of the repository", where=f"git:{target}", hint=EXAMPLE)
    return replace(parsed, path="" if parsed.path == "." else parsed.path)


def scan(target: str, options: LoadOptions, scan_folder: ScanFolder) -> Scan:
    """Read a folder or file of a git revision.

    Args:
        target: `REPO#REV:PATH`; REPO is a local path or a URL.
        options: how to read it.
        scan_folder: scans the files, once they lie in a folder.

    Raises:
        RemoteError: the remote does not answer, refuses or is not used because of `offline`.
        SourceReadError: the repository, revision or path is unknown, or too large.
        ToolMissingError: git is not installed.
        UnknownSourceError: the target cannot be taken apart.
        ProtoalignError: whatever the scan of the files raises.
    """
    with laid_out(target, options) as commit:
        paths = _Paths(str(commit.folder), str(commit.root), commit.source)
        try:
            found = scan_folder(str(commit.folder), replace(options, progress=_Retold(options.progress, paths)))
        except ProtoalignError as error:
            raise _located(error, paths) from error
    return replace(found, source=commit.source, version=commit.id, archive=None, archive_sha256=None)


@contextmanager
def laid_out(target: str, options: LoadOptions) -> Iterator[LaidOutCommit]:
    """The files of a commit that a scanner may want, in a folder that lasts as long as the context.

    Args:
        target: `REPO#REV:PATH`; REPO is a local path or a URL.
        options: how to read it.

    Raises:
        RemoteError: the remote does not answer, refuses or is not used because of `offline`.
        SourceReadError: the repository, revision or path is unknown, or too large.
        ToolMissingError: git is not installed.
        UnknownSourceError: the target cannot be taken apart.
    """
    wanted = parse_target(target)
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        repository = _open(wanted, Path(scratch, "repository"), options)
        commit = repository.resolve(wanted.revision)
        if commit is None:
            raise _unknown_revision(wanted, repository)
        shown = f"git:{_without_secret(wanted.repository)}#{commit}" + (f":{wanted.path}" if wanted.path else "")
        # Imports may begin with the repository's own name: it is the folder's name, too, in everybody's checkout.
        root = Path(scratch, "files", _checkout_name(wanted.repository))
        _write(repository, commit, wanted, root, options)
        yield LaidOutCommit(commit, root, root / wanted.path if wanted.path else root, shown)


def _open(wanted: GitTarget, scratch: Path, options: LoadOptions) -> GitRepository:
    path = Path(wanted.repository)
    if path.exists():
        return open_local(path, options.limits)
    if REMOTE.match(wanted.repository) is None:
        raise SourceReadError(
            "is neither a folder nor a URL of a git repository",
            where=_without_secret(wanted.repository),
            hint="URLs begin with https://, ssh://, git://, file:// or user@host:. " + EXAMPLE,
        )
    if options.offline and not wanted.repository.startswith("file://"):
        raise RemoteError(
            "a remote repository cannot be read offline",
            where=_without_secret(wanted.repository),
            hint="Clone it while there is a network, and name the clone.",
        )
    shown = _without_secret(wanted.repository)
    options.progress.note(f"fetching {shown}")
    return fetch_remote(wanted.repository, wanted.revision, scratch, options.limits, shown=shown)


def _write(repository: GitRepository, commit: str, wanted: GitTarget, root: Path, options: LoadOptions) -> None:
    """Write the files that a scanner may want below `root`, each at its path in the repository."""
    prefix = f"{wanted.path}/"
    chosen: list[TreeEntry] = []
    seen: list[str] = []
    passed_over: list[str] = []
    for entry in repository.entries(commit):
        inside = not wanted.path or entry.path == wanted.path or entry.path.startswith(prefix)
        if len(seen) < options.limits.members:
            seen.append(entry.path)
        if not (entry.path.endswith(WANTED) if inside else entry.path.endswith(".proto")) and entry.path != wanted.path:
            if inside and entry.kind == "submodule":
                passed_over.append(f"{entry.path} (submodule)")
            continue
        if entry.kind != "file":
            if inside:
                passed_over.append(f"{entry.path} ({entry.kind})")
            continue
        if _is_safe(entry.path):
            chosen.append(entry)
    if passed_over:
        options.progress.note(f"not read at {commit[:12]}: {', '.join(passed_over[:LISTED])}")
    if wanted.path and not any(path == wanted.path or path.startswith(prefix) for path in seen):
        raise _unknown_path(wanted, commit, seen)
    root.mkdir(parents=True)
    (root / wanted.path).parent.mkdir(parents=True, exist_ok=True)
    try:
        for entry, content in repository.contents(chosen):
            file = root / entry.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if not (root / wanted.path).exists():
            (root / wanted.path).mkdir(parents=True)
    except OSError as error:
        raise SourceReadError(
            f"the files of the commit cannot be laid out: {error.strerror}", where=f"git:{wanted.repository}"
        ) from error


def _checkout_name(repository: str) -> str:
    path = Path(repository)
    name = path.resolve().name if path.exists() else re.split(r"[/:]", repository.rstrip("/"))[-1]
    name = name.removesuffix(".git")
    return name if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) else "repository"


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return "\\" not in path and path.isprintable() and not any(part in ("", ".", "..", ".git") for part in parts)


def _unknown_revision(wanted: GitTarget, repository: GitRepository) -> SourceReadError:
    names = tuple(repository.names()) or tuple(remote_names(wanted.repository))
    near = get_close_matches(wanted.revision, names, n=LISTED, cutoff=0.5)
    if near:
        hint = f"Near names: {', '.join(near)}"
    elif names:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        hint = f"Its branches and tags are {', '.join(sorted(names)[:LISTED])}{more}."
    else:
        hint = "It has no commit, branch or tag at all." if wanted.revision == "HEAD" else "Check the revision."
    return SourceReadError(
        f"the revision {wanted.revision} names no commit", where=_without_secret(wanted.repository), hint=hint
    )


def _unknown_path(wanted: GitTarget, commit: str, seen: list[str]) -> SourceReadError:
    folders = {path.rpartition("/")[0] for path in seen} | set(_folders_with_protos(seen))
    near = get_close_matches(wanted.path, sorted(folders - {""}), n=LISTED, cutoff=0.5)
    with_protos = sorted(_folders_with_protos(seen))[:LISTED]
    if near:
        hint = f"Near paths: {', '.join(near)}"
    elif with_protos:
        hint = f".proto files lie in: {', '.join(with_protos)}"
    else:
        hint = "Check the path; it begins at the repository's root."
    return SourceReadError(
        f"the commit {commit[:12]} holds no {wanted.path}", where=_without_secret(wanted.repository), hint=hint
    )


def _folders_with_protos(paths: list[str]) -> Iterator[str]:
    yield from {path.rpartition("/")[0] or "." for path in paths if path.endswith(".proto")}


def _without_secret(repository: str) -> str:
    """A URL without the name and password in it."""
    return URL_SECRET.sub("", repository)


def _located(error: ProtoalignError, paths: _Paths) -> ProtoalignError:
    """The error with the git source in place of the folder that only existed for a moment."""
    error.what, error.where, error.hint = map(paths.retold, (error.what, error.where, error.hint))
    if isinstance(error, CompileError):
        error.diagnostics = tuple(map(paths.retold, error.diagnostics))
    if error.where and not error.where.startswith(paths.shown):
        error.where = f"{paths.shown}: {error.where}"
    return error
