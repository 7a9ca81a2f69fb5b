"""Which finding of ours says what an error of buf's says.

An error is covered

- by a finding on the very element that buf names, under a rule that stands for buf's;
- by one that says that something around that element is gone, renamed or elsewhere: what it holds is not listed again;
- where buf sees another type in a field or RPC, by one that says that the type has that other name now;
- where buf sees another default, by one on the enum whose first value is another now.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from parity.buf_breaking import BufError

from protoalign.compare import Finding
from protoalign.contract import Contract, ContractFile

QUOTED = re.compile(r'"([^"]*)"')
ON = re.compile(r' on (message|enum|service) "([^"]+)"')
SUBJECT_OF = re.compile(
    r"(?i)(?:previously present )?(field|extension field|extension|enum value|enum|message|service|rpc|oneof|file"
    r'|package|reserved range|reserved name|extension range|file option)s?\b (?:"([^"]*)")?(?: with name "([^"]*)")?'
)

# What may be said of something around the element instead.
AROUND = re.compile(r"-(missing|renamed|emptied|moved)$|^(package-of-.*|moved-to-file|.*-nested-elsewhere|field-map)$")
TYPE_RULES = re.compile(r"^(FIELD_.*TYPE|RPC_SAME_RE.*_TYPE)$")
RENAMED = re.compile(r"-renamed$|^(moved-to-file|.*-nested-elsewhere)$")


class Covering:
    """The findings of one comparison, asked about buf's errors.

    Args:
        newer: the subject.
        older: the reference.
        findings: what we found.
        rules: each of buf's rules to ours that see the same.
    """

    def __init__(
        self, newer: Contract, older: Contract, findings: Collection[Finding], rules: Mapping[str, Collection[str]]
    ) -> None:
        self._sides = (newer, older)
        self._rules = rules
        self._by_name: dict[str, list[Finding]] = {}
        self._renamed = {
            (finding.reference.name, finding.subject.name)
            for finding in findings
            if finding.reference and finding.subject and RENAMED.search(finding.rule)
        }
        for finding in findings:
            for name in {finding.element, *(place.name for place in (finding.subject, finding.reference) if place)}:
                self._by_name.setdefault(name, []).append(finding)

    def is_about_imports(self, error: BufError) -> bool:
        """Whether it is about a package that neither side declares anything in: what others' files hold."""
        own = {file.package for contract in self._sides for file in contract.files}
        return error.rule.startswith("PACKAGE_") and QUOTED.findall(error.message)[-1] not in own

    def covers(self, error: BufError) -> bool:
        """Whether one of the findings says what buf says."""
        around: set[str] = set()
        for file, name in self._named(error):
            if any(finding.rule in self._rules[error.rule] for finding in self._by_name.get(name, ())):
                return True
            around |= {file, *_enclosing(name, file)}
        if TYPE_RULES.search(error.rule) and tuple(QUOTED.findall(error.message)[-2:]) in self._renamed:
            return True
        if error.rule == "FIELD_SAME_DEFAULT" and self._first_value_differs(error):
            return True
        return any(AROUND.search(finding.rule) for name in around for finding in self._by_name.get(name, ()))

    def _first_value_differs(self, error: BufError) -> bool:
        fields = [self._sides[1].find(name) for _file, name in self._named(error)]
        types = {field.descriptor.type_name.removeprefix(".") for field in fields if field and field.kind == "field"}
        return any(finding.rule == "enum-default-value" for name in types for finding in self._by_name.get(name, ()))

    def _named(self, error: BufError) -> Iterator[tuple[str, str]]:
        """The element that an error is about, as file and full name, on each side that has it."""
        for contract in self._sides:
            for file in self._files(contract, error):
                yield file.name, file.name
                for name in _elements(file.descriptor, error):
                    yield file.name, name

    def _files(self, contract: Contract, error: BufError) -> Iterator[ContractFile]:
        quoted = QUOTED.findall(error.message)
        if error.rule == "FILE_NO_DELETE":
            wanted = {quoted[0]}
        elif error.rule == "PACKAGE_NO_DELETE":
            wanted = {file.name for file in contract.files if file.package == quoted[0]}
        elif error.rule.startswith("PACKAGE_"):
            wanted = {file.name for file in contract.files if file.package == quoted[-1]}
        else:
            wanted = {error.path}
        return (file for file in contract.files if file.name in wanted)


def _elements(file: FileDescriptorProto, error: BufError) -> Iterator[str]:
    """Full names that an error may mean in a file."""
    scope = f"{file.package}." if file.package else ""
    on = ON.search(error.message)
    subject = SUBJECT_OF.match(error.message)
    kind = subject.group(1).lower() if subject else ""
    if on is None:
        if subject and kind not in ("file", "package", "file option"):
            name = scope + (subject.group(3) or subject.group(2) or "").removeprefix(scope)
            yield name
            yield from _map_of_entry(file, name)
        return
    for holder, descriptor in _holders(file, on.group(1), scope + on.group(2), on.group(2)):
        if subject is None or kind.startswith(("reserved", "extension range")):
            yield holder
        elif kind in ("field", "enum value"):
            scope_of_values = holder if kind == "field" else holder.rpartition(".")[0]
            for item in getattr(descriptor, "field" if kind == "field" else "value", ()):
                if str(item.number) == subject.group(2):
                    yield f"{scope_of_values}.{item.name}" if scope_of_values else item.name
            yield holder
        else:
            yield f"{holder}.{subject.group(2)}"


def _holders(file: FileDescriptorProto, kind: str, full_name: str, name: str) -> Iterator[tuple[str, object]]:
    """What an element is said to be in: buf names a nested message by its last name only."""
    if kind == "service":
        yield full_name, None
    for known, descriptor in _types(file):
        if known == full_name or known.endswith(f".{name}"):
            yield known, descriptor


def _map_of_entry(file: FileDescriptorProto, entry: str) -> Iterator[str]:
    """The map field that a message is the entry of."""
    holder = entry.rpartition(".")[0]
    for name, descriptor in _types(file):
        if name == holder:
            for field in getattr(descriptor, "field", ()):
                if field.type_name == f".{entry}":
                    yield f"{holder}.{field.name}"


def _types(file: FileDescriptorProto) -> Iterator[tuple[str, object]]:
    scope = f"{file.package}." if file.package else ""
    pending = [(scope + item.name, item) for item in (*file.message_type, *file.enum_type)]
    while pending:
        name, item = pending.pop()
        yield name, item
        nested = (*getattr(item, "nested_type", ()), *getattr(item, "enum_type", ()))
        pending.extend((f"{name}.{inner.name}", inner) for inner in nested)


def _enclosing(name: str, file: str) -> Iterator[str]:
    while name != file and "." in name:
        name = name.rpartition(".")[0]
        yield name
