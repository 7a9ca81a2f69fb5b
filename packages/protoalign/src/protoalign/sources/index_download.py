"""Downloading one archive: streamed, bounded, retried, and checked against its hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from protoalign.errors import OutputError, PackageIndexError
from protoalign.sources.index_client import CHUNK, IndexClient, shown_url
from protoalign.sources.index_release import Release
from protoalign.sources.scan import LoadOptions

__all__ = ["download"]

# The hashes that an index may give, the strongest first.
ALGORITHMS = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5")


def download(client: IndexClient, release: Release, target: Path, options: LoadOptions) -> str:
    """Download a release's archive to `target`.

    Returns:
        The SHA-256 of what was downloaded, in hex.

    Raises:
        PackageIndexError: it is not there, too large, or not what its hash says; the server does not answer.
        OutputError: the target cannot be written.
    """
    algorithm = next((name for name in ALGORITHMS if name in release.hashes), "sha256")

    def work() -> tuple[str, str]:
        return _download_once(client, release, target, options, algorithm)

    sha256, digest = client.retried(release.url, work)
    expected = release.hashes.get(algorithm, digest)
    if not hmac.compare_digest(expected.encode(), digest.encode()):
        raise PackageIndexError(
            f"the {algorithm} of {release.filename} is {digest}, the index says {expected}",
            where=shown_url(release.url),
            hint="Nothing was kept. Try again; if it stays so, the archive was damaged or replaced on its way.",
        )
    return sha256


def _download_once(
    client: IndexClient, release: Release, target: Path, options: LoadOptions, algorithm: str
) -> tuple[str, str]:
    limit = options.limits.archive_size
    sha256 = hashlib.sha256()
    other = hashlib.new(algorithm, usedforsecurity=False)
    # Compressed transfer would only hide how much is coming.
    with client.open(release.url, {"Accept-Encoding": "identity"}) as response:
        if response.status_code == 404:
            raise PackageIndexError(
                f"{release.filename} is listed and not there",
                where=shown_url(release.url),
                hint="The index is out of date; try again later, or another release.",
            )
        declared = response.headers.get("Content-Length", "")
        total = int(declared) if declared.isascii() and declared.isdigit() else None
        size = 0
        if total is None or total <= limit:
            with options.progress.download(release.filename, total) as advance, _writable(target) as file:
                for chunk in response.iter_bytes(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        break
                    sha256.update(chunk)
                    other.update(chunk)
                    file.write(chunk)
                    advance(len(chunk))
        if size > limit or (total is not None and total > limit):
            raise PackageIndexError(
                f"{release.filename} is larger than {limit / (1 << 20):g} MiB",
                where=shown_url(release.url),
                hint="Name another archive of the release with #wheel or #sdist behind it.",
            )
    return sha256.hexdigest(), other.hexdigest()


@contextmanager
def _writable(target: Path) -> Iterator[BinaryIO]:
    try:
        with target.open("wb") as file:
            yield file
    except OSError as error:
        raise OutputError(
            f"the download cannot be written: {error.strerror}",
            where=str(target.parent),
            hint="Set PROTOALIGN_CACHE_DIR to a folder that you may write to.",
        ) from error
