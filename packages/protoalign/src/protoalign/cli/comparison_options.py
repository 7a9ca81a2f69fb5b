"""The flags that every command has which compares, and what they make of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import InputError, MappingError

if TYPE_CHECKING:
    from protoalign.compare import Comparison, StructuralDiff
    from protoalign.contract import Contract
    from protoalign.settings import Settings, SourceSettings
    from protoalign.sources import LoadOptions

__all__ = [
    "SETTINGS_HELP",
    "Loaded",
    "add_comparison_command",
    "add_fail_on_option",
    "add_output_options",
    "comparison_exit_code",
    "emit",
    "load_comparison",
    "options_of",
    "settings_of",
    "side_of",
]

SETTINGS_HELP = """\
SUBJECT and REFERENCE are sources, see protoalign show --help. What is not named
comes from the protoalign.toml in this folder or the nearest one above;
protoalign init writes one.
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Two contracts, compared.

    Attributes:
        settings: what the settings file and the flags say.
        diff: the structural differences, with both contracts and what was matched by what.
        comparison: the judged result.
        subject_path: the folder or file of .proto files on disk that the subject is; None where it is none.
    """

    settings: Settings
    diff: StructuralDiff
    comparison: Comparison
    subject_path: Path | None


def add_comparison_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    summary: str,
    description: str,
    epilog: str,
) -> argparse.ArgumentParser:
    """Add the parser of a command that compares a subject with a reference, and the flags that say how."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", help="what is to be aligned: a tree or any source")
    group = parser.add_argument_group("comparing")
    group.add_argument("--to", dest="reference", metavar="REFERENCE", help="the source that it is held against")
    group.add_argument(
        "--map",
        dest="mapping",
        metavar="OLD=NEW",
        action="append",
        default=[],
        type=_mapping_entry,
        help="the subject's file, package or element OLD is the reference's NEW; nothing behind the = says that OLD "
        "has no counterpart; may be repeated",
    )
    group.add_argument("--config", metavar="FILE", type=Path, help="the settings file (default: protoalign.toml)")
    group.add_argument(
        "--with",
        dest="with_sources",
        metavar="SOURCE",
        action="append",
        default=[],
        help="take imports that either side lacks from here; may be repeated",
    )
    group.add_argument(
        "--copy",
        dest="copies",
        metavar="WHERE",
        action="append",
        default=[],
        help="which copies to take where REFERENCE holds several; may be repeated",
    )
    group.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    return parser


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str], default: str) -> None:
    """Add the flags that choose the format and the file of the result."""
    parser.add_argument("--format", choices=formats, default=default, help=f"output format (default: {default})")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write to FILE rather than standard output")


def add_fail_on_option(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says which findings make the command fail."""
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="exit 1 for findings of this severity or worse (default: warning, which is all that is not cosmetic)",
    )


def emit(text: str, output: Path | None) -> None:
    """Print a result, or write it to a file: all of it or nothing."""
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    from protoalign.output import write_file

    write_file(output, (text if text.endswith("\n") else f"{text}\n").encode())


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings file that `--config` names, or the one found from here upwards; with what the flags add.

    Raises:
        SettingsError: the file cannot be read or says what it may not.
        MappingError: `--map` names one thing twice.
    """
    from protoalign.settings import Settings, find_settings, read_settings

    path = arguments.config or find_settings(Path.cwd())
    settings = read_settings(path) if path is not None else Settings()
    mapping: dict[str, str] = {}
    for old, new in arguments.mapping:
        if mapping.setdefault(old, new) != new:
            raise MappingError(
                f"the mapping contradicts itself: {old} is mapped to {mapping[old]!r} and to {new!r}",
                hint="Keep one of the two --map flags.",
            )
    return replace(settings, mapping={**settings.mapping, **mapping})


def load_comparison(arguments: argparse.Namespace, *, comments: bool = False, digests: bool = True) -> Loaded:
    """Load both sides and compare them.

    Files of the subject that do not compile are left out and told; the result is then incomplete.

    Args:
        arguments: those of a command that `add_comparison_command` added, parsed.
        comments: whether comments outside of source info are wanted.
        digests: whether the digests of both contracts are wanted.

    Raises:
        InputError: a side is named neither by the arguments nor by the settings.
        ProtoalignError: see `protoalign.sources.load` and `protoalign.compare.compare`.
    """
    from protoalign.compare import judge, structural_diff
    from protoalign.sources import load

    settings = settings_of(arguments)
    sides = {
        name: side_of(getattr(arguments, name), getattr(settings, name), settings, name)
        for name in ("subject", "reference")
    }
    options = {
        "subject": replace(options_of(sides["subject"], arguments), partial=True),
        "reference": options_of(sides["reference"], arguments, comments=comments, copies=arguments.copies),
    }
    subject, reference = (load(sides[name].source, options[name]) for name in ("subject", "reference"))
    _tell_left_out(subject)
    diff = structural_diff(subject, reference, settings.mapping)
    return Loaded(settings, diff, judge(diff, settings, digests=digests), _path_on_disk(subject))


def comparison_exit_code(loaded: Loaded, fail_on: str | None = None) -> int:
    """2 where a side could not be read in full, 1 where findings are as bad as settings or `fail_on` say, else 0."""
    if not loaded.comparison.is_complete:
        return 2
    return 1 if loaded.comparison.failing(fail_on or loaded.settings.fail_on) else 0


def side_of(named: str | None, configured: SourceSettings | None, settings: Settings, name: str) -> SourceSettings:
    """One side: what was named, else what the settings file says, with paths as the current folder sees them.

    Args:
        named: the source that the arguments name; None where they name none.
        configured: what the settings file says; None where it says nothing.
        settings: all that it says.
        name: `subject` or `reference`.

    Raises:
        InputError: neither names it.
    """
    from protoalign.settings import SourceSettings
    from protoalign.sources.anchored import anchored

    if named is not None:
        return SourceSettings(source=named)
    if configured is None:
        flag = "SUBJECT" if name == "subject" else "--to REFERENCE"
        found = (
            f"and {settings.path} has no [{name}]" if settings.path is not None else "and there is no protoalign.toml"
        )
        raise InputError(
            f"the {name} is not named, {found}",
            hint=f"Name it with {flag}, for example: protoalign compare proto --to pypi:xai-sdk==1.4.0;"
            " or write the settings with protoalign init.",
        )
    assert settings.path is not None  # noqa: S101 - what is configured comes from a file
    folder = settings.path.parent
    return replace(
        configured,
        source=anchored(configured.source, folder),
        with_sources=tuple(anchored(source, folder) for source in configured.with_sources),
    )


def options_of(
    side: SourceSettings, arguments: argparse.Namespace, *, comments: bool = False, copies: Sequence[str] = ()
) -> LoadOptions:
    """How one side is read."""
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.sources import LoadOptions

    return LoadOptions(
        with_sources=(*arguments.with_sources, *side.with_sources),
        copies=(*copies, *side.copies),
        comments=comments,
        offline=arguments.offline,
        progress=TerminalProgress(quiet=arguments.quiet),
    )


def _tell_left_out(subject: Contract) -> None:
    from protoalign.cli.terminal import print_note

    for name, reason in subject.provenance.left_out.items():
        print_note(f"left out: {name} {reason}")


def _path_on_disk(subject: Contract) -> Path | None:
    if subject.provenance.kind != "proto":
        return None
    return Path(subject.provenance.source.removeprefix("proto:"))


def _mapping_entry(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not old or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form OLD=NEW")
    return old, new
