"""The program `protoalign`: picks the command, runs it, turns errors into exit codes."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from protoalign import __version__
from protoalign.cli import (
    align,
    check,
    compare,
    extract,
    generate,
    history,
    init,
    lock,
    outdated,
    plan,
    prove,
    releases,
    show,
    verify,
)
from protoalign.errors import ProtoalignError

__all__ = ["build_parser", "main", "run"]

DESCRIPTION = """\
The exact protobuf contract of an SDK package: extracted and proved; and any
other SDK's tree compared and aligned with it."""
EPILOG = """\
exit codes:
  0  all is well
  1  findings: something differs from what it should be
  2  bad input, or a run that could not be completed
  3  a bug in protoalign

examples:
  protoalign show pypi:xai-sdk==1.4.0
  protoalign extract pypi:xai-sdk==1.4.0 -o proto
  protoalign lock pypi:xai-sdk==1.4.0
  protoalign init --subject proto --reference pypi:xai-sdk==1.4.0
  protoalign compare
  protoalign plan -o plan.md
  protoalign align --dry-run
  protoalign generate
  protoalign prove
  protoalign check
  protoalign releases pypi:xai-sdk --from 1.4.0
"""


# Each is a module with `add_parser(commands)`, which adds a parser whose default `run` returns an exit code.
COMMANDS = (
    show,
    extract,
    lock,
    verify,
    init,
    compare,
    plan,
    align,
    generate,
    prove,
    check,
    releases,
    outdated,
    history,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole program."""
    parser = argparse.ArgumentParser(
        prog="protoalign",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"protoalign {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words behind the program's name; those of the process by default.

    Returns:
        The exit code, as the help text lists them.
    """
    parsed = build_parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except ProtoalignError as error:
        from protoalign.cli.terminal import print_error

        with suppress(BrokenPipeError):
            print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing is left half-written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has gone, as in `protoalign show … | head`; keep the interpreter from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug of ours, told as such
        return _report_bug(error)
    return code


def run() -> NoReturn:
    """Run the program and leave the process; the entry point of the installed script."""
    # Nearly all objects live until the end, so looking for garbage often is a quarter of the time and finds none.
    gc.set_threshold(100_000, 50, 50)
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # What is left to do is freeing memory, which the operating system does faster.
    os._exit(code)


def _report_bug(error: Exception) -> int:
    if os.environ.get("PROTOALIGN_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else "unknown place"
    print(
        f"error: this is a bug in protoalign: {type(error).__name__}: {error} (at {place})\n"
        "Please report it with the command you ran. PROTOALIGN_TRACEBACK=1 prints the traceback.",
        file=sys.stderr,
    )
    return 3
