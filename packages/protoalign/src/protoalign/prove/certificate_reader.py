"""Reading a certificate back: a file that anybody may have written is taken apart strictly, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TypeVar

from protoalign.contract import Counts
from protoalign.errors import CertificateError
from protoalign.prove.certificate import CERTIFICATE_FORMAT, Certificate
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import ContractIdentity, Folder, VectorSet, Verdict, WaiverUse

__all__ = ["parse_certificate", "read_certificate"]

Item = TypeVar("Item")

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read; a certificate with thousands of findings is far below it."""
MAX_DEPTH = 16
"""How deep arrays and objects may be nested; a certificate needs five levels."""
MAX_NUMBER = 2**53 - 1
"""The largest count; JSON readers of other languages hold no larger whole number exactly."""
SHOWN = 40
WRITE_AGAIN = "Write it again with protoalign prove."


def read_certificate(path: Path) -> Certificate:
    """Read a certificate file.

    Raises:
        CertificateError: it cannot be read, or see `parse_certificate`.
    """
    try:
        # One byte more than allowed, so that a file which grows, or a device, is noticed too.
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CertificateError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    return parse_certificate(content, where=str(path))


def parse_certificate(content: bytes, *, where: str) -> Certificate:
    """Take a certificate apart.

    Args:
        content: the file's bytes.
        where: what to call the file in errors.

    Raises:
        CertificateError: it is too large, no JSON, not of this format, lacks a key or has one too many, or contradicts
            itself.
    """
    try:
        return _certificate(_object(_json(content), ""))
    except CertificateError as error:
        # Keys and names of the file stand in it, and it goes to a terminal.
        told = "".join(character if character.isprintable() else "?" for character in error.what)
        raise CertificateError(told, where=where, hint=error.hint or WRITE_AGAIN) from error


def _json(content: bytes) -> object:
    if len(content) > MAX_BYTES:
        _refuse(f"the file is larger than {MAX_BYTES // 2**20} MiB, no certificate is")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"the file is not UTF-8: byte {error.start} cannot be read")
    _check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        _refuse(f"the file is no JSON: {error.msg} in line {error.lineno}, column {error.colno}")
    except ValueError:
        # What json leaves to int(): a number of thousands of digits.
        _refuse("the file holds a number that is too long")


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser, which recurses, sees it."""
    depth, in_text, escaped = 0, False, False
    for character in text:
        if in_text:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_text = False
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                _refuse(f"the file nests deeper than {MAX_DEPTH} levels, no certificate does")
        elif character in "]}":
            depth -= 1


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            _refuse(f"the key {_shown(key)} is there twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    _refuse(f"{name} is no number of JSON")


def _certificate(top: _Object) -> Certificate:
    number = top.data.get("format")
    if type(number) is not int or number != CERTIFICATE_FORMAT:
        _refuse(f"the certificate has format {_shown(number)}, this protoalign reads {CERTIFICATE_FORMAT}")
    top.count("format")
    certificate = Certificate(
        verdict=Verdict(top.choice("verdict", [verdict.value for verdict in Verdict])),
        subject=_identity(top.inner("subject")),
        reference=_identity(top.inner("reference")),
        figures=top.objects("figures", _figure),
        stages=top.objects("stages", _stage),
        generated=top.objects("generated", _folder),
        vectors=None if top.is_null("vectors") else _vectors(top.inner("vectors")),
        waivers=top.objects("waivers", _waiver),
        tools=top.texts_by_name("tools"),
    )
    digest, skipped = top.text("digest"), top.objects("skipped", _skipped)
    top.close()
    if skipped != tuple((stage.name, stage.reason) for stage in certificate.skipped):
        _refuse("the certificate contradicts itself: what it lists as skipped is not what its stages say")
    if digest != certificate.digest:
        _refuse(
            f"its digest is {_shown(digest)}, and what it says has the digest {certificate.digest}: it was edited"
            " or damaged"
        )
    return certificate


def _identity(side: _Object) -> ContractIdentity:
    identity = ContractIdentity(
        source=side.text("source"),
        digest=side.text("digest"),
        counts=_counts(side.inner("counts")),
        version=side.optional_text("version"),
        archive=side.optional_text("archive"),
        archive_sha256=side.optional_text("archive_sha256"),
    )
    side.close()
    return identity


def _counts(table: _Object) -> Counts:
    counts = Counts(**{name: table.count(name) for name in Counts.__slots__})
    table.close()
    return counts


def _figure(item: _Object) -> Figure:
    figure = Figure(name=item.text("name"), proved=item.count("proved"), total=item.count("total"))
    item.close()
    return figure


def _stage(item: _Object) -> Stage:
    stage = Stage(
        name=item.text("name"),
        status=StageStatus(item.choice("status", [status.value for status in StageStatus])),
        reason=item.text("reason", empty=True),
        figures=item.objects("figures", _figure),
        findings=item.texts("findings"),
    )
    item.close()
    return stage


def _skipped(item: _Object) -> tuple[str, str]:
    pair = item.text("stage"), item.text("reason")
    item.close()
    return pair


def _folder(item: _Object) -> Folder:
    folder = Folder(path=item.text("path"), digest=item.text("digest"), files=item.count("files"))
    item.close()
    return folder


def _vectors(item: _Object) -> VectorSet:
    vectors = VectorSet(
        path=item.text("path"),
        digest=item.text("digest"),
        messages=item.count("messages"),
        vectors=item.count("vectors"),
    )
    item.close()
    return vectors


def _waiver(item: _Object) -> WaiverUse:
    waiver = WaiverUse(
        rule=item.text("rule"),
        element=item.text("element"),
        fingerprint=item.text("fingerprint"),
        message=item.text("message", empty=True),
        reason=item.text("reason", empty=True),
        expires=item.optional_text("expires"),
    )
    item.close()
    return waiver


@dataclass(slots=True)
class _Object:
    """A JSON object whose keys are taken one by one; `close` refuses those that nobody asked for.

    Attributes:
        data: the object.
        place: how a person finds it, such as `stages[3]`; empty for the top.
        asked: the keys that were taken.
    """

    data: Mapping[str, object]
    place: str
    asked: set[str] = field(default_factory=set)

    def text(self, key: str, *, empty: bool = False) -> str:
        return _text(self._value(key), self._name(key), empty=empty)

    def optional_text(self, key: str) -> str | None:
        return None if self.is_null(key) else self.text(key)

    def choice(self, key: str, allowed: list[str]) -> str:
        value = self._value(key)
        if not isinstance(value, str) or value not in allowed:
            _wrong(self._name(key), " or ".join(f'"{each}"' for each in allowed), value)
        return value

    def count(self, key: str) -> int:
        value = self._value(key)
        if type(value) is not int or not 0 <= value <= MAX_NUMBER:
            _wrong(self._name(key), "a whole number, 0 or more", value)
        return value

    def inner(self, key: str) -> _Object:
        return _object(self._value(key), self._name(key))

    def objects(self, key: str, read: Callable[[_Object], Item]) -> tuple[Item, ...]:
        name = self._name(key)
        return tuple(
            read(_object(item, f"{name}[{index}]")) for index, item in enumerate(_list(self._value(key), name))
        )

    def texts(self, key: str) -> tuple[str, ...]:
        name = self._name(key)
        return tuple(
            _text(item, f"{name}[{index}]", empty=False) for index, item in enumerate(_list(self._value(key), name))
        )

    def texts_by_name(self, key: str) -> Mapping[str, str]:
        table = self.inner(key)
        return MappingProxyType({_text(name, table.place, empty=False): table.text(name) for name in table.data})

    def is_null(self, key: str) -> bool:
        return self._value(key) is None

    def close(self) -> None:
        for key in self.data:
            if key not in self.asked:
                _refuse(f"{_shown(key)} is no known key{f' of {self.place}' if self.place else ''}")

    def _value(self, key: str) -> object:
        if key not in self.data:
            _refuse(f"{self._name(key)} is missing")
        self.asked.add(key)
        return self.data[key]

    def _name(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def _object(value: object, place: str) -> _Object:
    if not isinstance(value, dict):
        _wrong(place or "the file", "an object", value)
    return _Object(value, place)


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        _wrong(place, "an array", value)
    return value


def _text(value: object, place: str, *, empty: bool) -> str:
    if not isinstance(value, str):
        _wrong(place, "a string", value)
    if not (value or empty):
        _refuse(f"{place} must not be empty")
    if any("\ud800" <= character <= "\udfff" for character in value):
        # JSON can write half of a surrogate pair, and no UTF-8 output can.
        _refuse(f"{place} holds half a character")
    return value


def _wrong(place: str, expected: str, value: object) -> NoReturn:
    _refuse(f"{place} must be {expected}; it is {_shown(value)}")


def _refuse(what: str) -> NoReturn:
    raise CertificateError(what)


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
