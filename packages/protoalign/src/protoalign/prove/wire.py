"""Judging what runtimes did with the vectors; Google's protobuf with the reference's descriptors reads their JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from protoalign.contract.counts import messages_of
from protoalign.contract.pools import pool_of
from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, MessageVectors, Stage, StageStatus, Vector
from protoalign.prove.raw_report import CHECKS, MessageResult, RawReport, one_line

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

    from protoalign.contract import Contract

__all__ = ["VectorJudge", "WireResult", "judge_wire"]

ENUM_TYPES = (14,)  # FieldDescriptor.TYPE_ENUM


@dataclass(frozen=True, slots=True, kw_only=True)
class WireResult:
    """What one runtime proves.

    Attributes:
        stage: the stage.
        messages: full names of the messages all of whose vectors pass.
        enums: full names of the enums all of whose values occur in a vector that passes.
    """

    stage: Stage
    messages: frozenset[str]
    enums: frozenset[str]


@dataclass
class VectorJudge:
    """The vectors, and what Google's protobuf makes of them; one serves all runtimes.

    Attributes:
        contract: the contract that the vectors were made from.
        vectors: the vectors.
    """

    contract: Contract
    vectors: Sequence[MessageVectors]
    _pools: dict[str, DescriptorPool] = field(default_factory=dict, init=False)
    _descriptors: dict[tuple[str, str], Descriptor | None] = field(default_factory=dict, init=False)
    _encoded: dict[tuple[str, str, str], bytes | str] = field(default_factory=dict, init=False)
    _witnesses: Mapping[str, Mapping[int, set[tuple[str, str]]]] | None = field(default=None, init=False)

    def descriptor_of(self, message: MessageVectors) -> Descriptor | None:
        """Google's descriptor of a message; None where the contract has no such message."""
        key = (message.file, message.message)
        if key not in self._descriptors:
            try:
                self._descriptors[key] = self._pool(message.file).FindMessageTypeByName(message.message)
            except KeyError:
                self._descriptors[key] = None
        return self._descriptors[key]

    def from_json(self, message: MessageVectors, text: str) -> bytes | str:
        """The bytes that a message has whose JSON this is; or what is wrong with the JSON, as text."""
        try:
            data = _strict_json(text)
            key = (message.file, message.message, json.dumps(data, sort_keys=True))
        except (ValueError, RecursionError) as error:
            return f"is no JSON: {one_line(str(error))}"
        known = self._encoded.get(key)
        if known is None:
            known = self._encoded[key] = self._parsed(message, data)
        return known

    def _parsed(self, message: MessageVectors, data: object) -> bytes | str:
        descriptor = self.descriptor_of(message)
        if descriptor is None:
            return "is of a message that the contract does not have"
        parsed = GetMessageClass(descriptor)()
        try:
            # The method takes any JSON value, as Wrapper types and Value need; its annotation says objects only.
            json_format.ParseDict(data, parsed, descriptor_pool=self._pool(message.file))  # type: ignore[arg-type]
            return parsed.SerializePartialToString(deterministic=True)
        except (json_format.ParseError, ValueError, TypeError, RecursionError, AttributeError) as error:
            return f"is not understood: {one_line(str(error))}"

    def json_problem(self, message: MessageVectors, vector: Vector, text: str) -> str:
        """What is wrong with the JSON that a runtime made of a vector; empty where nothing is."""
        assert vector.json is not None  # noqa: S101 - only such vectors are asked about
        if text == vector.json:
            return ""
        found = self.from_json(message, text)
        wanted = self.from_json(message, vector.json) if vector.lossy_json else vector.output
        shown = one_line(text)
        if isinstance(found, str):
            return f"{shown} {found}"
        return "" if found == wanted else f"{shown}, not {one_line(vector.json)}"

    def is_same_message(self, message: MessageVectors, first: bytes, second: bytes) -> bool:
        """Whether two encodings are of one message, unknown fields included."""
        descriptor = self.descriptor_of(message)
        if descriptor is None:
            return False
        known = GetMessageClass(descriptor)
        try:
            encoded = [known.FromString(each).SerializePartialToString(deterministic=True) for each in (first, second)]
        except (DecodeError, ValueError):
            return False
        return encoded[0] == encoded[1]

    @property
    def witnesses(self) -> Mapping[str, Mapping[int, set[tuple[str, str]]]]:
        """Full name of each own enum that a field uses, to each of its numbers, to the vectors in which it occurs."""
        if self._witnesses is None:
            self._witnesses = self._found_witnesses()
        return self._witnesses

    def _found_witnesses(self) -> Mapping[str, Mapping[int, set[tuple[str, str]]]]:
        found: dict[str, dict[int, set[tuple[str, str]]]] = {
            name: {number: set() for number in numbers} for name, numbers in _used_enums(self.contract).items()
        }
        reach: dict[Descriptor, bool] = {}
        for message in self.vectors:
            descriptor = self.descriptor_of(message)
            if descriptor is None or not _reaches_enum(descriptor, reach):
                continue
            known = GetMessageClass(descriptor)
            for vector in message.vectors:
                try:
                    decoded = known.FromString(vector.input)
                except Exception:  # noqa: BLE001, S112 - the runtime's own stage tells what it cannot decode
                    continue
                for enum, number in _enum_values(decoded):
                    where = found.get(enum, {}).get(number)
                    if where is not None:
                        where.add((message.message, vector.name))
        return found

    def _pool(self, file: str) -> DescriptorPool:
        if file not in self._pools:
            group = next((group for group in self.contract.groups if file in group), ())
            pool = pool_of(self.contract.by_name[name] for name in group)
            self._pools |= dict.fromkeys((*group, file), pool)
        return self._pools[file]


def judge_wire(
    name: str,
    judge: VectorJudge,
    report: RawReport,
    *,
    seconds: float = 0.0,
    whole: bool = True,
    any_order: bool = False,
) -> WireResult:
    """Hold a runtime's report against the vectors.

    Args:
        name: the stage's name.
        judge: the vectors.
        report: what the runtime reports.
        seconds: how long it took.
        whole: whether the vectors are meant to cover the contract; else nothing is said of what they leave out.
        any_order: whether a runtime may write fields and map entries in another order. Vectors that are made from a
            contract avoid what runtimes order differently; messages that others made do not.

    Returns:
        The stage, which passes only where every vector of every message passes every check, and what is proved.
    """
    findings = FewFindings()
    for error in report.errors:
        findings.add(error)
    proved: set[str] = set()
    unproved: set[str] = set()
    passing: set[tuple[str, str]] = set()
    for message in judge.vectors:
        failed, wrong = _judged(judge, message, report, any_order=any_order)
        for each in wrong:
            findings.add(each)
        (unproved if wrong else proved).add(message.message)
        if message.message in report.messages and not _is_short(message, report):
            passing.update((message.message, each.name) for each in message.vectors if each.name not in failed)
    proved -= unproved
    totals = judge.contract.counts
    messages, vectors = len(judge.vectors), sum(len(message.vectors) for message in judge.vectors)
    figures = [
        Figure(name="messages", proved=len(proved), total=totals.messages if whole else messages),
        Figure(name="vectors", proved=len(passing), total=vectors),
    ]
    enums: set[str] = set()
    if whole:
        enums = _proved_enums(judge, passing, findings)
        figures.append(Figure(name="enums", proved=len(enums), total=totals.enums))
        if messages < totals.messages:
            findings.add(f"{totals.messages - messages} messages have no vectors")
    status = StageStatus.FAILED if findings else StageStatus.PASSED
    stage = Stage(name=name, status=status, figures=tuple(figures), findings=findings.lines(), seconds=seconds)
    return WireResult(stage=stage, messages=frozenset(proved), enums=frozenset(enums))


def _is_short(message: MessageVectors, report: RawReport) -> bool:
    return report.messages[message.message].vectors < len(message.vectors)


def _judged(
    judge: VectorJudge, message: MessageVectors, report: RawReport, *, any_order: bool
) -> tuple[set[str], list[str]]:
    """The names of a message's failed vectors, and what is wrong, one line for each field and check."""
    name = message.message
    if name in report.missing:
        return set(), [f"{name}: the code has no such message"]
    result = report.messages.get(name)
    if result is None:
        # A message without vectors leaves nothing to try.
        return set(), [f"{name}: no vector was tried"] if message.vectors or name not in report.messages else []
    failed: dict[str, list[tuple[str, str]]] = {}
    reordered = _reordered(judge, message, result) if any_order else frozenset()
    for failure in result.failures:
        # Behind bytes in another order, all that compares bytes fails with them; the JSON is judged below.
        if failure.vector not in reordered or failure.check == "decode":
            failed.setdefault(failure.vector, []).append((failure.check, failure.detail))
    for vector in message.vectors:
        checks = {check for check, _ in failed.get(vector.name, ())}
        if vector.json is None or checks & {"decode", "to-json"}:
            continue
        text = result.json.get(vector.name)
        problem = "gave no JSON" if text is None else judge.json_problem(message, vector, text)
        if problem:
            failed.setdefault(vector.name, []).append(("to-json", problem))
    lines = list(_lines(judge, message, failed))
    if _is_short(message, report):
        lines.append(f"{name}: {result.vectors} of {len(message.vectors)} vectors were tried")
    return set(failed), lines


def _reordered(judge: VectorJudge, message: MessageVectors, result: MessageResult) -> frozenset[str]:
    """The vectors of which a runtime wrote the same message in other bytes."""
    expected = {vector.name: vector.output for vector in message.vectors}
    return frozenset(
        name
        for name, encoded in result.encoded.items()
        if name in expected
        and len(encoded) == len(expected[name])
        and judge.is_same_message(message, encoded, expected[name])
    )


def _lines(
    judge: VectorJudge, message: MessageVectors, failed: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[str]:
    """One line for each field and check: the first vector that fails, and how many more do."""
    descriptor = judge.descriptor_of(message)
    fields = set(descriptor.fields_by_name) if descriptor is not None else set()
    first: dict[tuple[str, str], str] = {}
    more: Counter[tuple[str, str]] = Counter()
    for vector, problems in failed.items():
        field_name = vector.split("/", 1)[0]
        element = f"{message.message}.{field_name}" if field_name in fields else message.message
        for check, detail in problems:
            if (element, check) in first:
                more[element, check] += 1
            else:
                first[element, check] = f"{element}: {check} of vector {one_line(vector)}: {detail}"
    for key in sorted(first, key=lambda each: (each[0], CHECKS.index(each[1]))):
        others = more[key]
        yield f"{first[key]} (and {others} more {'vector' if others == 1 else 'vectors'})" if others else first[key]


def _proved_enums(judge: VectorJudge, passing: set[tuple[str, str]], findings: FewFindings) -> set[str]:
    """The own enums that are proved; one that no field uses has no wire form, so nothing is left to prove of it."""
    proved = set(_own_enums(judge.contract)) - judge.witnesses.keys()
    for enum, numbers in judge.witnesses.items():
        unseen = [number for number, where in numbers.items() if where.isdisjoint(passing)]
        if not unseen:
            proved.add(enum)
            continue
        listed = ", ".join(map(str, unseen[:5])) + (", …" if len(unseen) > 5 else "")
        findings.add(f"{enum}: no vector that passes has its value {listed}")
    return proved


# ---- the reference's enums --------------------------------------------------------------------------------------


def _own_enums(contract: Contract) -> dict[str, frozenset[int]]:
    """Full name of each of the contract's own enums to its numbers."""
    found: dict[str, frozenset[int]] = {}

    def add(scope: str, declared: FileDescriptorProto | DescriptorProto) -> None:
        for enum in declared.enum_type:
            found[f"{scope}.{enum.name}" if scope else enum.name] = frozenset(value.number for value in enum.value)

    def descend(scope: str, messages: Iterable[DescriptorProto]) -> None:
        for message in messages:
            name = f"{scope}.{message.name}" if scope else message.name
            add(name, message)
            descend(name, message.nested_type)

    for file in contract.files:
        add(file.descriptor.package, file.descriptor)
        descend(file.descriptor.package, file.descriptor.message_type)
    return found


def _used_enums(contract: Contract) -> dict[str, frozenset[int]]:
    """The own enums that a field, a map's value or an extension of the contract's own files has as its type."""
    used: set[str] = set()
    for file in contract.files:
        fields = [*file.descriptor.extension]
        for message in _all_messages(file.descriptor):
            fields += [*message.field, *message.extension]
        used.update(each.type_name.removeprefix(".") for each in fields if each.type in ENUM_TYPES)
    return {name: numbers for name, numbers in _own_enums(contract).items() if name in used}


def _all_messages(file: FileDescriptorProto) -> Iterator[DescriptorProto]:
    """Every message of the file, map entries too."""
    for message in messages_of(file):
        yield message
        yield from (each for each in message.nested_type if each.options.map_entry)


def _reaches_enum(descriptor: Descriptor, known: dict[Descriptor, bool]) -> bool:
    """Whether messages of this type can hold an enum's value, themselves or inside others, or be extended by one."""
    if descriptor not in known:
        seen: set[Descriptor] = set()
        pending = [descriptor]
        known[descriptor] = False
        while pending:
            each = pending.pop()
            if each in seen:
                continue
            seen.add(each)
            if each.is_extendable or any(one.enum_type is not None for one in each.fields):
                known[descriptor] = True
                break
            pending += [one.message_type for one in each.fields if one.message_type is not None]
    return known[descriptor]


def _enum_values(message: Message) -> Iterator[tuple[str, int]]:
    """Full name and number of every enum value that a message has, at any depth; the default where nothing is set."""
    for descriptor in message.DESCRIPTOR.fields:
        if descriptor.enum_type is not None and not descriptor.is_repeated and not descriptor.has_presence:
            yield descriptor.enum_type.full_name, getattr(message, descriptor.name)
    for descriptor, value in message.ListFields():
        kind = descriptor.message_type
        if descriptor.enum_type is not None:
            numbers = value if descriptor.is_repeated else (value,)
            yield from ((descriptor.enum_type.full_name, number) for number in numbers)
        elif kind is None:
            continue
        elif kind.GetOptions().map_entry:
            inner = kind.fields_by_name["value"]
            if inner.enum_type is not None:
                yield from ((inner.enum_type.full_name, number) for number in value.values())
            elif inner.message_type is not None:
                for each in value.values():
                    yield from _enum_values(each)
        else:
            for each in value if descriptor.is_repeated else (value,):
                yield from _enum_values(each)


# ---- JSON -------------------------------------------------------------------------------------------------------


def _strict_json(text: str) -> object:
    """Parse JSON as RFC 8259 has it: no NaN, no key twice.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """

    def refused(constant: str) -> object:
        raise ValueError(f"{constant} is no JSON value")

    def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) < len(pairs):
            raise ValueError("an object has a key twice")
        return table

    def whole(digits: str) -> float:
        # What a double's minus zero may be written as; Python's int would lose the sign.
        return -0.0 if digits == "-0" else int(digits)

    return json.loads(text, parse_constant=refused, parse_int=whole, object_pairs_hook=distinct)
