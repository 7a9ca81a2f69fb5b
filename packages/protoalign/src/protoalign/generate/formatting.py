"""The formatters' work on our own plugin's code; what others' plugins write stays as they write it."""

from __future__ import annotations

from pathlib import Path

from protoalign.errors import GenerateError
from protoalign.toolchain import Found, TookTooLongError, run_bounded

__all__ = ["format_python"]

SECONDS = 120.0
LINE_LENGTH = 120
MAX_LINES = 20
# Nothing of the user's configuration takes part, so that the same contract gives the same bytes everywhere.
ALWAYS = ("--isolated", "--no-cache", "--target-version", "py311", "--line-length", str(LINE_LENGTH))


def format_python(ruff: Found, folder: Path, *, first_party: str) -> None:
    """Sort imports and format all Python files below a folder in place.

    Args:
        ruff: the program.
        folder: the folder.
        first_party: the top-level package that the code belongs to, whose imports come last.

    Raises:
        GenerateError: ruff refuses a file: the code is no Python.
    """
    order = ("check", "--select", "I", "--fix", "--config", f'lint.isort.known-first-party = ["{first_party}"]')
    for arguments in (("format",), order, ("format",)):
        try:
            finished = run_bounded([ruff.path, *arguments, *ALWAYS, "."], seconds=SECONDS, folder=folder)
        except TookTooLongError as error:
            raise GenerateError(f"ruff {arguments[0]}: {error}") from error
        if finished.code != 0:
            said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()[:MAX_LINES]
            raise GenerateError(
                "\n".join((f"ruff {arguments[0]} refuses the service wrappers:", *(f"  {line}" for line in said))),
                hint="This is a bug in protoalign: please report it with the contract.",
            )
