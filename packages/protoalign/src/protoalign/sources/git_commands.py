"""The git program as a reader of objects: no checkout, no hooks, no prompts, no protocol that runs programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from protoalign.errors import RemoteError, SourceReadError, ToolMissingError
from protoalign.sources.limits import Limits

__all__ = ["GitRepository", "TreeEntry", "fetch_remote", "last_release", "open_local", "remote_names"]

# A repository's own configuration may name programs (hooks, a file system monitor, transports). None of them is run.
HARMLESS = (
    "-c", f"core.hooksPath={os.devnull}",
    "-c", "core.fsmonitor=false",
    "-c", "core.pager=cat",
    "-c", "protocol.allow=never",
    "-c", "maintenance.auto=false",
    "-c", "gc.auto=0",
)  # fmt: skip
REMOTE_PROTOCOLS = tuple(
    part for name in ("https", "http", "ssh", "git", "file") for part in ("-c", f"protocol.{name}.allow=always")
)
FETCH_SECONDS = 600.0
READ_SECONDS = 120.0
# Where a fetched commit or tag is kept; below refs/heads/ git takes no annotated tag.
WANTED = "refs/wanted/it"
MODES = {"100644": "file", "100755": "file", "100664": "file", "120000": "symbolic link", "160000": "submodule"}


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a commit's tree.

    Attributes:
        path: its path from the root.
        kind: what it is.
        object_id: the blob's id.
        size: the blob's size; 0 for submodules.
    """

    path: str
    kind: Literal["file", "symbolic link", "submodule"]
    object_id: str
    size: int


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A repository whose objects can be read.

    Attributes:
        path: its folder.
        limits: bounds on what is read.
    """

    path: Path
    limits: Limits

    def resolve(self, revision: str) -> str | None:
        """The full id of the commit that a revision names; None where it names none."""
        completed = _run(
            ["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"], cwd=self.path, seconds=READ_SECONDS
        )
        found = completed.stdout.decode("ascii", "replace").strip()
        return found if completed.returncode == 0 and found else None

    def names(self) -> tuple[str, ...]:
        """The names of its branches and tags."""
        completed = _run(["for-each-ref", "--format=%(refname)"], cwd=self.path, seconds=READ_SECONDS)
        return _short_names(completed.stdout.decode("utf-8", "replace").split())

    def tags(self) -> tuple[str, ...]:
        """The names of its tags."""
        arguments = ["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]
        completed = _run(arguments, cwd=self.path, seconds=READ_SECONDS)
        return tuple(completed.stdout.decode("utf-8", "replace").split())

    def prefix(self) -> str:
        """Where `path` lies in its work tree, `/` between folders; empty at the top."""
        completed = _run(["rev-parse", "--show-prefix"], cwd=self.path, seconds=READ_SECONDS)
        return completed.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").strip("/")

    def work_files(self) -> tuple[str, ...]:
        """The files at and below `path` that are tracked, or are not and are not ignored either, relative to it.

        Raises:
            SourceReadError: git cannot list them.
        """
        arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        completed = _run(arguments, cwd=self.path, seconds=READ_SECONDS)
        if completed.returncode != 0:
            raise SourceReadError(f"git cannot list its files: {_message(completed.stderr)}", where=str(self.path))
        listed = completed.stdout.decode("utf-8", "surrogateescape").split("\0")
        return tuple(dict.fromkeys(name for name in listed if name))

    def read(self, *arguments: str) -> str:
        """What a git command that only reads prints.

        Raises:
            SourceReadError: git refuses; its own words are told.
        """
        completed = _run([*arguments], cwd=self.path, seconds=READ_SECONDS)
        if completed.returncode != 0:
            raise SourceReadError(
                f"git {arguments[0]} fails: {_message(completed.stderr)}",
                where=str(self.path),
                hint="The repository may be damaged or a partial clone; git fsck tells.",
            )
        return completed.stdout.decode("utf-8", "surrogateescape")

    def entries(self, commit: str) -> Iterator[TreeEntry]:
        """Every file, symbolic link and submodule of a commit.

        Raises:
            SourceReadError: git cannot read the tree.
        """
        completed = _run(["ls-tree", "-r", "-z", "-l", "--full-tree", commit], cwd=self.path, seconds=READ_SECONDS)
        if completed.returncode != 0:
            raise SourceReadError(
                f"git cannot list the commit {commit[:12]}: {_message(completed.stderr)}",
                where=str(self.path),
                hint="The repository may be damaged or a partial clone; git fsck tells.",
            )
        for line in completed.stdout.split(b"\0"):
            head, tab, path = line.partition(b"\t")
            fields = head.decode("ascii", "replace").split()
            kind = MODES.get(fields[0]) if len(fields) == 4 else None
            if tab and kind is not None:
                size = int(fields[3]) if fields[3].isdigit() else 0
                yield TreeEntry(path.decode("utf-8", "surrogateescape"), kind, fields[2], size)  # type: ignore[arg-type]

    def contents(self, entries: Sequence[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        """The entries with their contents.

        Raises:
            SourceReadError: they are too many or too large, or git cannot read one.
        """
        self._check_sizes(entries)
        if not entries:
            return
        with tempfile.TemporaryFile() as request:
            # The ids go through a file: a pipe that is written and read by one thread can stall.
            request.write("".join(f"{entry.object_id}\n" for entry in entries).encode("ascii"))
            request.seek(0)
            with subprocess.Popen(
                [_git(), *HARMLESS, "cat-file", "--batch"],
                cwd=self.path,
                stdin=request,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            ) as process:
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                watchdog = threading.Timer(READ_SECONDS, process.kill)
                watchdog.start()
                try:
                    for entry in entries:
                        yield entry, self._blob(process.stdout, entry)
                finally:
                    watchdog.cancel()
                    process.kill()

    def _check_sizes(self, entries: Sequence[TreeEntry]) -> None:
        where = str(self.path)
        limits = self.limits
        if len(entries) > limits.members:
            raise SourceReadError(f"the commit holds more than {limits.members:,} files to read", where=where)
        for entry in entries:
            if entry.size > limits.member_size:
                raise SourceReadError(
                    f"{entry.path} is larger than {limits.member_size >> 20} MiB",
                    where=where,
                    hint="Name a folder beside it.",
                )
        if sum(entry.size for entry in entries) > limits.total_size:
            raise SourceReadError(
                f"the files to read are larger than {limits.total_size >> 20} MiB",
                where=where,
                hint="Name a folder in it.",
            )

    def _blob(self, stream: IO[bytes], entry: TreeEntry) -> bytes:
        header = stream.readline().split()
        if len(header) == 3 and header[1] == b"blob" and int(header[2]) == entry.size:
            content = stream.read(entry.size)
            if len(content) == entry.size and stream.read(1) == b"\n":
                return content
        raise SourceReadError(
            f"git cannot read {entry.path}",
            where=str(self.path),
            hint="The repository may be damaged or a partial clone; git fsck tells.",
        )


def last_release(tags: Iterable[str]) -> str | None:
    """The newest of the tags that are versions, such as `v1.2.0`; a pre-release only where there is nothing else."""
    from packaging.version import InvalidVersion, Version

    found: list[tuple[bool, Version, str]] = []
    for tag in tags:
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        found.append((not version.is_prerelease, version, tag))
    return max(found)[2] if found else None


def open_local(path: Path, limits: Limits) -> GitRepository:
    """The repository that a folder is, or lies in.

    Raises:
        SourceReadError: there is none, or git refuses it.
        ToolMissingError: git is not installed.
    """
    if not path.is_dir():
        raise SourceReadError("is no folder", where=str(path), hint="Name the folder of a git repository.")
    completed = _run(["rev-parse", "--git-dir"], cwd=path, seconds=READ_SECONDS)
    if completed.returncode != 0:
        reason = _message(completed.stderr)
        raise SourceReadError(
            "is no git repository" if "not a git repository" in reason else f"git refuses it: {reason}",
            where=str(path),
            hint="Name the folder of a git repository, or name the folder itself without git:.",
        )
    return GitRepository(path, limits)


def fetch_remote(url: str, revision: str, scratch: Path, limits: Limits, *, shown: str) -> GitRepository:
    """Fetch a remote repository into a bare one: only the revision where the remote allows that, else all of it.

    Args:
        url: the remote's URL.
        revision: the revision that is wanted.
        scratch: the folder to put the bare repository into; it does not exist yet.
        limits: bounds; a transfer that stands still for `download_seconds` is given up.
        shown: the URL as it may be shown.

    Raises:
        RemoteError: the remote does not answer, or has no such repository.
        ToolMissingError: git is not installed.
    """
    scratch.mkdir(parents=True)
    started = _run(["init", "--quiet", "--bare", "--template=", "."], cwd=scratch, seconds=READ_SECONDS)
    if started.returncode != 0:
        raise RemoteError(f"git cannot make a repository: {_message(started.stderr)}", where=shown)
    repository = GitRepository(scratch, limits)
    stall = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={max(1, int(limits.download_seconds))}")
    fetch = [
        *REMOTE_PROTOCOLS,
        *stall,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
    ]
    if not set(revision) & set("^~:?*[\\@{} ") or revision == "HEAD":
        shallow = _run([*fetch, "--depth=1", "--end-of-options", url, f"+{revision}:{WANTED}"], cwd=scratch)
        if shallow.returncode == 0:
            # The name that the user gave has to resolve here too.
            target = "HEAD" if revision == "HEAD" else f"refs/tags/{revision}"
            if not _is_commit_id(revision):
                _run(["update-ref", "--no-deref", target, WANTED], cwd=scratch, seconds=READ_SECONDS)
            return repository
    everything = (f"+HEAD:{WANTED}", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    whole = _run([*fetch, "--end-of-options", url, *everything], cwd=scratch)
    if whole.returncode != 0:
        raise RemoteError(
            f"git cannot fetch it: {_message(whole.stderr).replace(url, shown)}",
            where=shown,
            hint="Check the URL, the network and that you may read the repository; nothing is asked for interactively.",
        )
    _run(["update-ref", "--no-deref", "HEAD", WANTED], cwd=scratch, seconds=READ_SECONDS)
    return repository


def remote_names(url: str) -> tuple[str, ...]:
    """The names of a remote's branches and tags; none where it does not answer."""
    completed = _run(
        [*REMOTE_PROTOCOLS, "ls-remote", "--quiet", "--heads", "--tags", "--refs", "--end-of-options", url],
        cwd=Path(tempfile.gettempdir()),
    )
    return _short_names(completed.stdout.decode("utf-8", "replace").split()[1::2])


def _is_commit_id(revision: str) -> bool:
    return len(revision) in (40, 64) and all(character in "0123456789abcdef" for character in revision)


def _short_names(references: Iterable[str]) -> tuple[str, ...]:
    kept = (
        name.split("/", 2)[2] for name in references if name.startswith(("refs/heads/", "refs/tags/", "refs/remotes/"))
    )
    return tuple(dict.fromkeys(kept))


def _run(arguments: list[str], *, cwd: Path, seconds: float = FETCH_SECONDS) -> subprocess.CompletedProcess[bytes]:
    command = [_git(), *HARMLESS, *arguments]
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, b"", f"no answer within {seconds:g} s".encode())


def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise ToolMissingError("the program git is not installed", hint="Install git, or name a folder instead.")
    return found


def _environment() -> dict[str, str]:
    # Variables that point git at another repository, or make it run something, are those of a surrounding git command.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_")
        or name in ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL", "GIT_SSH_COMMAND", "GIT_ASKPASS")
    }
    kept.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _message(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines or ["it does not say why"])[0]
