"""`xaiwire-server`: the commands and what they have in common."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from xaiwire_server import __version__
from xaiwire_server.cli import dev, emulate, gateway, gateway_key
from xaiwire_server.cli.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build_parser", "main", "run"]


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="xaiwire-server", description="Servers of the xAI API on your own machine. Unofficial."
    )
    parser.add_argument("--version", action="version", version=f"xaiwire-server {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (emulate, gateway, gateway_key, dev):
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0 all is well, 2 it cannot be done as asked, 3 a bug.

    Args:
        arguments: what stands behind the program's name; None takes the process's own.
    """
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Failure as failure:
        print(f"xaiwire-server: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def run() -> None:
    """Run the process's own command."""
    sys.exit(main())
