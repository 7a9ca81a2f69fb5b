"""`protoalign compare`: what differs between two contracts, and what that breaks."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import (
    SETTINGS_HELP,
    add_comparison_command,
    add_fail_on_option,
    add_output_options,
    comparison_exit_code,
    emit,
    load_comparison,
)
from protoalign.reports.registry import FORMATS

if TYPE_CHECKING:
    from protoalign.cli.comparison_options import Loaded
    from protoalign.reports import RenderOptions, SideBySide
    from protoalign.settings import FailOn

__all__ = ["add_parser"]

MIN_WIDTH = 60
MAX_WIDTH = 100

EPILOG = f"""\
{SETTINGS_HELP}
Exit 0: no finding is as bad as --fail-on; 1: there are some; 2: bad input, or a
side could not be read in full.

examples:
  protoalign compare proto --to pypi:xai-sdk==1.4.0
  protoalign compare git:.#v1.2.0:proto --to proto --format markdown
  protoalign compare proto --to sdk.whl --map acme.v1=acme_api
  protoalign compare --format html -o report.html
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_comparison_command(
        commands,
        "compare",
        summary="say what differs from a reference, and what that breaks",
        description="Say exactly what differs between a subject and a reference, and what that breaks.",
        epilog=EPILOG,
    )
    add_output_options(parser, tuple(FORMATS), "text")
    parser.add_argument(
        "--limit", metavar="N", type=_count, help="text and markdown: show the N worst findings only (default: all)"
    )
    add_fail_on_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.reports import render_comparison

    loaded = load_comparison(arguments, digests=FORMATS[arguments.format].shows_digests)
    fail_on = arguments.fail_on or loaded.settings.fail_on
    emit(
        render_comparison(arguments.format, loaded.comparison, _render_options(arguments, loaded, fail_on)),
        arguments.output,
    )
    return comparison_exit_code(loaded, fail_on)


def _render_options(arguments: argparse.Namespace, loaded: Loaded, fail_on: FailOn) -> RenderOptions:
    from protoalign.reports import RenderOptions

    to_terminal = arguments.output is None and sys.stdout.isatty()
    return RenderOptions(
        color=to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        width=max(MIN_WIDTH, shutil.get_terminal_size((MAX_WIDTH, 24)).columns) if to_terminal else MAX_WIDTH,
        limit=arguments.limit,
        base=_base(loaded),
        texts=lambda: _texts(loaded),
        fail_on=fail_on,
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _base(loaded: Loaded) -> str:
    """The subject's folder as the current folder sees it: CI runs in the root of the repository."""
    path = loaded.subject_path
    if path is None:
        return ""
    folder = path if path.is_dir() else path.parent
    relative = os.path.relpath(folder)
    return "" if relative == "." or relative.startswith("..") else Path(relative).as_posix()


def _texts(loaded: Loaded) -> SideBySide:
    """Both contracts as the printer prints them; without comments, which no comparison looks at."""
    from protoalign.printer import PrintOptions, print_contract
    from protoalign.reports import SideBySide

    diff = loaded.diff
    plain = PrintOptions(comments=False)
    subject, reference = (print_contract(contract, plain) for contract in (diff.subject, diff.reference))
    return SideBySide(
        {
            result.file: (
                subject.get(result.subject_file or "", ""),
                reference.get(result.file, ""),
            )
            for result in loaded.comparison.files
        }
    )
