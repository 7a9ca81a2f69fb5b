"""Environments with one package installed in them, kept in the cache: made once, then used without network."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from protoalign.errors import OutputError, PackageIndexError
from protoalign.prove.processes import Ended, Processes, plain_environment
from protoalign.prove.raw_report import one_line
from protoalign.sources.file_digest import sha256_of_file
from protoalign.sources.index_settings import IndexSettings, read_index_settings
from protoalign.sources.package_cache import cache_root

if TYPE_CHECKING:
    from protoalign.sources.progress import Progress

__all__ = ["Package", "package_environment"]

INSTALL_SECONDS = 900.0
LOCK_SECONDS = 1200
NETWORK_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
                     "REQUESTS_CA_BUNDLE")  # fmt: skip
NETWORK_PREFIXES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
SAID_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An archive of a package.

    Attributes:
        archive: the wheel; its file name is the one that it was published under.
        sha256: the SHA-256 that its content must have, in hex.
        label: what to call it, such as `xai-sdk 1.4.0`.
    """

    archive: Path
    sha256: str
    label: str


def package_environment(processes: Processes, package: Package, *, offline: bool, progress: Progress) -> Path:
    """The interpreter of an environment in which a package is installed, with what it depends on.

    An environment is known by the archive's SHA-256 and by this Python; it is built under another name and takes its
    own when it is complete. Only wheels are installed: nothing of a package runs while it is.

    Args:
        processes: starts what builds it.
        package: the package.
        offline: never use the network; an environment that is there serves.
        progress: is told that one is built.

    Returns:
        The interpreter's path.

    Raises:
        PackageIndexError: there is none and it cannot be built: the network may not be used or does not answer, a
            dependency has no wheel for this Python, or the archive is not what its hash says.
        OutputError: the cache cannot be written.
    """
    root = cache_root() / "environments"
    folder = root / f"{package.sha256}-{sys.implementation.cache_tag}-{platform.python_version()}"
    if (python := _interpreter(folder)).exists():
        return python
    settings = read_index_settings(os.environ, Path.cwd())
    if offline or settings.offline:
        raise PackageIndexError(
            f"there is no environment with {package.label} yet, and the network may not be used",
            hint="Run it once without --offline and UV_OFFLINE.",
        )
    with _locked(root, folder.name):
        # Another process may have built it meanwhile.
        if python.exists():
            return python
        if sha256_of_file(package.archive) != package.sha256:
            raise PackageIndexError(
                f"the archive of {package.label} is not the one that the contract was read from",
                where=str(package.archive),
                hint="It was replaced since. Find out why before you go on.",
            )
        progress.note(f"installing {package.label} in an environment of its own, kept for later")
        shutil.rmtree(folder, ignore_errors=True)
        with _scratch(root) as scratch:
            _build(processes, scratch / "environment", package, settings)
            try:
                (scratch / "environment").rename(folder)
            except OSError as error:
                raise _unwritable(root, error) from error
    return python


def _build(processes: Processes, folder: Path, package: Package, settings: IndexSettings) -> None:
    environment = plain_environment(*NETWORK_VARIABLES, prefixes=NETWORK_PREFIXES) | _pip_variables(settings)
    made = processes.run(
        [sys.executable, "-I", "-m", "venv", folder],
        cwd=folder.parent,
        environment=environment,
        seconds=INSTALL_SECONDS,
    )
    _raise_unless_done(
        made, f"an environment for {package.label} cannot be made", "Install what Python's venv needs, ensurepip."
    )
    command = ["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--only-binary=:all:"]
    installed = processes.run(
        [_interpreter(folder), *command, package.archive],
        cwd=folder.parent,
        environment=environment,
        seconds=INSTALL_SECONDS,
    )
    _raise_unless_done(
        installed,
        f"{package.label} cannot be installed for Python {platform.python_version()}",
        "The index may not answer, or something that it needs has no wheel for this Python and system.",
    )


def _raise_unless_done(ended: Ended, what: str, hint: str) -> None:
    if ended.code == 0 and not ended.timed_out and not ended.stopped:
        return
    # pip tells the cause in lines that begin so, and other things behind it.
    errors = [line.strip() for line in ended.said.splitlines() if line.lstrip().upper().startswith("ERROR")]
    said = errors[:SAID_LINES] or ended.last_lines(SAID_LINES)
    reason = ended.failure("it", INSTALL_SECONDS) if ended.timed_out or not said else " ".join(said)
    raise PackageIndexError(f"{what}: {one_line(reason)}", hint=hint)


def _pip_variables(settings: IndexSettings) -> dict[str, str]:
    """What makes pip ask where protoalign asks; not as arguments, which other users of the machine could read."""
    variables: dict[str, str] = {}
    urls = [_with_credentials(url, settings) if url is not None else None for url in settings.indexes]
    if not urls:
        variables["PIP_NO_INDEX"] = "1"
    else:
        *extra, default = urls
        if default is not None:
            variables["PIP_INDEX_URL"] = default
        if named := [url for url in extra if url is not None]:
            variables["PIP_EXTRA_INDEX_URL"] = " ".join(named)
    if settings.find_links:
        variables["PIP_FIND_LINKS"] = " ".join(_with_credentials(place, settings) for place in settings.find_links)
    if settings.trusted_hosts:
        variables["PIP_TRUSTED_HOST"] = " ".join(settings.trusted_hosts)
    if settings.certificates:
        variables["PIP_CERT"] = settings.certificates
    if settings.proxy:
        variables["PIP_PROXY"] = settings.proxy
    return variables


def _with_credentials(url: str, settings: IndexSettings) -> str:
    parts = urlsplit(url)
    login = settings.credentials.get(parts.netloc)
    if login is None:
        return url
    user, password = (quote(each, safe="") for each in login)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    except OSError as error:
        raise _unwritable(root, error) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _locked(root: Path, name: str) -> Iterator[None]:
    """Keep other processes from building the same environment at the same time."""
    from filelock import FileLock, Timeout

    locks = root.parent / "locks"
    lock = FileLock(locks / f"environment-{name}.lock", timeout=LOCK_SECONDS)
    try:
        root.mkdir(parents=True, exist_ok=True)
        locks.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        if isinstance(error, Timeout):
            raise OutputError(
                f"another process has been building an environment for {LOCK_SECONDS} s",
                where=str(locks),
                hint="End it, or remove the lock file.",
            ) from error
        raise _unwritable(root, error) from error
    try:
        yield
    finally:
        lock.release()


def _unwritable(root: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(
        f"the cache cannot be written: {reason}",
        where=str(root),
        hint="Set PROTOALIGN_CACHE_DIR to a folder that you may write to.",
    )
