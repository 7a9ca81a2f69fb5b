"""Go source text: finding the declarations of certain names, and the bytes that their literals stand for.

Only what the generators write is read: string literals, concatenated or not, and byte slices of numbers. Nothing is
evaluated; any other expression is refused with its place. Text inside of comments and of other literals is never
taken for code.

Source for the forms: the Go language specification, "Lexical elements" and "Composite literals".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protoalign.errors import ModuleSyntaxError

__all__ = ["GoDeclaration", "declarations", "read_bytes"]

# One alternative for each token inside which a declaration must not be seen. A token that is not closed reaches to the
# end of its line, or of the file where it may span lines, so that every byte is looked at only once.
OPAQUE = re.compile(
    rb"//[^\n]*+"
    rb"|/\*.*?(?:\*/|\Z)"
    rb'|"(?:[^"\\\n]|\\[^\n])*+"?'
    rb"|`[^`]*+`?"
    rb"|'(?:[^'\\\n]|\\[^\n])*+'?",
    re.DOTALL,
)
GAP = re.compile(rb"(?:[ \t\r\n]++|//[^\n]*+|/\*.*?(?:\*/|\Z))*+", re.DOTALL)
STRING = re.compile(rb'"((?:[^"\\\n]|\\[^\n])*+)"')
RAW_STRING = re.compile(rb"`([^`]*+)`")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.|$)", re.DOTALL)
# The run of two-digit hexadecimal numbers that every generator writes.
HEX_RUN = re.compile(rb"(?:[ \t\r\n]*+0x[0-9a-fA-F]{2}[ \t\r\n]*+,)*+")
ELEMENT = re.compile(rb"(?:0[xX]_?([0-9a-fA-F]+)|0[bB]_?([01]+)|0[oO]?_?([0-7]+)|([1-9][0-9]*|0))(?![0-9A-Za-z_.])")
BYTE_SLICE = re.compile(rb"\[[ \t]*\][ \t]*(?:byte|uint8)\b")
STRING_TYPE = re.compile(rb"string\b")

SIMPLE_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"\\": b"\\",
    b'"': b'"',
}
MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class GoDeclaration:
    """A package-level `var` or `const` with a value.

    Attributes:
        name: the declared name.
        line: the line it begins in, counted from 1.
        value: the offset at which its value begins.
    """

    name: str
    line: int
    value: int


def declarations(source: bytes, names: bytes) -> Iterator[GoDeclaration]:
    """Yield the `var` and `const` declarations, each at the start of a line, whose whole name matches.

    Args:
        source: a Go file's text.
        names: a regular expression for the name, without groups that capture.
    """
    pattern = re.compile(
        rb"^(?:var|const)[ \t]+(" + names + rb")[ \t]*(?:(?:\[[ \t]*\][ \t]*byte|string)[ \t]*)?=(?!=)",
        re.MULTILINE,
    )
    checked = counted = 0
    line = 1
    for match in pattern.finditer(source):
        checked, is_code = _skip_opaque(source, checked, match.start())
        if not is_code:
            continue
        line += source.count(b"\n", counted, match.start())
        counted = match.start()
        yield GoDeclaration(match.group(1).decode("ascii", "replace"), line, match.end())


def _skip_opaque(source: bytes, start: int, target: int) -> tuple[int, bool]:
    """Walk over the comments and literals between `start`, which is code, and `target`.

    Returns:
        Where the walk may go on from, and whether `target` is code.
    """
    while (match := OPAQUE.search(source, start)) is not None and match.start() < target:
        if match.end() > target:
            return start, False
        start = match.end()
    return max(start, target), True


def read_bytes(source: bytes, position: int, *, where: str, limit: int) -> bytes:
    """The bytes that the expression at `position` stands for.

    Args:
        source: a Go file's text.
        position: where the expression begins.
        where: the file's path, for errors.
        limit: how many bytes it may stand for.

    Raises:
        ModuleSyntaxError: the expression is no constant string or byte slice of numbers, or stands for too much.
    """
    return _Reader(source, where, limit).expression(position, 0)[0]


class _Reader:
    """Reads one constant expression."""

    def __init__(self, source: bytes, where: str, limit: int) -> None:
        self._source = source
        self._where = where
        self._limit = limit

    def expression(self, position: int, depth: int) -> tuple[bytes, int]:
        """Terms joined by `+`; yields their bytes and where the last one ends."""
        if depth > MAX_DEPTH:
            raise self._refused("expressions are nested too deeply", position)
        parts: list[bytes] = []
        size = 0
        while True:
            part, end = self._term(self._past_gap(position), depth)
            parts.append(part)
            size += len(part)
            if size > self._limit:
                raise self._refused(f"the literal stands for more than {self._limit:,} bytes", position)
            following = self._past_gap(end)
            if self._source[following : following + 1] != b"+":
                return b"".join(parts), end
            position = following + 1

    def _term(self, position: int, depth: int) -> tuple[bytes, int]:
        source = self._source
        if (match := STRING.match(source, position)) is not None:
            text = match.group(1)
            return (self._unescape(text, position) if b"\\" in text else text), match.end()
        if (match := RAW_STRING.match(source, position)) is not None:
            # A raw string's carriage returns are no part of its value.
            return match.group(1).replace(b"\r", b""), match.end()
        if source[position : position + 1] == b"(":
            return self._parenthesized(position, depth)
        if (match := BYTE_SLICE.match(source, position)) is not None:
            following = self._past_gap(match.end())
            if source[following : following + 1] == b"{":
                return self._elements(following + 1)
            return self._parenthesized(following, depth)
        if (match := STRING_TYPE.match(source, position)) is not None:
            return self._parenthesized(self._past_gap(match.end()), depth)
        raise self._refused("the value is no literal that can be read without running it", position)

    def _parenthesized(self, position: int, depth: int) -> tuple[bytes, int]:
        if self._source[position : position + 1] != b"(":
            raise self._refused("a parenthesis is missing", position)
        value, end = self.expression(position + 1, depth + 1)
        closing = self._past_gap(end)
        if self._source[closing : closing + 1] == b",":
            closing = self._past_gap(closing + 1)
        if self._source[closing : closing + 1] != b")":
            raise self._refused("a parenthesis is not closed", position)
        return value, closing + 1

    def _elements(self, position: int) -> tuple[bytes, int]:
        """The numbers of a byte slice, from behind its opening brace to behind its closing one."""
        source = self._source
        parts: list[bytes] = []
        size = 0
        while True:
            run = HEX_RUN.match(source, position)
            if run is not None and run.end() > position:
                parts.append(bytes.fromhex(run.group().replace(b"0x", b"").replace(b",", b" ").decode("ascii")))
                position = run.end()
            else:
                position = self._past_gap(position)
                if source[position : position + 1] == b"}":
                    return b"".join(parts), position + 1
                # A run ends at a comment too: behind the gap there may be another.
                run = HEX_RUN.match(source, position)
                if run is None or run.end() == position:
                    element, position = self._element(position)
                    parts.append(element)
                else:
                    continue
            size += len(parts[-1])
            if size > self._limit:
                raise self._refused(f"the literal stands for more than {self._limit:,} bytes", position)

    def _element(self, position: int) -> tuple[bytes, int]:
        source = self._source
        match = ELEMENT.match(source, position)
        if match is None:
            raise self._refused("a byte slice holds something else than numbers", position)
        digits, base = next(
            (group, base) for group, base in zip(match.groups(), (16, 2, 8, 10), strict=True) if group is not None
        )
        value = int(digits, base) if len(digits) <= 64 else 256
        if value > 255:
            raise self._refused("a number in a byte slice is no byte", position)
        following = self._past_gap(match.end())
        if source[following : following + 1] == b",":
            return bytes((value,)), following + 1
        if source[following : following + 1] != b"}":
            raise self._refused("a byte slice is not closed", position)
        return bytes((value,)), following

    def _unescape(self, text: bytes, position: int) -> bytes:
        def replace(match: re.Match[bytes]) -> bytes:
            escape = match.group(1)
            simple = SIMPLE_ESCAPES.get(escape)
            if simple is not None:
                return simple
            kind = escape[:1]
            if kind == b"x" and len(escape) > 1:
                return bytes((int(escape[1:], 16),))
            if kind in (b"u", b"U") and len(escape) > 1:
                code = int(escape[1:], 16)
                if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                    raise self._refused("an escape names no character", position)
                return chr(code).encode()
            if kind in b"01234567" and len(escape) == 3 and int(escape, 8) <= 0xFF:
                return bytes((int(escape, 8),))
            raise self._refused("a string holds an escape that Go does not know", position)

        return ESCAPE.sub(replace, text)

    def _past_gap(self, position: int) -> int:
        match = GAP.match(self._source, position)
        return match.end() if match is not None else position

    def _refused(self, what: str, position: int) -> ModuleSyntaxError:
        line = self._source.count(b"\n", 0, position) + 1
        return ModuleSyntaxError(
            what,
            where=f"{self._where}:{line}",
            hint="The file is damaged, or a generator wrote it that protoalign does not know.",
        )
