"""What bytes an expression of a syntax tree stands for, without running anything.

Only literals and a handful of pure operations on literals are understood: concatenation, `.encode('latin1')`, the
`_b('…')` of older generated code, base64 and hex. Names are looked up where they are assigned in the same module.
"""

from __future__ import annotations

import ast
import binascii
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Bindings", "Budget", "LiteralTooLargeError", "bytes_of", "name_of"]

# Function names whose only argument is a text that stands for bytes.
LATIN_1_CALLS = {"_b", "b", "_bytes"}
LATIN_1_NAMES = {"latin1", "latin-1", "latin_1", "iso-8859-1", "iso8859-1", "l1"}
ENCODINGS = {**dict.fromkeys(LATIN_1_NAMES, "latin-1"), "ascii": "ascii", "utf-8": "utf-8", "utf8": "utf-8"}
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "b64decode": binascii.a2b_base64,
    "standard_b64decode": binascii.a2b_base64,
    "a2b_base64": binascii.a2b_base64,
    "urlsafe_b64decode": lambda text: binascii.a2b_base64(text.translate(bytes.maketrans(b"-_", b"+/"))),
    "unhexlify": binascii.unhexlify,
    "a2b_hex": binascii.unhexlify,
    "fromhex": lambda text: binascii.unhexlify(b"".join(text.split())),
}

Value = bytes | str | None

END = (1 << 62, 0)


class LiteralTooLargeError(Exception):
    """An expression that stands for more bytes than allowed."""


@dataclass(frozen=True, slots=True)
class _Binding:
    position: tuple[int, int]
    value: ast.expr
    adds: bool


@dataclass(slots=True)
class Budget:
    """How many bytes the expressions of one module may still come to; a short module could ask for any number.

    Attributes:
        limit: the most bytes that one expression may stand for.
        left: the bytes left for all of them together.
    """

    limit: int
    left: int

    def spend(self, size: int) -> None:
        """Take away what one expression came to."""
        self.left -= size
        if size > self.limit or self.left < 0:
            raise LiteralTooLargeError


@dataclass(slots=True)
class Bindings:
    """What names are assigned to in one scope (a module or a function), and in the scope around it.

    Attributes:
        budget: what the expressions may come to.
        outer: the scope around this one.
    """

    budget: Budget
    outer: Bindings | None = None
    _assigned: dict[str, list[_Binding]] = field(default_factory=dict)
    _known: dict[tuple[str, int], Value] = field(default_factory=dict)

    def note(self, statement: ast.stmt) -> None:
        """Remember what the statement assigns; statements come in the order of the module's text."""
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._bind(target, statement.value, adds=False)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._bind(statement.target, statement.value, adds=False)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
            self._bind(statement.target, statement.value, adds=True)

    def _bind(self, target: ast.expr, value: ast.expr, *, adds: bool) -> None:
        if isinstance(target, ast.Name):
            position = (target.lineno, target.col_offset)
            self._assigned.setdefault(target.id, []).append(_Binding(position, value, adds))

    def assigned(self, name: str, before: tuple[int, int]) -> ast.expr | None:
        """The expression that the name was last assigned before a position, additions aside."""
        scope, index = self._find(name, before)
        if scope is None:
            return None
        bindings = scope._assigned[name]
        return bindings[_first_of(bindings, index)].value

    def value(self, name: str, before: tuple[int, int]) -> Value:
        """What the name stands for at a position; None where that is not known."""
        scope, index = self._find(name, before)
        if scope is None:
            return None
        if (name, index) not in scope._known:
            bindings = scope._assigned[name]
            # Only bindings that stand before these can be met on the way, so this ends.
            parts = [
                _evaluate(each.value, scope, each.position) for each in bindings[_first_of(bindings, index) : index + 1]
            ]
            scope._known[name, index] = _joined(parts, scope.budget)
        return scope._known[name, index]

    def _find(self, name: str, before: tuple[int, int]) -> tuple[Bindings | None, int]:
        bindings = self._assigned.get(name, [])
        earlier = bisect_left(bindings, before, key=lambda binding: binding.position)
        if earlier:
            return self, earlier - 1
        # A function sees the module as it is when everything in it has run.
        return (None, -1) if self.outer is None else self.outer._find(name, END)


def _first_of(bindings: list[_Binding], index: int) -> int:
    """The index of the assignment that the additions up to `index` add to."""
    while index > 0 and bindings[index].adds:
        index -= 1
    return index


def bytes_of(expression: ast.expr, bindings: Bindings) -> bytes | None:
    """The bytes that the expression stands for, text being taken as latin-1; None where that is not known.

    Raises:
        LiteralTooLargeError: they are more than the limit.
    """
    value = _evaluate(expression, bindings, (expression.lineno, expression.col_offset))
    return _as_latin_1(value)


def name_of(function: ast.expr) -> str:
    """The last part of a dotted name, empty where the expression is none."""
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _evaluate(expression: ast.expr, bindings: Bindings, position: tuple[int, int]) -> Value:
    return _joined((_evaluate_one(part, bindings, position) for part in _summands(expression)), bindings.budget)


def _summands(expression: ast.expr) -> Iterator[ast.expr]:
    # A stack, for concatenations nest as deep as they are long.
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            pending += [node.right, node.left]
        else:
            yield node


def _evaluate_one(expression: ast.expr, bindings: Bindings, position: tuple[int, int]) -> Value:
    if isinstance(expression, ast.Constant):
        return expression.value if isinstance(expression.value, bytes | str) else None
    if isinstance(expression, ast.Name):
        return bindings.value(expression.id, position)
    if isinstance(expression, ast.NamedExpr):
        return _evaluate(expression.value, bindings, position)
    if isinstance(expression, ast.Call):
        return _evaluate_call(expression, bindings, position)
    return None


def _evaluate_call(call: ast.Call, bindings: Bindings, position: tuple[int, int]) -> Value:
    function = call.func
    name = name_of(function)
    if name == "encode" and isinstance(function, ast.Attribute) and len(call.args) <= 1 and not call.keywords:
        return _encoded(_evaluate(function.value, bindings, position), call.args)
    if name == "join" and isinstance(function, ast.Attribute) and len(call.args) == 1:
        separator = _evaluate(function.value, bindings, position)
        return _join(separator, call.args[0], bindings, position)
    if len(call.args) != 1 or call.keywords:
        return None
    argument = call.args[0]
    if name in DECODERS:
        text = _as_latin_1(_evaluate(argument, bindings, position))
        try:
            return None if text is None else DECODERS[name](text)
        except ValueError:  # also binascii.Error
            return None
    if name in LATIN_1_CALLS:
        return _as_latin_1(_evaluate(argument, bindings, position))
    if name in ("bytes", "bytearray") and isinstance(function, ast.Name):
        if isinstance(argument, ast.List | ast.Tuple):
            return _from_numbers(argument.elts)
        value = _evaluate(argument, bindings, position)
        return value if isinstance(value, bytes) else None
    return None


def _encoded(text: Value, arguments: list[ast.expr]) -> bytes | None:
    if not isinstance(text, str):
        return None
    encoding: object = "utf-8"
    if arguments:
        encoding = arguments[0].value if isinstance(arguments[0], ast.Constant) else None
    known = ENCODINGS.get(encoding.lower()) if isinstance(encoding, str) else None
    try:
        return None if known is None else text.encode(known)
    except UnicodeEncodeError:
        return None


def _join(separator: Value, parts: ast.expr, bindings: Bindings, position: tuple[int, int]) -> Value:
    if separator not in (b"", "") or not isinstance(parts, ast.List | ast.Tuple):
        return None
    values = (_evaluate(part, bindings, position) for part in parts.elts)
    return _joined((separator, *values), bindings.budget)


def _joined(parts: Iterable[Value], budget: Budget) -> Value:
    """All parts as one; None where one of them is unknown or they are not of one type."""
    texts: list[str] = []
    chunks: list[bytes] = []
    for part in parts:
        if part is None:
            return None
        if isinstance(part, str):
            texts.append(part)
        else:
            chunks.append(part)
    if texts and chunks:
        return None
    budget.spend(sum(map(len, texts)) + sum(map(len, chunks)))
    return "".join(texts) if texts else b"".join(chunks)


def _from_numbers(items: Iterable[ast.expr]) -> bytes | None:
    numbers = [item.value if isinstance(item, ast.Constant) else None for item in items]
    checked = [number for number in numbers if isinstance(number, int) and 0 <= number <= 0xFF]
    return bytes(checked) if len(checked) == len(numbers) else None


def _as_latin_1(value: Value) -> bytes | None:
    if not isinstance(value, str):
        return value
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return None
