"""What a .proto text says about its place in a tree: its imports and its package, read without compiling it."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ProtoHead", "read_head"]

# Comments and strings are tokens of their own, so that no text inside of them is taken for a statement.
TOKEN = re.compile(
    r"//[^\n]*+"
    r"|/\*.*?(?:\*/|\Z)"
    r"|(?P<string>\"(?:[^\"\\\n]|\\[^\n])*+\"?|'(?:[^'\\\n]|\\[^\n])*+'?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*+)"
    r"|(?P<mark>[;{}=()\[\]])",
    re.DOTALL,
)
IMPORT_MODIFIERS = frozenset({"public", "weak", "option"})


@dataclass(frozen=True, slots=True)
class ProtoHead:
    """A .proto file's imports and package.

    Attributes:
        imports: the imported names, in their order.
        package: the package; empty where the file declares none.
    """

    imports: tuple[str, ...]
    package: str


def read_head(source: bytes) -> ProtoHead:
    """Read imports and package; of text that is no .proto file, whatever looks like them."""
    source_text = source.decode("utf-8", "replace")
    imports: list[str] = []
    package = ""
    depth = 0
    words: list[str] = []
    strings: list[str] = []
    broken = False
    for match in TOKEN.finditer(source_text):
        kind = match.lastgroup
        if kind is None:
            continue
        piece = match.group()
        if kind == "mark":
            if depth == 0 and piece == ";" and not broken:
                if words[:1] == ["import"] and strings and set(words[1:]) <= IMPORT_MODIFIERS:
                    imports.append("".join(string[1:-1] for string in strings))
                elif words[:1] == ["package"] and len(words) == 2 and not package:
                    package = words[1]
            if piece in "{}":
                depth = max(0, depth + (1 if piece == "{" else -1))
            broken = piece in "=()[]"
            if not broken or depth:
                words, strings = [], []
        elif depth == 0:
            (strings if kind == "string" else words).append(piece)
    return ProtoHead(tuple(imports), package)
