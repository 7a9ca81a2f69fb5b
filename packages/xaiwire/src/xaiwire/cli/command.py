"""The command as a whole: what it is told, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from xaiwire.cli import auth, chat, collections, embed, files, image, models, tokenize
from xaiwire.cli.arguments import Parser, ShowVersion, refuse_keys
from xaiwire.cli.failures import describe
from xaiwire.cli.output import lenient, note

__all__ = ["main"]

EXAMPLES = """\
examples:
  xaiwire chat "Why is the sky blue?"
  git diff | xaiwire chat "Write a commit message for this change"
  xaiwire models
  xaiwire files upload report.pdf

The API key is read from XAI_API_KEY, that for collections from XAI_MANAGEMENT_KEY.
Exit status: 0 done, 1 a call failed, 2 bad input or configuration, 130 Ctrl-C.
This is an unofficial client.
"""
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments; those of the process by default.

    Returns:
        The exit status: 0; 1 where a call failed; 2 for bad input or configuration; 130 after Ctrl-C.
    """
    given = sys.argv[1:] if argv is None else argv
    lenient(sys.stdout)
    lenient(sys.stderr)
    try:
        status = _run(given)
        # What is still in the buffer may fail as well, and not only when the interpreter ends.
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough, such as `head`. Nothing is left to be said, at the end of the interpreter either.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("XAIWIRE_TRACEBACK"):
            raise
        status, line = describe(error)
        note(line)
    return status


def _run(argv: Sequence[str]) -> int:
    parser = _parser()
    try:
        refuse_keys(parser, argv)
        args = parser.parse_args(argv)
        status: int = args.run(args)
    except SystemExit as end:  # argparse leaves so, after --help as after an error
        sys.stdout.flush()
        return end.code if isinstance(end.code, int) else 0
    return status


def _parser() -> Parser:
    parser = Parser(prog="xaiwire", description="The xAI API on the command line.", epilog=EXAMPLES)
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (chat, models, embed, tokenize, files, collections, image, auth):
        module.add_to(commands)
    return parser
