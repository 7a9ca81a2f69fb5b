"""`protoalign outdated`: whether the reference has newer releases, and what aligning with them would take."""

from __future__ import annotations

import argparse
from pathlib import Path

from protoalign.cli.comparison_options import add_output_options, emit

__all__ = ["add_parser"]

EPILOG = """\
The reference in protoalign.toml has to be pinned to a version:

  [reference]
  source = "pypi:xai-sdk==1.4.0"

Exit 0: it is the newest release; 1: there are newer ones; 2: bad input, or the
releases could not be looked up. Made for a scheduled job.

examples:
  protoalign outdated
  protoalign outdated --config sdk/protoalign.toml --format json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "outdated",
        help="say whether the reference has newer releases",
        description="Say whether the reference has newer releases, and what aligning with the newest would take.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="the settings file (default: protoalign.toml)")
    add_output_options(parser, ("text", "json"), "text")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    # What the other commands that read the settings have as flags.
    parser.set_defaults(run=_run, mapping=(), with_sources=(), copies=())


def _run(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from protoalign.cli.comparison_options import options_of, settings_of, side_of
    from protoalign.errors import SettingsError
    from protoalign.sources import load
    from protoalign.upstream.outdated import look_ahead, read_pin

    settings = settings_of(arguments)
    if settings.path is None or settings.reference is None:
        raise SettingsError(
            "no reference is configured" if settings.path is not None else "there is no protoalign.toml here or above",
            where=str(settings.path or Path.cwd()),
            hint="Write one with protoalign init, or name one with --config FILE.",
        )
    reference = side_of(None, settings.reference, settings, "reference")
    pin = read_pin(reference.source)
    subject = None
    if settings.subject is not None:
        side = side_of(None, settings.subject, settings, "subject")
        subject = load(side.source, replace(options_of(side, arguments), comments=False))
    outlook = look_ahead(pin, options_of(reference, arguments), subject=subject, settings=settings)
    if arguments.format == "json":
        from protoalign.reports.releases_json import render_outdated_json

        text = render_outdated_json(outlook)
    else:
        from protoalign.reports.outdated_text import render_outdated_text

        text = render_outdated_text(outlook)
    emit(text, arguments.output)
    return 1 if outlook.newer else 0
