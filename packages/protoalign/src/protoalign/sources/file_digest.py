"""The SHA-256 of a file on disk."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from threading import Thread

__all__ = ["sha256_in_background", "sha256_of_file"]


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of the file's content, in hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sha256_in_background(path: Path) -> Callable[[], str]:
    """Begin to hash a file while other work goes on; hashing does not hold the interpreter's lock.

    Returns:
        A function that waits for the SHA-256 and returns it in hex, or raises the OSError that reading met.
    """
    outcome: list[str | OSError] = []

    def work() -> None:
        try:
            outcome.append(sha256_of_file(path))
        except OSError as error:
            outcome.append(error)

    thread = Thread(target=work, name="sha256", daemon=True)
    thread.start()

    def wait() -> str:
        thread.join()
        result = outcome[0]
        if isinstance(result, OSError):
            raise result
        return result

    return wait
