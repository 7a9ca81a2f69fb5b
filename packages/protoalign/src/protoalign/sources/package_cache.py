"""The cache of downloaded packages: archives by their SHA-256, and which archive a release was taken from.

    ROOT/releases/NAME/VERSION.json     what was fetched of the release
    ROOT/archives/SHA256/FILENAME       the archive itself

An archive is hashed again each time it is used; one that was damaged since is as good as absent. Nothing here reads the
network or imports anything heavy: what is cached must be at hand at once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from protoalign.errors import OutputError
from protoalign.sources.file_digest import sha256_of_file

__all__ = ["FetchedArchive", "PackageCache", "cache_root"]

FORMAT = 1
LOCK_SECONDS = 600
HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
HINT = "Set PROTOALIGN_CACHE_DIR to a folder that you may write to."


@dataclass(frozen=True, slots=True)
class FetchedArchive:
    """One archive of a release, on disk.

    Attributes:
        path: where it is.
        name: the package's normalized name.
        version: the release.
        filename: the archive's name on the index.
        sha256: the SHA-256 of its content, in hex.
    """

    path: Path
    name: str
    version: str
    filename: str
    sha256: str


def cache_root() -> Path:
    """The cache's folder: PROTOALIGN_CACHE_DIR, else `protoalign` among the user's caches."""
    chosen = os.environ.get("PROTOALIGN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("protoalign", appauthor=False)


@dataclass(frozen=True, slots=True)
class PackageCache:
    """The cache under one folder.

    Attributes:
        root: the folder; it is made when something is stored.
    """

    root: Path

    def find(self, name: str, version: str, choice: str = "") -> FetchedArchive | None:
        """The archive that was fetched of a release, None where there is none or it is damaged.

        Args:
            name: the normalized name.
            version: the release, as the index spells it.
            choice: which of the release's archives was asked for; empty for the one that is taken by default.
        """
        record = self._read(name, version)
        filename = record.get(choice)
        if filename is None:
            return None
        sha256, _, plain = filename.partition("/")
        if not HEX_SHA256.fullmatch(sha256) or not is_plain_filename(plain):
            return None
        path = self.root / "archives" / sha256 / plain
        try:
            if sha256_of_file(path) != sha256:
                return None
        except OSError:
            return None
        return FetchedArchive(path, name, version, plain, sha256)

    def versions(self, name: str) -> tuple[str, ...]:
        """The releases of a package of which something was fetched, in no order; it may be damaged since."""
        with suppress(OSError):
            return tuple(file.stem for file in (self.root / "releases" / name).glob("*.json"))
        return ()

    def store(self, downloaded: Path, archive: FetchedArchive, choices: tuple[str, ...]) -> FetchedArchive:
        """Move a verified download into the cache and note what it is.

        Args:
            downloaded: the file, inside the cache's root.
            archive: what it is; its path does not count.
            choices: the ways of asking that lead to this archive.

        Raises:
            OutputError: the cache cannot be written.
        """
        path = self.root / "archives" / archive.sha256 / archive.filename
        record = self._read(archive.name, archive.version)
        record.update(dict.fromkeys(choices, f"{archive.sha256}/{archive.filename}"))
        data = {"format": FORMAT, "name": archive.name, "version": archive.version, "archives": record}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            downloaded.replace(path)
            note = self._release(archive.name, archive.version)
            note.parent.mkdir(parents=True, exist_ok=True)
            scratch = self.scratch_file()
            scratch.write_text(json.dumps(data, indent=1), encoding="utf-8")
            scratch.replace(note)
        except OSError as error:
            raise _unwritable(self.root, error) from error
        return FetchedArchive(path, archive.name, archive.version, archive.filename, archive.sha256)

    def scratch_file(self) -> Path:
        """A path in the cache that no other process uses, for a file that is moved into place when complete.

        Raises:
            OutputError: the cache cannot be written.
        """
        folder = self.root / "scratch"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.root, error) from error
        return folder / os.urandom(16).hex()

    @contextmanager
    def locked(self, name: str, version: str) -> Iterator[None]:
        """Keep other threads and processes from fetching the same release at the same time.

        Raises:
            OutputError: the cache cannot be written, or another process holds the release for too long.
        """
        from filelock import FileLock, Timeout

        folder = self.root / "locks"
        lock = FileLock(folder / f"{name}-{version}.lock", timeout=LOCK_SECONDS)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except (OSError, NotImplementedError) as error:
            if isinstance(error, Timeout):
                raise OutputError(
                    f"another process has been fetching {name} {version} for {LOCK_SECONDS} s",
                    where=str(folder),
                    hint="End it, or remove the lock file.",
                ) from error
            raise _unwritable(self.root, error) from error
        try:
            yield
        finally:
            lock.release()

    def _release(self, name: str, version: str) -> Path:
        return self.root / "releases" / name / f"{version}.json"

    def _read(self, name: str, version: str) -> dict[str, str]:
        """Choice to `SHA256/FILENAME`; empty where nothing usable was noted."""
        try:
            data = json.loads(self._release(name, version).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return {}
        archives = data.get("archives")
        if not isinstance(archives, dict):
            return {}
        return {key: value for key, value in archives.items() if isinstance(value, str)}


def is_plain_filename(filename: str) -> bool:
    """Whether the name is one of a file, and no path."""
    return filename.isprintable() and filename not in ("", ".", "..") and not set(filename) & set("/\\:")


def _unwritable(root: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"the cache cannot be written: {reason}", where=str(root), hint=HINT)
