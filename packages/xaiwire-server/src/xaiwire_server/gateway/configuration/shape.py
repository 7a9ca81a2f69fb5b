"""What a configuration may say: the sections of the file, and from them all names of the environment's variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

__all__ = ["KEYS_VARIABLE", "PREFIX", "Field", "File", "Key", "Section", "fields"]

PREFIX = "XAIWIRE_GATEWAY_"

KEYS_VARIABLE = f"{PREFIX}KEYS"

_Text: TypeAlias = Annotated[str, Meta(min_length=1)]
_Seconds: TypeAlias = Annotated[float, Meta(gt=0, le=86_400)]
_Bytes: TypeAlias = Annotated[int, Meta(ge=1, le=1 << 40)]
_Budget: TypeAlias = Annotated[int, Meta(ge=1, le=1 << 53)]


class Section(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of a configuration. What it does not say is UNSET."""


class Upstream(Section):
    """The API behind the gateway."""

    api: _Text | UnsetType = UNSET
    management: _Text | UnsetType = UNSET
    plaintext: bool | UnsetType = UNSET
    timeout: _Seconds | UnsetType = UNSET
    stream_silence: _Seconds | UnsetType = UNSET
    retries: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET


class Limits(Section):
    """What requests may take, and where it is counted."""

    max_body_bytes: _Bytes | UnsetType = UNSET
    max_file_bytes: _Bytes | UnsetType = UNSET
    read_timeout: _Seconds | UnsetType = UNSET
    write_timeout: _Seconds | UnsetType = UNSET
    keep_alive: _Seconds | UnsetType = UNSET
    grace: Annotated[float, Meta(ge=0, le=86_400)] | UnsetType = UNSET
    store: _Text | UnsetType = UNSET
    refuse_without_store: bool | UnsetType = UNSET


class Browsers(Section):
    """Pages of browsers."""

    origins: list[str] | UnsetType = UNSET


class Observe(Section):
    """What is seen of it."""

    log: Literal["none", "text", "json"] | UnsetType = UNSET
    metrics: bool | UnsetType = UNSET
    traces: Literal["off", "otlp", "console"] | UnsetType = UNSET


class Tls(Section):
    """A certificate, in files with PEM."""

    cert: _Text | UnsetType = UNSET
    key: _Text | UnsetType = UNSET


class Key(Section):
    """A gateway key."""

    hash: str
    upstream_key_env: _Text | UnsetType = UNSET
    upstream_key_file: _Text | UnsetType = UNSET
    management_key_env: _Text | UnsetType = UNSET
    management_key_file: _Text | UnsetType = UNSET
    models: list[_Text] = []
    routes: list[_Text] = []
    requests_per_minute: _Budget | None = None
    tokens_per_minute: _Budget | None = None


class File(Section):
    """A whole configuration. Keys are looked at one by one, so that a mistake can be said with its key's name."""

    host: _Text | UnsetType = UNSET
    port: Annotated[int, Meta(ge=0, le=65_535)] | UnsetType = UNSET
    workers: Annotated[int, Meta(ge=1, le=256)] | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    pass_through: bool | UnsetType = UNSET
    upstream: Upstream | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    cors: Browsers | UnsetType = UNSET
    observe: Observe | UnsetType = UNSET
    tls: Tls | UnsetType = UNSET
    keys: dict[str, Any] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Field:
    """A setting that is one value, or a list of some.

    Attributes:
        path: its place in the file, such as `limits.grace`.
        choices: the values that it may have; empty where there is no list of them.
        is_list: whether it is a list; the environment separates them by commas.
    """

    path: str
    choices: tuple[str, ...]
    is_list: bool

    @property
    def variable(self) -> str:
        """The environment's variable for it."""
        return PREFIX + self.path.replace(".", "_").upper()


@cache
def fields() -> dict[str, Field]:
    """All settings but the keys, by their paths."""
    return {field.path: field for field in _fields(File, "")}


def _fields(section: type[Section], prefix: str) -> list[Field]:
    found: list[Field] = []
    for name, hint in get_type_hints(section).items():
        kind = next((each for each in get_args(hint) if each is not UnsetType), hint)
        if isinstance(kind, type) and issubclass(kind, Section):
            found += _fields(kind, f"{prefix}{name}.")
        elif name != "keys":
            choices = get_args(kind) if get_origin(kind) is Literal else ()
            found.append(Field(f"{prefix}{name}", choices, get_origin(kind) is list))
    return found
