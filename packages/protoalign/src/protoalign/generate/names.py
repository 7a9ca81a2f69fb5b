"""The file that names the wrappers and says of RPCs what a contract cannot: reading it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from protoalign.errors import SettingsError
from protoalign.generate.model import Idempotency, RetryClass
from protoalign.settings.tables import Table

__all__ = ["NAME", "MethodNames", "Names", "PageNames", "ServiceNames", "read_names", "refuse_mistakes", "snake_case"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""What a wrapper may be called: words of lower-case letters and digits, joined by single underscores."""

Entry = TypeVar("Entry")

MAX_SIZE = 1 << 20
MAX_LINE = 1 << 14

_SERVICE_KEYS = ("name", "host", "methods")
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNames:
    """The fields of a method that lists things a page at a time: a method's `page`.

    Attributes:
        request: the request's field that takes the token.
        response: the response's field that holds the token of the next page.
        items: the response's repeated field with the things.
    """

    request: str
    response: str
    items: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodNames:
    """What the file says of one RPC.

    Attributes:
        name: the wrapper's name; empty for the default, the RPC's own in snake_case.
        host: the label of the host that serves it; None where its service says it.
        idempotency: what a second call does; None where the file does not say.
        retry: when a failed call may be made again; None for what follows from idempotency and streaming.
        timeout: the default limit of a call in seconds, 0 for none; None where the file's default holds.
        page: how further pages are asked for; None where there are none.
    """

    name: str = ""
    host: str | None = None
    idempotency: Idempotency | None = None
    retry: RetryClass | None = None
    timeout: float | None = None
    page: PageNames | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNames:
    """What the file says of one service.

    Attributes:
        name: the wrapper's name; empty for the default, the service's own in snake_case.
        host: the label of the host that serves it; None where the file's default holds.
        methods: RPC name to what is said of it.
    """

    name: str = ""
    host: str | None = None
    methods: Mapping[str, MethodNames] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All that the file says; every key is optional.

    Attributes:
        path: the file; None where there is none and all is as by default.
        timeout: the default limit of a call in seconds; 0 for none.
        host: the label of the host that serves what nothing else is said of; empty where there is only one.
        services: full name of a service to what is said of it.
    """

    path: Path | None = None
    timeout: float = 0.0
    host: str = ""
    services: Mapping[str, ServiceNames] = field(default_factory=lambda: MappingProxyType({}))


def read_names(path: Path | None) -> Names:
    """Read the file.

    What it says is held against a contract by `services.service_models`, not here.

    Args:
        path: the file; None for none.

    Returns:
        What it says.

    Raises:
        SettingsError: it cannot be read, is no TOML, or says what it may not: every mistake is listed.
    """
    if path is None:
        return Names()
    mistakes: list[str] = []
    top = Table(_data(path), mistakes)
    defaults = top.table("defaults")
    timeout, host = 0.0, ""
    if defaults is not None:
        timeout = defaults.number("timeout", default=0.0, least=0.0)
        host = defaults.text("host", empty=True)
        defaults.close()
    services = _each(top, "services", _service)
    top.close()
    refuse_mistakes(mistakes, path)
    return Names(path=path, timeout=timeout, host=host, services=MappingProxyType(services))


def refuse_mistakes(mistakes: list[str], path: Path | None) -> None:
    """Raise one error for all mistakes, if there are any.

    Args:
        mistakes: one sentence each.
        path: the file that names the wrappers; None where there is none.

    Raises:
        SettingsError: there is a mistake.
    """
    if mistakes:
        what = mistakes[0] if len(mistakes) == 1 else "\n  ".join((f"{len(mistakes)} mistakes:", *mistakes))
        raise SettingsError(what, where=str(path) if path is not None else "")


def snake_case(name: str, *, kind: str) -> str:
    """A service's or an RPC's name as a wrapper's name.

    Args:
        name: an identifier of a contract, such as `RetrieveFileURL`.
        kind: what stands in front of a name that would begin with a digit, and for one that is only underscores.

    Returns:
        Words in lower case, joined by single underscores, such as `retrieve_file_url`.
    """
    words = [word for word in _WORD_STARTS.sub("_", name).lower().split("_") if word]
    if not words or words[0][0].isdigit():
        words.insert(0, kind)
    return "_".join(words)


def _service(table: Table) -> ServiceNames:
    for key, value in table.data.items():
        if key not in _SERVICE_KEYS and isinstance(value, dict):
            table.mistake(f'is no service; a name with a dot needs quotes, such as [services."PACKAGE.{key}"]')
            return ServiceNames()
    names = ServiceNames(
        name=_name(table),
        host=_host(table),
        methods=MappingProxyType(_each(table, "methods", _method)),
    )
    table.close()
    return names


def _method(table: Table) -> MethodNames:
    idempotency = table.choice("idempotency", [each.value for each in Idempotency], default="")
    retry = table.choice("retry", [each.value for each in RetryClass], default="")
    timeout = table.number("timeout", default=-1.0, least=0.0)
    names = MethodNames(
        name=_name(table),
        host=_host(table),
        idempotency=Idempotency(idempotency) if idempotency else None,
        retry=RetryClass(retry) if retry else None,
        timeout=timeout if timeout >= 0 else None,
        page=_page(table.table("page")),
    )
    table.close()
    return names


def _page(table: Table | None) -> PageNames | None:
    if table is None:
        return None
    for key in ("request", "response", "items"):
        if key not in table.data:
            table.mistake(f"lacks {key}, the name of a field")
    page = PageNames(request=table.text("request"), response=table.text("response"), items=table.text("items"))
    table.close()
    return page


def _name(table: Table) -> str:
    name = table.text("name")
    if name and not NAME.fullmatch(name):
        table.mistake(
            f'name is "{name}"; a name is words of lower-case letters and digits, joined by single underscores'
        )
        return ""
    return name


def _host(table: Table) -> str | None:
    return table.text("host") if "host" in table.data else None


def _each(table: Table, key: str, read: Callable[[Table], Entry]) -> dict[str, Entry]:
    """Read each table in the table of that name; their names may hold dots."""
    parent = table.table(key)
    found: dict[str, Entry] = {}
    for name in parent.data if parent is not None else ():
        if parent is None or (child := parent.table(name)) is None:
            continue
        child.name = f"{parent.name}.{json.dumps(name, ensure_ascii=False)}"
        child.place = f"[{child.name}]"
        found[name] = read(child)
    return found


def _data(path: Path) -> dict[str, object]:
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "does not exist"
            raise SettingsError(
                what, where=str(path), hint="names in [generate] of protoalign.toml says where the file is."
            )
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    # The time that tomllib takes for a dotted key grows with the square of its length.
    if len(content) > MAX_SIZE or any(len(line) > MAX_LINE for line in content.splitlines()):
        raise SettingsError(f"is larger than {MAX_SIZE:,} bytes or has a line over {MAX_LINE:,}", where=str(path))
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError("is not UTF-8", where=f"{path}:{line}", hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        hint = 'A name with a dot needs quotes, such as [services."xai_api.Files"].'
        raise SettingsError(f"is no TOML: {error}", where=str(path), hint=hint) from error
    except RecursionError as error:
        raise SettingsError("is nested too deeply", where=str(path)) from error
