"""`protoalign history`: how aligned a subject was at each of its git commits."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_comparison_command, add_output_options, emit

if TYPE_CHECKING:
    from protoalign.upstream.model import History

__all__ = ["add_parser"]

EPILOG = """\
SUBJECT is a folder of .proto files in a git repository, or git:REPO#REV:PATH;
REFERENCE is any source. Both may come from protoalign.toml. Only committed
files count, and no checkout is touched. A commit whose files do not compile is
shown as such and has no score.

Exit 0: the history was read; 2: bad input, or the clone is shallow, so that
earlier commits are missing.

examples:
  protoalign history
  protoalign history proto --to pypi:xai-sdk==1.4.0 --since v1.0.0
  protoalign history --format svg -o alignment.svg
  protoalign history --finding 3f2a9c0d41b7e685
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_comparison_command(
        commands,
        "history",
        summary="show how aligned a tree was at each of its git commits",
        description="Show how aligned a tree was at each of its git commits, and when a finding came and went.",
        epilog=EPILOG,
    )
    parser.add_argument("--since", metavar="REV", help="leave out the commits that this git revision holds")
    parser.add_argument(
        "--limit", metavar="N", type=_limit, default=200, help="look at the newest N commits only (default: 200)"
    )
    parser.add_argument(
        "--finding",
        metavar="FINGERPRINT",
        help="also say in which commit this finding first appears and in which it is gone; its first digits will do",
    )
    add_output_options(parser, ("text", "markdown", "json", "svg"), "text")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.cli.comparison_options import options_of, settings_of, side_of
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.errors import InputError
    from protoalign.sources import load
    from protoalign.sources.git_history import find_subject
    from protoalign.upstream.history import read_history

    if arguments.finding is not None and arguments.format == "svg":
        raise InputError("--finding cannot be shown in a plot", hint="Take another --format.")
    settings = settings_of(arguments)
    side = side_of(arguments.subject, settings.subject, settings, "subject")
    reference_side = side_of(arguments.reference, settings.reference, settings, "reference")
    options = options_of(side, arguments)
    subject = find_subject(side.source, options.limits)
    reference = load(reference_side.source, options_of(reference_side, arguments, copies=arguments.copies))
    steps = TerminalProgress(quiet=arguments.quiet).steps
    history = read_history(
        subject, reference, settings, options, since=arguments.since, limit=arguments.limit, steps=steps
    )
    emit(_rendered(history, arguments), arguments.output)
    return 2 if history.earlier == "shallow clone" else 0


def _rendered(history: History, arguments: argparse.Namespace) -> str:
    if arguments.format == "svg":
        from protoalign.reports.history_svg import render_history_svg

        return render_history_svg(history)
    from protoalign.reports.history_text import render_history_json, render_history_markdown, render_history_text

    render = {"text": render_history_text, "markdown": render_history_markdown, "json": render_history_json}
    if arguments.finding is None:
        return render[arguments.format](history)
    from protoalign.upstream.history import appearances, find_fingerprint

    finding = find_fingerprint(history, arguments.finding)
    return render[arguments.format](history, finding, appearances(history, finding.fingerprint))


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of commits")
    return int(text)
