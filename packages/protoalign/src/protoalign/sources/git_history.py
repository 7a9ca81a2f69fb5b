"""The commits of a local repository that touch the .proto files of a folder; nothing is checked out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protoalign.errors import SourceReadError, UnknownSourceError
from protoalign.sources.git import parse_target
from protoalign.sources.git_commands import GitRepository, open_local
from protoalign.sources.limits import Limits

__all__ = ["Commit", "CommitLog", "HistorySubject", "commits_of", "content_key", "find_subject"]

PREFIXES = ("proto:", "python:", "go:", "image:")
EXAMPLE = "Name a folder of a git repository, or git:REPO#REV:PATH."
COMPILER_FILES = ("buf.yaml", "buf.work.yaml", "buf.lock")


@dataclass(frozen=True, slots=True)
class HistorySubject:
    """A folder or file of a local repository.

    Attributes:
        repository: the repository, at its top.
        path: the folder or file in it, `/` between folders; empty for the top.
        revision: where its history ends.
    """

    repository: GitRepository
    path: str
    revision: str = "HEAD"

    def source_at(self, commit: str) -> str:
        """The source string that names it at a commit."""
        return f"git:{self.repository.path}#{commit}" + (f":{self.path}" if self.path else "")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit.

    Attributes:
        id: its full id.
        date: when it was committed, ISO 8601.
        summary: the first line of its message.
    """

    id: str
    date: str
    summary: str


@dataclass(frozen=True, slots=True)
class CommitLog:
    """Commits on the way of first parents.

    Attributes:
        commits: oldest first.
        earlier: why there may be earlier ones that are not listed: `limit`, `since` or `shallow clone`; empty where the
            first one listed is the first there is.
    """

    commits: tuple[Commit, ...]
    earlier: str


def find_subject(source: str, limits: Limits) -> HistorySubject:
    """Find the repository that a source lies in.

    Args:
        source: a path, with or without the kind in front, or `git:REPO#REV:PATH` with a local REPO.
        limits: bounds on what is read.

    Raises:
        UnknownSourceError: a source of a kind that has no commits.
        SourceReadError: there is no such folder, or it is in no git repository.
        ToolMissingError: git is not installed.
    """
    if source.startswith("git:"):
        target = parse_target(source.removeprefix("git:"))
        if not Path(target.repository).is_dir():
            raise SourceReadError(
                f"{target.repository} is no local repository",
                where=source,
                hint="Name a folder. Clone a remote repository, with all its commits, and name the clone.",
            )
        return HistorySubject(_top(Path(target.repository), limits)[0], target.path, target.revision)
    prefix = next((prefix for prefix in PREFIXES if source.startswith(prefix)), "")
    path = Path(source.removeprefix(prefix))
    if not path.exists():
        if not prefix and ":" in source:
            raise UnknownSourceError("a source of this kind has no commits", where=source, hint=EXAMPLE)
        raise SourceReadError("is neither a file nor a folder", where=str(path), hint=EXAMPLE)
    repository, inside = _top(path if path.is_dir() else path.parent, limits)
    return HistorySubject(repository, inside if path.is_dir() else f"{inside}/{path.name}".lstrip("/"))


def commits_of(subject: HistorySubject, *, since: str | None = None, limit: int = 200) -> CommitLog:
    """The commits that touch the subject's .proto files, by first parents.

    Args:
        subject: whose files.
        since: list only commits that this revision does not hold.
        limit: list no more than this many, the newest.

    Raises:
        SourceReadError: a revision names no commit, or git cannot read the commits.
    """
    repository = subject.repository
    end = _resolved(repository, subject.revision)
    start = _resolved(repository, since) if since is not None else None
    revisions = [end] if start is None else [end, f"^{start}"]
    pathspecs = _pathspecs(subject.path)
    form = ("-z", "--no-show-signature", "--encoding=UTF-8", "--format=%H%x1f%cI%x1f%s")
    # `-z` ends a record with NUL; the fields are parted by a control character that git keeps out of a summary's way.
    records = repository.read(
        "log", "--first-parent", f"--max-count={limit + 1}", *form, *revisions, "--", *pathspecs
    ).split("\0")
    commits = [Commit(*record.split("\x1f", 2)) for record in records if record.count("\x1f") >= 2]
    earlier = ""
    if len(commits) > limit:
        earlier = "limit"
    elif start is not None and repository.read("rev-list", "-1", "--first-parent", start, "--", *pathspecs):
        earlier = "since"
    elif start is None and repository.read("rev-parse", "--is-shallow-repository").strip() == "true":
        earlier = "shallow clone"
    return CommitLog(tuple(reversed(commits[:limit])), earlier)


def content_key(subject: HistorySubject, commit: str) -> str:
    """What is the same for two commits whose files cannot differ in what the subject reads as."""
    digest = sha256()
    prefix = f"{subject.path}/"
    for entry in subject.repository.entries(commit):
        inside = not subject.path or entry.path == subject.path or entry.path.startswith(prefix)
        # A tree may import .proto files that lie beside it.
        if inside or entry.path.endswith((".proto", *COMPILER_FILES)):
            digest.update(f"{entry.kind} {entry.object_id} {entry.path}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _top(folder: Path, limits: Limits) -> tuple[GitRepository, str]:
    """The repository at its top, and where the folder lies in it."""
    repository = open_local(folder, limits)
    if repository.read("rev-parse", "--is-inside-work-tree").strip() != "true":
        return repository, ""
    top = repository.read("rev-parse", "--show-toplevel").removesuffix("\n")
    return GitRepository(Path(top), limits), repository.prefix()


def _resolved(repository: GitRepository, revision: str) -> str:
    found = None if revision.startswith("-") else repository.resolve(revision)
    if found is None:
        hint = "Its branches and tags are " + ", ".join(sorted(repository.names())[:6]) if repository.names() else ""
        raise SourceReadError(f"the revision {revision} names no commit", where=str(repository.path), hint=hint)
    return found


def _pathspecs(path: str) -> tuple[str, ...]:
    if path.endswith(".proto"):
        return (f":(top,literal){path}",)
    if not path:
        return (":(top,glob)**/*.proto",)
    escaped = "".join(f"\\{character}" if character in "*?[\\" else character for character in path)
    return (f":(top,glob){escaped}/**/*.proto",)
