"""The text of a commented settings file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import tomli_w

if TYPE_CHECKING:
    from protoalign.survey.model import Survey

__all__ = ["settings_text"]

ENTRIES = 60
LISTED = 8
WIDTH = 116


def settings_text(survey: Survey) -> str:
    """A settings file that says what was found; the rest stands there as a comment.

    Args:
        survey: what was found.
    """
    return "\n".join(_lines(survey)) + "\n"


def _lines(survey: Survey) -> Iterator[str]:
    yield "# What is aligned with what; read by protoalign compare, plan, align and check."
    yield "# Every key is optional, and paths are relative to this folder."
    yield ""
    yield "# The lowest severity that makes compare and check fail: error, warning, info or never."
    yield _line("fail_on", "warning")
    yield ""
    yield from _file_options(survey)
    yield ""
    yield "# What the tree has on purpose and the reference lacks: full names or file names, * and ? as wildcards."
    yield '# own = ["acme.v1.Internal*"]'
    yield ""
    yield from _subject(survey)
    yield ""
    yield from _reference(survey)
    yield ""
    yield from _map(survey)
    yield ""
    yield "# Rules whose severity is another one here: error, warning, info or off."
    yield "[severities]"
    yield ""
    yield "# Findings that are accepted, by rule, element or fingerprint; the reason is needed, the last day is not."
    yield "# [[waivers]]"
    yield '# rule = "field-number"'
    yield '# element = "acme.v1.Order.id"'
    yield '# reason = "Old clients read the old number until they are gone."'
    yield "# expires = 2030-01-31"
    yield ""
    yield "# How protoalign plan estimates: the upper estimate is spread times the lower one."
    yield "[plan]"
    yield "# hours_per_file = 0.5"
    yield "# spread = 1.6"
    yield ""
    yield from _check(survey)


def _file_options(survey: Survey) -> Iterator[str]:
    yield "# File options that may differ: they concern generated code, not the wire."
    if survey.file_options:
        yield _line("file_options", list(survey.file_options))
    else:
        yield '# file_options = ["go_package"]'


def _subject(survey: Survey) -> Iterator[str]:
    yield "# The tree that is to be aligned."
    if survey.packages:
        yield from _comment(f"{_files(survey.tree.files)}, {_packages(survey.packages)}.")
    if survey.unreadable:
        yield from _comment(f"It does not compile as it is: {survey.unreadable}")
    if survey.tree.others:
        more = f" and {len(survey.tree.others) - LISTED} more" if len(survey.tree.others) > LISTED else ""
        yield from _comment(f"Other folders with .proto files: {', '.join(survey.tree.others[:LISTED])}{more}.")
    yield "[subject]"
    yield _line("source", survey.tree.source)
    if survey.with_sources:
        yield "# What its imports may be taken from."
        yield _line("with", list(survey.with_sources))


def _files(number: int) -> str:
    return f"{number:,} {'file' if number == 1 else 'files'}"


def _packages(packages: tuple[str, ...]) -> str:
    names = [name or "(none)" for name in packages]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{'package' if len(names) == 1 else 'packages'} {', '.join(names[:LISTED])}{more}"


def _reference(survey: Survey) -> Iterator[str]:
    if survey.reference:
        yield "# What it is aligned with."
        yield "[reference]"
        yield _line("source", survey.reference)
        return
    yield "# What it is aligned with: fill in the package and its version, and take the # away. Without it, name the"
    yield "# reference each time: protoalign compare --to pypi:NAME==VERSION. Other kinds: protoalign show --help."
    yield "# [reference]"
    yield '# source = "pypi:NAME==VERSION"'


def _map(survey: Survey) -> Iterator[str]:
    yield "# Names of the tree to names of the reference, where protoalign does not find the match itself or guesses"
    yield '# wrong: files, packages, full names of elements. "" says that there is no counterpart.'
    yield "[map]"
    if survey.entries:
        yield "# Inferred; take the # away to pin a line."
    for entry in survey.entries[:ENTRIES]:
        # The reason stands on the line itself: what is left of the line without its first # is valid.
        yield f"# {_line(entry.subject, entry.reference)}" + (f"  # {_printable(entry.reason)}" if entry.reason else "")
    if len(survey.entries) > ENTRIES:
        yield f"# … and {len(survey.entries) - ENTRIES:,} more, which protoalign compare lists"


def _check(survey: Survey) -> Iterator[str]:
    yield "# What protoalign check runs besides comparing."
    yield "[check]"
    if survey.tree.has_buf_config:
        yield "# buf lint, with the rules of the buf.yaml."
    else:
        yield "# buf lint, as soon as a buf.yaml says what to look for."
    yield _line("lint", value=True)
    yield "# Whether buf format would change a file."
    yield _line("format", value=True)
    yield "# buf breaking against a git revision, or against last-release: the newest tag that is a version."
    if survey.last_release:
        yield from _comment(f"That is {survey.last_release} today.")
        yield _line("breaking_against", "last-release")
    else:
        yield '# breaking_against = "last-release"'
    yield ""
    yield "# Generated files that must be fresh: the command runs in a copy of this folder, and the paths are compared."
    yield "# [[check.generated]]"
    yield '# command = ["buf", "generate"]'
    yield f"# {_line('paths', list(survey.generated) or ['gen'])}"


def _line(key: str, value: str | list[str] | bool) -> str:
    if isinstance(value, list):
        inner = ", ".join(_line("x", item).removeprefix("x = ") for item in value)
        return f"{key} = [{inner}]"
    return tomli_w.dumps({key: value}).strip()


def _comment(text: str) -> Iterator[str]:
    """A text as comment lines; nothing in it can end the comment."""
    yield from (f"# {line}" for line in textwrap.wrap(_printable(text), WIDTH, break_long_words=False) or ("",))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
