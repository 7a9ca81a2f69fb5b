"""`protoalign releases`: a package's releases, what each changed, and whether that breaks clients."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_output_options, emit

if TYPE_CHECKING:
    from protoalign.sources import LoadOptions
    from protoalign.upstream.model import Releases

__all__ = ["add_parser"]

MOST_JOBS = 32

EPILOG = """\
A release breaks clients when a client that was built with the one before fails
against a server of this one: RPCs, fields or values are removed, or something
changes that is on the wire. What only breaks source or JSON is told as such.

Exit 0: all releases were read; 2: bad input, or a release could not be read. A
release that holds no contract is told, and is no failure.

examples:
  protoalign releases pypi:xai-sdk --from 1.0.0
  protoalign releases pypi:xai-sdk --from 1.4.0 --format markdown -o RELEASES.md
  protoalign releases pypi:xai-sdk --changelog 1.4.0..1.21.0
  protoalign releases pypi:xai-sdk --changelog 1.4.0..
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "releases",
        help="show a package's releases, what each changed and whether that breaks clients",
        description="Show a package's releases, what each changed, and whether that breaks clients on the wire.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("package", metavar="pypi:NAME", help="a package of the package index, without version")
    parser.add_argument("--from", dest="first", metavar="VERSION", help="the oldest release to show")
    parser.add_argument("--to", dest="last", metavar="VERSION", help="the newest release to show")
    parser.add_argument("--pre", action="store_true", help="show pre-releases and development releases too")
    parser.add_argument(
        "--changelog",
        metavar="A..B",
        type=_versions,
        help="instead, what changed from release A to release B, in Markdown; the newest if B is left out",
    )
    add_output_options(parser, ("text", "markdown", "json"), "text")
    group = parser.add_argument_group("reading the releases")
    group.add_argument(
        "--with",
        dest="with_sources",
        metavar="SOURCE",
        action="append",
        default=[],
        help="take imports that a release lacks from here; may be repeated",
    )
    group.add_argument(
        "--copy",
        dest="copies",
        metavar="WHERE",
        action="append",
        default=[],
        help="which copies to take where a release holds several; may be repeated",
    )
    group.add_argument(
        "--jobs", metavar="N", type=_jobs, default=4, help="how many downloads may run at a time (default: 4)"
    )
    group.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.sources import LoadOptions
    from protoalign.upstream.releases import ReleaseRange, package_of, read_releases

    progress = TerminalProgress(quiet=arguments.quiet)
    options = LoadOptions(
        with_sources=tuple(arguments.with_sources),
        copies=tuple(arguments.copies),
        comments=False,
        offline=arguments.offline,
        progress=progress,
    )
    package = package_of(arguments.package)
    if arguments.changelog is not None:
        return _changelog(arguments, package, options)
    wanted = ReleaseRange(arguments.first, arguments.last, arguments.pre)
    releases = read_releases(package, wanted, options, jobs=arguments.jobs, steps=progress.steps)
    emit(_rendered(releases, arguments.format), arguments.output)
    return 0 if releases.is_complete else 2


def _changelog(arguments: argparse.Namespace, package: str, options: LoadOptions) -> int:
    from protoalign.errors import InputError
    from protoalign.upstream.releases import change_between

    if arguments.first or arguments.last:
        raise InputError("--changelog names both releases itself", hint="Leave --from and --to out.")
    first, last = arguments.changelog
    older, newer = change_between(package, first, last, options, jobs=arguments.jobs)
    if arguments.format == "json":
        from protoalign.reports.releases_json import render_changelog_json

        text = render_changelog_json(package, older, newer)
    else:
        from protoalign.reports.changelog import render_changelog

        text = render_changelog(package, older, newer)
    emit(text, arguments.output)
    return 0


def _rendered(releases: Releases, output_format: str) -> str:
    if output_format == "json":
        from protoalign.reports.releases_json import render_releases_json

        return render_releases_json(releases)
    if output_format == "markdown":
        from protoalign.reports.releases_markdown import render_releases_markdown

        return render_releases_markdown(releases)
    from protoalign.reports.releases_text import render_releases_text

    return render_releases_text(releases)


def _versions(text: str) -> tuple[str, str]:
    older, dots, newer = text.partition("..")
    if not dots or not older.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form A..B, such as 1.4.0..1.5.0")
    return older.strip(), newer.strip()


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_JOBS}")
    return int(text)
