"""`protoalign plan`: the work that aligns a subject, ordered and estimated."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import (
    SETTINGS_HELP,
    add_comparison_command,
    add_output_options,
    emit,
    load_comparison,
)

if TYPE_CHECKING:
    from protoalign.cli.comparison_options import Loaded
    from protoalign.plan import Plan

__all__ = ["add_parser"]

FORMATS = ("markdown", "json", "text")
MISUSE = "Name the Markdown file once: protoalign plan --update PLAN.md"

EPILOG = f"""\
{SETTINGS_HELP}
The plan lists every change as a box to tick. Nobody ticks them: --update
compares again, ticks what is done, adds what is new and keeps the notes that
you wrote between the comments "notes" and "/notes".

Exit 0: the plan was written; 2: bad input, or a side could not be read in full.
A plan is no gate: protoalign compare is.

examples:
  protoalign plan proto --to pypi:xai-sdk==1.4.0 -o PLAN.md
  protoalign plan --update PLAN.md
  protoalign plan --update PLAN.md --current-version 0.1.5 --date 2026-01-31
  protoalign plan --format json -o plan.json
  protoalign plan --format text
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_comparison_command(
        commands,
        "plan",
        summary="write the work that aligns a subject: ordered, estimated, tickable",
        description="Write the work that aligns a subject with a reference: ordered and estimated.",
        epilog=EPILOG,
    )
    add_output_options(parser, FORMATS, "markdown")
    parser.add_argument(
        "--update",
        metavar="FILE",
        type=Path,
        help="write the plan in FILE anew: tick what is done, keep the notes; FILE is made where it does not exist",
    )
    parser.add_argument(
        "--current-version",
        metavar="VERSION",
        default="",
        help="the SDK's version, to name the one that the work takes",
    )
    parser.add_argument(
        "--date",
        metavar="DATE",
        type=_date,
        help="a date, such as 2026-01-31, to write into the plan, which holds none otherwise",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.update is not None:
        return _update(arguments)
    loaded = load_comparison(arguments)
    emit(_render(_plan(loaded, arguments), arguments.format), arguments.output)
    return _exit_code(loaded)


def _update(arguments: argparse.Namespace) -> int:
    from protoalign.cli.terminal import print_note
    from protoalign.errors import InputError
    from protoalign.output import write_file
    from protoalign.plan import build_plan
    from protoalign.reports.plan_document import NOTHING_KEPT, read_document
    from protoalign.reports.plan_markdown import render_plan_markdown

    path: Path = arguments.update
    if arguments.output is not None:
        raise InputError("--update and -o both name a file to write", hint=MISUSE)
    if arguments.format != "markdown":
        raise InputError(
            f"--update keeps notes and ticks, which a plan in {arguments.format} has none of",
            hint=f"{MISUSE}; write the other format with -o.",
        )
    # Read first: a damaged file is told before minutes go into downloads.
    content = _read(path)
    before, kept = read_document(content, where=str(path)) if content is not None else (None, NOTHING_KEPT)
    loaded = load_comparison(arguments)
    if before is not None and not loaded.comparison.is_complete:
        raise InputError(
            "the comparison is incomplete, so that nobody can tell what is done",
            where=str(path),
            hint="The plan was left as it is. Make the files that were left out readable, then update again.",
        )
    plan = build_plan(
        loaded.diff,
        loaded.comparison,
        loaded.settings,
        before=before,
        current_version=arguments.current_version,
        date=arguments.date or "",
    )
    text = render_plan_markdown(plan, kept).encode()
    if text != content:
        write_file(path, text)
    if not arguments.quiet:
        progress = plan.progress
        print_note(f"{path}: {progress.done:,} of {progress.total:,} actions done")
    return _exit_code(loaded)


def _read(path: Path) -> bytes | None:
    from protoalign.errors import SourceReadError

    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror or error}", where=str(path), hint="Name a plan in Markdown."
        ) from error


def _plan(loaded: Loaded, arguments: argparse.Namespace) -> Plan:
    from protoalign.plan import build_plan

    return build_plan(
        loaded.diff,
        loaded.comparison,
        loaded.settings,
        current_version=arguments.current_version,
        date=arguments.date or "",
    )


def _render(plan: Plan, output_format: str) -> str:
    if output_format == "json":
        from protoalign.reports.plan_json import render_plan_json

        return render_plan_json(plan)
    if output_format == "text":
        from protoalign.reports.plan_text import render_plan_text

        return render_plan_text(plan)
    from protoalign.reports.plan_markdown import render_plan_markdown

    return render_plan_markdown(plan)


def _date(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date of the form 2026-01-31") from error


def _exit_code(loaded: Loaded) -> int:
    return 0 if loaded.comparison.is_complete else 2
