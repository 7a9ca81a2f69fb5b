"""Which RPCs an element reaches, and whether through their requests, their responses or both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.compare.model import Direction, Reach
from protoalign.compare.paths import enclosing_name
from protoalign.contract.elements import joined

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    from protoalign.compare.structure import Aspect, Difference, Node
    from protoalign.contract import Contract

__all__ = ["ReachIndex", "direction_of"]

FILE_ASPECTS: frozenset[Aspect] = frozenset(("package", "missing", "extra"))


def direction_of(reaches: Iterable[Reach]) -> Direction | None:
    """The direction over several RPCs; None for none."""
    directions = {reach.direction for reach in reaches}
    if len(directions) > 1:
        return "both"
    return next(iter(directions), None)


class ReachIndex:
    """The RPCs that elements of two contracts reach; nothing is computed before it is asked for."""

    def __init__(self, subject: Contract, reference: Contract) -> None:
        self._contracts = (subject, reference)
        self._cache: dict[tuple[bool, str], tuple[Reach, ...]] = {}

    @cached_property
    def _of_subject(self) -> _Graph:
        return _Graph(self._contracts[0])

    @cached_property
    def _of_reference(self) -> _Graph:
        return _Graph(self._contracts[1])

    def of(self, difference: Difference) -> tuple[Reach, ...]:
        """The RPCs that a difference reaches, sorted by path: the reference's, or the subject's for what is extra.

        What a file holds besides its package, such as its options, reaches none.
        """
        node = difference.node
        if node.kind == "file" and difference.aspect not in FILE_ASPECTS:
            return ()
        in_reference = difference.reference is not None
        contract = self._contracts[in_reference]
        key = (in_reference, f"{node.kind} {_anchor(node, contract)}")
        if key not in self._cache:
            graph = self._of_reference if in_reference else self._of_subject
            kind, _, name = key[1].rpartition(" ")
            self._cache[key] = graph.reaches(graph.mask(kind, name))
        return self._cache[key]


def _anchor(node: Node, contract: Contract) -> str:
    """The type through which a node reaches RPCs; services, RPCs and files are their own."""
    if node.kind in ("field", "oneof"):
        return node.name.rpartition(".")[0]
    if node.kind == "enum value":
        return enclosing_name(contract.by_name[node.file].descriptor, node.path)
    if node.kind == "extension":
        extendee: str = node.descriptor.extendee  # type: ignore[attr-defined]
        return extendee.removeprefix(".")
    return node.name


class _Graph:
    """From types to RPCs. A set of RPCs is an int: one bit for each request, and above them one for each response."""

    def __init__(self, contract: Contract) -> None:
        self.paths: list[str] = []
        self.services: dict[str, list[int]] = {}
        self.rpcs: dict[str, int] = {}
        self.files: dict[str, tuple[list[str], list[str]]] = {}
        self.uses: dict[str, list[str]] = {}
        inputs: list[str] = []
        outputs: list[str] = []
        for file in contract.by_name.values():
            types, services = self.files[file.name] = ([], [])
            self._add_types(file.descriptor, types)
            for service in file.descriptor.service:
                full_name = joined(file.package, service.name)
                services.append(full_name)
                numbers = self.services.setdefault(full_name, [])
                for method in service.method:
                    self.rpcs[f"{full_name}.{method.name}"] = len(self.paths)
                    numbers.append(len(self.paths))
                    self.paths.append(f"/{full_name}/{method.name}")
                    inputs.append(method.input_type.removeprefix("."))
                    outputs.append(method.output_type.removeprefix("."))
        self._tuples: dict[int, tuple[Reach, ...]] = {0: ()}
        self.masks: dict[str, int] = {}
        for number, (request, response) in enumerate(zip(inputs, outputs, strict=True)):
            self.masks[request] = self.masks.get(request, 0) | 1 << number
            self.masks[response] = self.masks.get(response, 0) | 1 << len(self.paths) + number
        self._propagate()

    def _add_types(self, file: FileDescriptorProto, types: list[str]) -> None:
        self._add_extensions(file.extension)
        types.extend(joined(file.package, enum.name) for enum in file.enum_type)
        pending = [(joined(file.package, message.name), message) for message in file.message_type]
        while pending:
            name, message = pending.pop()
            types.append(name)
            types.extend(f"{name}.{enum.name}" for enum in message.enum_type)
            used = [field.type_name[1:] for field in message.field if field.type_name]
            if used:
                self.uses.setdefault(name, []).extend(used)
            self._add_extensions(message.extension)
            pending.extend((f"{name}.{nested.name}", nested) for nested in message.nested_type)

    def _add_extensions(self, extensions: Sequence[FieldDescriptorProto]) -> None:
        for extension in extensions:
            if extension.type_name:
                self.uses.setdefault(extension.extendee.removeprefix("."), []).append(extension.type_name[1:])

    def _propagate(self) -> None:
        # In this order one pass is enough but for types that contain each other; a further pass sees that all is done.
        order = self._users_first()
        changed = True
        while changed:
            changed = False
            for name in order:
                mask = self.masks[name]
                for used in self.uses.get(name, ()):
                    known = self.masks.get(used, 0)
                    if mask & ~known:
                        self.masks[used] = known | mask
                        changed = True

    def _users_first(self) -> list[str]:
        """The types that RPCs reach, so that users stand before what they use wherever that is possible."""
        left: list[str] = []
        seen: set[str] = set()
        for root in list(self.masks):
            if root in seen:
                continue
            seen.add(root)
            stack: list[tuple[str, Iterator[str]]] = [(root, iter(self.uses.get(root, ())))]
            while stack:
                name, pending = stack[-1]
                following = next((used for used in pending if used not in seen), None)
                if following is None:
                    left.append(name)
                    stack.pop()
                else:
                    seen.add(following)
                    stack.append((following, iter(self.uses.get(following, ()))))
        for name in left:
            self.masks.setdefault(name, 0)
        return left[::-1]

    def mask(self, kind: str, name: str) -> int:
        """The RPCs that an element reaches; an unknown name reaches none."""
        if kind == "rpc":
            return self._both([self.rpcs[name]] if name in self.rpcs else [])
        if kind == "service":
            return self._both(self.services.get(name, []))
        if kind == "file":
            types, services = self.files.get(name, ([], []))
            mask = 0
            for type_name in types:
                mask |= self.masks.get(type_name, 0)
            for service in services:
                mask |= self._both(self.services[service])
            return mask
        return self.masks.get(name, 0)

    def _both(self, numbers: Iterable[int]) -> int:
        mask = 0
        for number in numbers:
            mask |= 1 << number | 1 << len(self.paths) + number
        return mask

    def reaches(self, mask: int) -> tuple[Reach, ...]:
        """The RPCs of a set; equal sets share one tuple, for a shared type's findings can be many."""
        if mask not in self._tuples:
            count = len(self.paths)
            request, response = mask & (1 << count) - 1, mask >> count
            found = []
            either = request | response
            while either:
                bit = either & -either
                either ^= bit
                direction: Direction = (
                    "both" if request & response & bit else "request" if request & bit else "response"
                )
                found.append(Reach(path=self.paths[bit.bit_length() - 1], direction=direction))
            self._tuples[mask] = tuple(sorted(found, key=lambda reach: reach.path))
        return self._tuples[mask]
