"""`protoalign init`: write a commented protoalign.toml after looking at the tree."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.sources import LoadOptions
    from protoalign.survey import Survey

__all__ = ["add_parser"]

EPILOG = """\
It looks for .proto files (the modules of a buf.yaml, else the largest tree),
the file options they use, git tags that are versions and a buf.gen.yaml. With
--reference it also states which names it takes for renamed ones.

examples:
  protoalign init --reference pypi:xai-sdk
  protoalign init --subject proto --reference pypi:xai-sdk==1.4.0 --force
  protoalign init -o alignment/protoalign.toml
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "init",
        help="write a commented protoalign.toml after looking at the tree",
        description="Write a commented protoalign.toml after looking at the tree.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--subject", metavar="PATH", type=Path, help="the folder of .proto files, or one file (default: looked for)"
    )
    parser.add_argument(
        "--reference", metavar="SOURCE", help="what it is aligned with; pypi:NAME is pinned to the newest version"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("protoalign.toml"),
        help="where to write it (default: protoalign.toml); paths in it are relative to its folder",
    )
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.output import write_file
    from protoalign.settings import SETTINGS_NAME
    from protoalign.sources import LoadOptions
    from protoalign.survey import find_tree, named_tree, settings_text, survey_project

    target: Path = arguments.output
    if target.is_dir():
        target /= SETTINGS_NAME
    if (target.exists() or target.is_symlink()) and not arguments.force:
        raise OutputError(
            "is there already", where=str(target), hint="Overwrite it with --force, or name another -o FILE."
        )
    options = LoadOptions(comments=False, offline=arguments.offline, progress=TerminalProgress(quiet=arguments.quiet))
    folder = target.parent
    tree = named_tree(arguments.subject, folder) if arguments.subject else find_tree(Path(), folder)
    survey, subject = survey_project(tree, folder, options)
    if arguments.reference is not None:
        survey = _with_reference(survey, subject, arguments.reference, folder, options)
    write_file(target, settings_text(survey).encode())
    print("\n".join(_said(survey, target)))
    return 0


def _with_reference(
    survey: Survey, subject: Contract | None, source: str, folder: Path, options: LoadOptions
) -> Survey:
    from protoalign.sources import load
    from protoalign.sources.anchored import moved
    from protoalign.survey import inferred_entries

    if not source.strip():
        raise SettingsError("--reference names nothing", hint="For example: --reference pypi:xai-sdk")
    reference = load(source, options)
    # Of a package, the version that was found; of anything else, what the user named, seen from the new file's folder.
    pinned = reference.provenance.source if reference.provenance.kind == "pypi" else moved(source, Path(), folder)
    entries = inferred_entries(subject, reference) if subject is not None else ()
    return replace(survey, reference=pinned, entries=entries)


def _said(survey: Survey, target: Path) -> Iterator[str]:
    yield f"wrote {target}"
    files = f"{survey.tree.files:,} .proto {'file' if survey.tree.files == 1 else 'files'}"
    yield f"  subject    {survey.tree.source}: {files}" + (" (does not compile as it is)" if survey.unreadable else "")
    yield f"  reference  {survey.reference or 'not named: fill in [reference]'}"
    if survey.entries:
        number = len(survey.entries)
        yield f"  inferred   {number:,} {'name that differs' if number == 1 else 'names that differ'}, see [map]"
    if survey.reference:
        yield "next: protoalign compare"
    else:
        yield f"next: protoalign compare --to pypi:NAME==VERSION, or fill in {target}"
