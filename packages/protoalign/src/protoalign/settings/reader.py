"""Finding and reading `protoalign.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TypeVar, cast, get_args

from protoalign.errors import SettingsError
from protoalign.settings.model import (
    CheckSettings,
    FailOn,
    GeneratedSettings,
    GenerateSettings,
    GoTarget,
    PlanSettings,
    Priority,
    ProveSettings,
    PythonTarget,
    Settings,
    SeverityChoice,
    SourceSettings,
    Waiver,
)
from protoalign.settings.tables import Table, nearest

__all__ = ["FILE_OPTIONS", "SETTINGS_NAME", "find_settings", "read_settings"]

SETTINGS_NAME = "protoalign.toml"

FILE_OPTIONS = (
    "cc_enable_arenas",
    "cc_generic_services",
    "csharp_namespace",
    "deprecated",
    "go_package",
    "java_generate_equals_and_hash",
    "java_generic_services",
    "java_multiple_files",
    "java_outer_classname",
    "java_package",
    "java_string_check_utf8",
    "objc_class_prefix",
    "optimize_for",
    "php_class_prefix",
    "php_metadata_namespace",
    "php_namespace",
    "py_generic_services",
    "ruby_package",
    "swift_prefix",
)
"""The options of a file that descriptor.proto defines, `features` aside, which change what a file means."""

MAX_SIZE = 1 << 20
# The time that tomllib takes for a dotted key grows with the square of its length.
MAX_LINE = 1 << 14
TOML_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|(end of document))\)$")
Value = TypeVar("Value")


def find_settings(start: Path) -> Path | None:
    """The settings file that governs a folder: in it, or in the nearest folder above that has one.

    The search ends at the top of a git work tree: what lies above belongs to somebody else.

    Args:
        start: the folder; of a file, the folder that holds it.

    Returns:
        The file's path; None where there is none.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents) if folder.is_dir() else folder.parents:
        if _is_there(candidate / SETTINGS_NAME):
            return candidate / SETTINGS_NAME
        if _is_there(candidate / ".git"):
            return None
    return None


def read_settings(path: Path) -> Settings:
    """Read a settings file.

    Args:
        path: the file.

    Returns:
        What it says; `path` is the argument.

    Raises:
        SettingsError: it cannot be read, is no TOML, or says what it may not: every mistake is listed.
    """
    mistakes: list[str] = []
    settings = _settings(Table(_data(path), mistakes), path)
    if mistakes:
        what = mistakes[0] if len(mistakes) == 1 else "\n  ".join((f"{len(mistakes)} mistakes:", *mistakes))
        raise SettingsError(what, where=str(path))
    return settings


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A folder that may not be entered has nothing to say about the folders in it.
        return False


def _data(path: Path) -> dict[str, object]:
    try:
        if path.is_dir():
            raise SettingsError("is a folder, and a file is needed", where=str(path), hint=f"Name a {SETTINGS_NAME}.")
        if not path.exists():
            raise SettingsError(
                "does not exist", where=str(path), hint="protoalign init writes one after looking at the tree."
            )
        if not path.is_file():
            raise SettingsError("is no regular file", where=str(path), hint=f"Name a {SETTINGS_NAME}.")
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    if len(content) > MAX_SIZE:
        raise SettingsError(f"is larger than {MAX_SIZE >> 20} MiB", where=str(path))
    for row, text in enumerate(content.splitlines(), start=1):
        if len(text) > MAX_LINE:
            raise SettingsError(
                f"is longer than {MAX_LINE:,} bytes", where=f"{path}:{row}", hint="Write arrays over several lines."
            )
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError("is not UTF-8", where=f"{path}:{line}", hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), path) from error
    except RecursionError as error:
        raise SettingsError("is nested too deeply", where=str(path)) from error


def _syntax_error(message: str, path: Path) -> SettingsError:
    position = TOML_POSITION.search(message)
    where = f"{path}:{position.group(1)}:{position.group(2)}" if position and position.group(1) else str(path)
    what = message if position is None or position.group(3) else message[: position.start()]
    hint = 'A name with a dot or a slash needs quotes, such as "xai.v1" = "xai_api".'
    return SettingsError(f"is no TOML: {what}", where=where, hint=hint)


def _settings(top: Table, path: Path) -> Settings:
    settings = Settings(
        path=path,
        subject=_source(top.table("subject")),
        reference=_source(top.table("reference")),
        mapping=_frozen(_mapping(top.table("map"))),
        severities=cast("Mapping[str, SeverityChoice]", _frozen(_choices(top.table("severities"), SeverityChoice))),
        file_options=_file_options(top),
        own=top.texts("own"),
        fail_on=cast("FailOn", top.choice("fail_on", get_args(FailOn), default=Settings().fail_on)),
        waivers=tuple(_waiver(table) for table in top.tables("waivers")),
        plan=_plan(top.table("plan")),
        check=_check(top.table("check")),
        generate=_generate(top.table("generate")),
        prove=_prove(top.table("prove")),
    )
    top.close()
    return settings


def _source(table: Table | None) -> SourceSettings | None:
    if table is None:
        return None
    if "source" not in table.data:
        table.mistake('lacks source, such as source = "proto" or source = "pypi:NAME==VERSION"')
    source = table.text("source")
    found = SourceSettings(source=source, with_sources=table.texts("with"), copies=table.texts("copies"))
    table.close()
    return found


def _mapping(table: Table | None) -> dict[str, str]:
    return {} if table is None else table.names_to_texts()


def _choices(table: Table | None, choice: object) -> dict[str, str]:
    return {} if table is None else table.names_to_choices(get_args(choice))


def _file_options(top: Table) -> tuple[str, ...]:
    names = top.texts("file_options")
    for name in names:
        if name not in FILE_OPTIONS and not name.startswith(("(", "features.")):
            top.mistake(f'file_options names "{name}", which is no option of a file; {nearest(name, FILE_OPTIONS)}')
    return names


def _waiver(table: Table) -> Waiver:
    if "reason" not in table.data:
        table.mistake("lacks reason: say why the finding is accepted")
    if not {"rule", "element", "fingerprint"} & table.data.keys():
        table.mistake("accepts everything; name a rule, an element or a fingerprint")
    waiver = Waiver(
        reason=table.text("reason"),
        rule=table.text("rule"),
        element=table.text("element"),
        fingerprint=table.text("fingerprint"),
        expires=table.day("expires"),
    )
    table.close()
    return waiver


def _plan(table: Table | None) -> PlanSettings:
    default = PlanSettings()
    if table is None:
        return default
    hours = table.table("hours")
    plan = PlanSettings(
        priorities=cast("Mapping[str, Priority]", _frozen(_choices(table.table("priorities"), Priority))),
        hours=_frozen({} if hours is None else hours.names_to_numbers(least=0)),
        hours_per_file=table.number("hours_per_file", default=default.hours_per_file, least=0),
        spread=table.number("spread", default=default.spread, least=1),
    )
    table.close()
    return plan


def _check(table: Table | None) -> CheckSettings:
    default = CheckSettings()
    if table is None:
        return default
    check = CheckSettings(
        lint=table.flag("lint", default=default.lint),
        format=table.flag("format", default=default.format),
        breaking_against=table.text("breaking_against", empty=True),
        generated=tuple(_generated(each) for each in table.tables("generated")),
    )
    if check.breaking_against.startswith("-"):
        table.mistake("breaking_against must be a git revision, and none begins with a hyphen")
    table.close()
    return check


def _generated(table: Table) -> GeneratedSettings:
    generated = GeneratedSettings(command=table.texts("command"), paths=table.texts("paths"))
    for key in ("command", "paths"):
        if not table.data.get(key):
            table.mistake(f"lacks {key}, an array of strings")
    for path in generated.paths:
        _stays_inside(table, "paths names", path)
    table.close()
    return generated


def _generate(table: Table | None) -> GenerateSettings | None:
    if table is None:
        return None
    generate = GenerateSettings(
        names=_path(table, "names"),
        python=_python(table.table("python")),
        go=_go(table.table("go")),
    )
    if not {"python", "go"} & table.data.keys():
        table.mistake("names no language: add [generate.python] or [generate.go]")
    table.close()
    return generate


def _python(table: Table | None) -> PythonTarget | None:
    if table is None:
        return None
    _demand(table, "messages", "the folder for the generated messages")
    python = PythonTarget(messages=_path(table, "messages"), services=_path(table, "services"))
    _apart(table, (python.messages, python.services))
    table.close()
    return python


def _go(table: Table | None) -> GoTarget | None:
    if table is None:
        return None
    _demand(table, "module", "the folder with go.mod")
    _demand(table, "messages", "the folder inside the module for the generated messages")
    go = GoTarget(
        module=_path(table, "module"),
        messages=_path(table, "messages"),
        services=_path(table, "services"),
        proof=_path(table, "proof"),
        tools=_path(table, "tools"),
    )
    _apart(table, (go.messages, go.services, go.proof))
    table.close()
    return go


def _prove(table: Table | None) -> ProveSettings:
    default = ProveSettings()
    if table is None:
        return default
    prove = ProveSettings(
        vectors=_path(table, "vectors") or default.vectors,
        certificate=_path(table, "certificate"),
        helpers=_path(table, "helpers"),
    )
    if prove.certificate and not prove.certificate.endswith(".json"):
        table.mistake(f'certificate names "{prove.certificate}", and its name must end in .json')
    table.close()
    return prove


def _demand(table: Table, key: str, what: str) -> None:
    if key not in table.data:
        table.mistake(f"lacks {key}, {what}")


def _path(table: Table, key: str) -> str:
    path = table.text(key)
    _stays_inside(table, f"{key} names", path)
    return PurePosixPath(path).as_posix() if path else ""


def _stays_inside(table: Table, verb: str, path: str) -> None:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        table.mistake(f'{verb} "{path}", which is not inside the folder of the settings file')


def _apart(table: Table, folders: tuple[str, ...]) -> None:
    """Complain about folders that are one another, or inside one another: each is replaced as a whole."""
    named = [PurePosixPath(folder) for folder in folders if folder]
    for index, one in enumerate(named):
        for other in named[index + 1 :]:
            if one.is_relative_to(other) or other.is_relative_to(one):
                table.mistake(f'"{one}" and "{other}" overlap, and each is replaced as a whole')


def _frozen(entries: dict[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType(entries)
