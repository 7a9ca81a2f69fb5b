"""The layers of a configuration: what a file says, what the environment says, what the command line says.

Each is held against the shape by itself, so that a mistake can be said with the place where it was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from xaiwire_server.gateway.configuration.shape import KEYS_VARIABLE, PREFIX, File, Key, Section, fields
from xaiwire_server.gateway.http.wording import continued

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "FILE_VARIABLE",
    "ConfigurationMistake",
    "GivenKey",
    "Layer",
    "environment_layer",
    "file_layer",
    "flag_layer",
]

FILE_VARIABLE = f"{PREFIX}CONFIG"

MOST_BYTES = 1 << 20
"""What a file may have; one that has more is no configuration."""

_S = TypeVar("_S", bound=Section)
_AT = re.compile(r"^(?P<problem>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRETS = {
    "key": "a key has no place here; give its hash: `xaiwire-server gateway-key --stdin` makes it",
    "upstream_key": "the key itself has no place here; give the name of a variable of the environment in "
    "upstream_key_env, or of a file in upstream_key_file",
    "management_key": "the key itself has no place here; give the name of a variable of the environment in "
    "management_key_env, or of a file in management_key_file",
}


class ConfigurationMistake(Exception):  # noqa: N818 - of who wrote it, not of the program
    """A configuration cannot be used; the text says what, where, and what to do next."""


@dataclass(frozen=True, slots=True)
class GivenKey:
    """What a layer says of a gateway key.

    Attributes:
        key: what it says.
        where: how mistakes name it.
        folder: where its files are looked for.
    """

    key: Key
    where: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place says.

    Attributes:
        values: by the paths of their fields.
        where: how mistakes name each of them, by the same paths.
        keys: gateway keys by their names.
        unknown: variables of the environment that look as if they were meant, and mean nothing.
    """

    values: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    keys: dict[str, GivenKey] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def file_layer(path: Path) -> Layer:
    """What a file says.

    Args:
        path: of the file, in TOML.

    Raises:
        ConfigurationMistake: it cannot be read, is no TOML, or says what there is not.
    """
    raw = _toml(path)

    def named(place: str) -> str:
        return f"{path}: {place}" if place else str(path)

    shape = _shaped(raw, File, named, {})
    values = _flat(shape)
    for place in ("tls.cert", "tls.key"):
        if place in values:
            values[place] = str(path.parent / values[place])
    keys = shape.keys if isinstance(shape.keys, dict) else {}
    return Layer(values, {place: named(place) for place in values}, _keys(keys, named, "keys.", path.parent))


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """What the environment says. A variable that is empty says nothing.

    Args:
        environment: the variables.

    Raises:
        ConfigurationMistake: a variable is wrong.
    """
    given = {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}
    paths = {each.variable: path for path, each in fields().items()}
    texts: dict[str, Any] = {}
    for name in given.keys() & paths.keys():
        path = paths[name]
        is_list = fields()[path].is_list
        texts[path] = [each.strip() for each in given[name].split(",")] if is_list else given[name]
    where = {path: fields()[path].variable for path in texts}
    if str(texts.get("port", "")).startswith("tcp://"):
        raise ConfigurationMistake(
            f"{where['port']}: it is an address, as Kubernetes sets it where a service is called xaiwire-gateway; "
            "set enableServiceLinks: false for the pod, or call the service something else"
        )
    values = _from_texts(texts, where)

    def named(place: str) -> str:
        return f"{KEYS_VARIABLE}: {place}" if place else KEYS_VARIABLE

    keys = _keys(_json(given[KEYS_VARIABLE]), named, "", Path()) if KEYS_VARIABLE in given else {}
    unknown = given.keys() - paths.keys() - {KEYS_VARIABLE, FILE_VARIABLE}
    return Layer(values, where, keys, tuple(sorted(unknown)))


def flag_layer(flags: Mapping[str, tuple[str, Any]]) -> Layer:
    """What the command line says.

    Args:
        flags: by the paths of their fields: the flag, and its value as a text, a list of texts, or true.

    Raises:
        ConfigurationMistake: a value is wrong.
    """
    where = {path: flag for path, (flag, _) in flags.items()}
    return Layer(_from_texts({path: value for path, (_, value) in flags.items()}, where), where)


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationMistake(f"{path}: it cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise ConfigurationMistake(f"{path}: it has more than {MOST_BYTES:,} bytes; is this the right file?")
    try:
        raw: dict[str, Any] = msgspec.toml.decode(content)
    except UnicodeDecodeError as error:
        raise ConfigurationMistake(f"{path}: it is no UTF-8, at byte {error.start}; save it as UTF-8") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigurationMistake(f"{path}: it is no TOML: {continued(str(error))}") from error
    return raw


def _json(text: str) -> dict[str, Any]:
    try:
        keys: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ConfigurationMistake(
            f'{KEYS_VARIABLE}: it is to be a JSON object, {{"NAME": {{"hash": …}}}}: {continued(str(error))}'
        ) from error
    return keys


def _from_texts(texts: Mapping[str, Any], where: Mapping[str, str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in texts.items():
        section, _, name = path.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[name] = value

    def named(place: str) -> str:
        return where.get(place.partition("[")[0], place)

    return _flat(_shaped(nested, File, named, texts, strict=False))


def _shaped(
    raw: Any,  # noqa: ANN401 - whatever TOML and JSON have
    shape: type[_S],
    named: Callable[[str], str],
    texts: Mapping[str, Any],
    *,
    strict: bool = True,
) -> _S:
    try:
        return msgspec.convert(raw, shape, strict=strict)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        problem, path = (found["problem"], found["path"] or "") if found is not None else (str(error), "")
    raise ConfigurationMistake(_sentence(problem, path, shape, named, texts))


def _sentence(
    problem: str, path: str, shape: type[Section], named: Callable[[str], str], texts: Mapping[str, Any]
) -> str:
    unknown = _UNKNOWN.match(problem)
    if unknown is not None:
        there = _section(shape, path)
        close = get_close_matches(unknown["name"], there, 1)
        advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(there)}"
        name = f"{path}.{unknown['name']}" if path else unknown["name"]
        return f"{named(name)}: there is no such setting; {advice}"
    if problem.startswith("Invalid enum value") and path in fields():
        return f"{named(path)}: it is one of {', '.join(fields()[path].choices)}"
    if isinstance(texts.get(path), str):
        problem = problem.replace("got `str`", f"got {texts[path][:80]!r}")
    return f"{named(path)}: {continued(problem)}"


def _section(shape: type[Section], path: str) -> tuple[str, ...]:
    """The names of the settings in a section."""
    if not path:
        return tuple(each.name for each in msgspec.structs.fields(shape))
    return tuple(place.removeprefix(f"{path}.") for place in fields() if place.startswith(f"{path}."))


def _flat(shape: Section) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(shape)
    flat: dict[str, Any] = {}
    for name, value in built.items():
        if name != "keys":
            flat |= (
                {f"{name}.{each}": below for each, below in value.items()} if isinstance(value, dict) else {name: value}
            )
    return flat


def _keys(given: Mapping[str, Any], named: Callable[[str], str], prefix: str, folder: Path) -> dict[str, GivenKey]:
    keys: dict[str, GivenKey] = {}
    for name, raw in given.items():
        place = f"{prefix}{name}"
        if not _KEY_NAME.fullmatch(name):
            raise ConfigurationMistake(
                f"{named(place)}: a key's name is of 1 to 64 letters, digits, - and _; logs and figures show it"
            )
        for secret, advice in _SECRETS.items():
            if isinstance(raw, dict) and secret in raw:
                raise ConfigurationMistake(f"{named(f'{place}.{secret}')}: {advice}")

        def named_here(below: str, place: str = place) -> str:
            return named(f"{place}.{below}" if below else place)

        keys[name] = GivenKey(_shaped(raw, Key, named_here, {}), named(place), folder)
    return keys
