"""`protoalign check`: the gate for CI, from `protoalign.toml`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_output_options, emit

if TYPE_CHECKING:
    from protoalign.check import CheckReport

__all__ = ["add_parser"]

STEPS = ("compare", "lint", "breaking", "format", "generated")
FORMATS = ("text", "json", "github")

EPILOG = """\
steps:
  compare    the subject against the reference, by fail_on
  lint       buf lint, where there is a buf.yaml
  breaking   buf breaking against [check] breaking_against
  format     buf format, and whether it would change a file
  generated  whether files are what [[check.generated]] writes today

The exit code is 0 where all steps that ran passed, 1 where one failed, and 2
where one could not be completed: a tool is missing, a revision is unknown.

examples:
  protoalign check
  protoalign check --against main --format github
  protoalign check --skip generated --skip breaking
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "check",
        help="run every check of protoalign.toml: the gate for CI",
        description="Run every check that protoalign.toml asks for; one summary, one exit code.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the settings file (default: protoalign.toml here or above)"
    )
    parser.add_argument(
        "--against", metavar="REV", default="", help="the git revision for breaking, or last-release (default: as set)"
    )
    parser.add_argument(
        "--skip", metavar="STEP", action="append", choices=STEPS, default=[], help="leave a step out; may be repeated"
    )
    add_output_options(parser, FORMATS, "text")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.check import CheckOptions, run_checks
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.errors import SettingsError
    from protoalign.settings import SETTINGS_NAME, find_settings, read_settings
    from protoalign.sources import LoadOptions

    path = arguments.config or find_settings(Path())
    if path is None:
        raise SettingsError(
            f"there is no {SETTINGS_NAME} here or above",
            where=str(Path.cwd()),
            hint="Write one with protoalign init, or name one with --config FILE.",
        )
    if arguments.against.startswith("-"):
        raise SettingsError("no git revision begins with a hyphen", where=f"--against {arguments.against}")
    options = CheckOptions(
        against=arguments.against,
        skip=frozenset(arguments.skip),
        load=LoadOptions(offline=arguments.offline, progress=TerminalProgress(quiet=arguments.quiet)),
    )
    report = run_checks(read_settings(path), options)
    emit(_rendered(report, arguments), arguments.output)
    return report.exit_code


def _rendered(report: CheckReport, arguments: argparse.Namespace) -> str:
    if arguments.format == "json":
        from protoalign.reports.check_json import render_check_json

        return render_check_json(report)
    if arguments.format == "github":
        from protoalign.reports.check_github import render_check_github

        return render_check_github(report)
    from protoalign.reports.check_text import render_check_text

    plain = arguments.output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return render_check_text(report, color=not plain and sys.stdout.isatty())
