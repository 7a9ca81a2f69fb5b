"""Structural differences: what differs, without any opinion on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.compare.nodes import NodeIndex
    from protoalign.contract import Contract

__all__ = ["Aspect", "Difference", "Match", "MatchedBy", "Matching", "Node", "NodeKind", "StructuralDiff"]

NodeKind = Literal["file", "message", "field", "oneof", "extension", "enum", "enum value", "service", "rpc"]

Aspect = Literal[
    # of every node
    "missing",  # the reference has it, the subject has not; its descendants are not listed besides, but for the
    #             top-level elements of a missing file, which are
    "extra",  # the subject has it, the reference has not; likewise
    "name",  # matched under another name: another simple name, or another parent; of a file, another path
    "file",  # a top-level element that is declared in another file than its counterpart's
    "option",  # one option; `detail` is its name: `deprecated`, `(acme.sensitive)`, `features.(pb.go).api_level`
    "feature",  # one of protobuf's own features is set otherwise on this node; `detail` is its name. What follows from
    #             it for presence, packing and so on is a difference of its own on each node that it changes
    "order",  # the order of children; `detail` is which: `fields`, `values`, `messages`, `enums`, `rpcs`, …
    "reserved range",  # of messages and enums; one difference each range that only one side reserves
    "reserved name",
    "visibility",  # `export` and `local` of edition 2024
    "other",  # a part of the descriptor that nothing above speaks of; `detail` is its name
    # of files
    "package",
    "syntax",  # the value is `proto2`, `proto3` or `edition 2023`
    "import",  # one import; `detail` is the imported file's name; the value is how: `import`, `import public`,
    #            `import weak`, `import option`
    # of messages
    "extension range",
    "json format",  # whether JSON is ALLOW or LEGACY_BEST_EFFORT; of enums too
    # of fields and extensions
    "number",
    "type",  # scalar, message, enum or group, with the full name of a type
    "cardinality",  # `singular`, `repeated`, `map`
    "presence",  # `explicit`, `implicit`, `required`; of singular fields
    "packed",  # `packed` or `expanded`; of repeated fields that can be packed
    "utf8",  # `verify` or `none`; of strings
    "encoding",  # `length-prefixed` or `delimited`; of messages
    "json name",
    "default",
    "oneof",  # the name of the oneof that holds it, the empty string for none; synthetic oneofs do not count
    "extendee",
    # of enums
    "closed",  # `open` or `closed`
    # of enum values: "number"
    # of RPCs
    "input",
    "output",
    "client streaming",  # `stream` or the empty string
    "server streaming",
    "body",  # whether it was declared with `{}` or `;`, which the descriptor keeps as empty or absent options
]


@dataclass(frozen=True, slots=True)
class Node:
    """One file or one named element of one side.

    Attributes:
        kind: what it is.
        name: its full name without a leading dot; of a file, the file's name.
        file: the name of the .proto file that declares it.
        path: where in that file's descriptor, as SourceCodeInfo.Location.path defines it; `()` for the file.
        descriptor: its descriptor message; to be read, not edited.
    """

    kind: NodeKind
    name: str
    file: str
    path: tuple[int, ...]
    descriptor: Message = field(repr=False, compare=False)

    @property
    def simple_name(self) -> str:
        """The last part of an element's name; a file's base name."""
        return self.name.rpartition("/" if self.kind == "file" else ".")[2]


MatchedBy = Literal["mapping", "name", "package", "shape", "use"]


@dataclass(frozen=True, slots=True)
class Match:
    """A node of the subject and its counterpart in the reference.

    Attributes:
        subject: the subject's node.
        reference: the reference's node.
        by: how they were matched: by the user's `mapping`; by full `name`; by name under a mapping of `package`s or
            files that was inferred; by `shape` (same numbers and types under another name); by `use` (matched fields or
            RPCs refer to the one here and to the other there).
        reason: one sentence for people that says why; empty for `name`.
    """

    subject: Node
    reference: Node
    by: MatchedBy
    reason: str = ""

    @property
    def is_guess(self) -> bool:
        """Whether it was inferred, so that it has to be stated and may be overruled."""
        return self.by not in ("mapping", "name")


@dataclass(frozen=True)
class Matching:
    """Which nodes of two contracts are counterparts of each other. Only the contracts' own files take part.

    Attributes:
        files: matches of files, by the subject's file name.
        elements: matches of all other nodes, by the subject's full name; map entries and synthetic oneofs have none.
            Elements of files that both sides have byte for byte under one name are left out: they match by name.
        packages: subject package to the reference packages that its files' counterparts are in, most files first;
            a package that is called the same on both sides is there too.
        subject_nodes: the subject's nodes as far as they were looked at; None where they are not known, or one name is
            declared twice. It spares others to index them again.
        reference_nodes: the reference's, likewise.
    """

    files: Mapping[str, Match]
    elements: Mapping[str, Match]
    packages: Mapping[str, tuple[str, ...]]
    subject_nodes: NodeIndex | None = field(default=None, repr=False, compare=False)
    reference_nodes: NodeIndex | None = field(default=None, repr=False, compare=False)
    file_of_reference: Mapping[str, Match] = field(init=False, repr=False)
    element_of_reference: Mapping[str, Match] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file_of_reference", {match.reference.name: match for match in self.files.values()})
        object.__setattr__(
            self, "element_of_reference", {match.reference.name: match for match in self.elements.values()}
        )

    def to_reference(self, full_name: str) -> str:
        """The reference's name of an element of the subject; the name itself where it has no counterpart."""
        match = self.elements.get(full_name)
        return match.reference.name if match is not None else full_name


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. Its two nodes are counterparts; one is None where the other side has none.

    Attributes:
        aspect: what about the node differs.
        subject: the subject's node.
        reference: the reference's node.
        subject_value: the aspect's value there, as .proto text would say it; empty where absent.
        reference_value: likewise.
        detail: which one, where a node has several of the aspect; see `Aspect`.
    """

    aspect: Aspect
    subject: Node | None
    reference: Node | None
    subject_value: str = ""
    reference_value: str = ""
    detail: str = ""

    @property
    def node(self) -> Node:
        """The reference's node, else the subject's."""
        node = self.reference or self.subject
        assert node is not None  # noqa: S101 - a difference has at least one side
        return node

    @property
    def kind(self) -> NodeKind:
        """The kind of its nodes."""
        return self.node.kind


@dataclass(frozen=True)
class StructuralDiff:
    """All differences of two contracts, and what they were matched by.

    There are none if and only if the contracts' canonical forms are equal (see `protoalign.contract.canonical`).
    """

    subject: Contract
    reference: Contract
    matching: Matching
    differences: tuple[Difference, ...]
