"""The flags that every command with a SOURCE has, and what they make of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["SOURCES_HELP", "add_format_option", "add_source_command", "exit_code", "load_source"]

SOURCES_HELP = """\
sources:
  pypi:NAME==VERSION  a package of the package index; pypi:NAME for the newest
  PATH                a wheel, sdist, zip or folder with generated Python, a
                      folder of .proto files, a descriptor set or buf image, a
                      folder or module zip with generated Go: seen from what it
                      holds; python:PATH, proto:PATH, image:PATH and go:PATH say
                      which
  git:REPO#REV:PATH   a folder at a git revision
  grpc://HOST:PORT    a live server's reflection; grpcs:// over TLS
  lock:PATH           what a lock file names, refused unless it is the same
"""


def add_source_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    summary: str,
    description: str,
    epilog: str,
) -> argparse.ArgumentParser:
    """Add the parser of a command with a SOURCE, and the flags that say how it is read."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_source_options(parser)
    return parser


def add_format_option(parser: argparse.ArgumentParser) -> None:
    """Add the flag that chooses between text and JSON."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format (default: text)")


def _add_source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="where the contract is; see below")
    group = parser.add_argument_group("reading the source")
    group.add_argument(
        "--with",
        dest="with_sources",
        metavar="SOURCE",
        action="append",
        default=[],
        help="take imports that SOURCE lacks from here; may be repeated",
    )
    group.add_argument(
        "--copy",
        dest="copies",
        metavar="WHERE",
        action="append",
        default=[],
        help="where SOURCE holds different copies of a file, take those in this folder, matching this glob or at this "
        "MODULE:LINE; may be repeated",
    )
    group.add_argument(
        "--partial", action="store_true", help="leave out what cannot be read or lacks imports, say so, and exit 2"
    )
    group.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")


def load_source(arguments: argparse.Namespace, *, comments: bool) -> Contract:
    """Load the contract that the arguments name.

    Args:
        arguments: those of a command that `add_source_command` added, parsed.
        comments: whether comments outside of source info are wanted.
    """
    from protoalign.cli.terminal import TerminalProgress, print_note
    from protoalign.sources import LoadOptions, load

    options = LoadOptions(
        with_sources=tuple(arguments.with_sources),
        copies=tuple(arguments.copies),
        comments=comments,
        partial=arguments.partial,
        offline=arguments.offline,
        progress=TerminalProgress(quiet=arguments.quiet),
    )
    contract = load(arguments.source, options)
    for name, reason in contract.provenance.left_out.items():
        print_note(f"left out: {name} {reason}")
    return contract


def exit_code(contract: Contract, *, findings: bool = False) -> int:
    """The exit code of a run over the contract: an incomplete contract is never green."""
    if contract.provenance.left_out:
        return 2
    return 1 if findings else 0
