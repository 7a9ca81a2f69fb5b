"""Which finding of ours says what an error of buf's says.

An error is covered by a finding on the very element that buf names, under a rule that stands for buf's; or by one that
says that something around that element is gone, renamed or elsewhere: what such an element holds is not listed again.
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
    r"(?i)(?:previously present )?(field|extension field|extension|enum value|enum|message|service|rpc|oneof|file|package"
    r'|reserved range|reserved name|extension range|file option)s?\b (?:"([^"]*)")?(?: with name "([^"]*)")?'
)

# What may be said of something around the element instead.
AROUND = re.compile(
    r"-(missing|renamed|emptied|moved)$|^(package-of-|moved-to-file|message-nested|field-map$|file-emptied)"
)


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
        for finding in findings:
            for name in {finding.element, *(place.name for place in (finding.subject, finding.reference) if place)}:
                self._by_name.setdefault(name, []).append(finding)

    def covers(self, error: BufError) -> bool:
        """Whether one of the findings says what buf says."""
        around: set[str] = set()
        for file, name in self._named(error):
            if any(finding.rule in self._rules[error.rule] for finding in self._by_name.get(name, ())):
                return True
            around |= {file, *_enclosing(name, file)}
        return any(AROUND.search(finding.rule) for name in around for finding in self._by_name.get(name, ()))

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
            yield scope + (subject.group(3) or subject.group(2) or "").removeprefix(scope)
        return
    holder = scope + on.group(2)
    if subject is None or kind.startswith(("reserved", "extension range")):
        yield holder
    elif kind == "field":
        yield from _by_number(file, holder, subject.group(2), "field")
    elif kind == "enum value":
        yield from _by_number(file, holder, subject.group(2), "value")
    else:
        yield f"{holder}.{subject.group(2)}"


def _by_number(file: FileDescriptorProto, holder: str, number: str, list_name: str) -> Iterator[str]:
    for name, descriptor in _types(file):
        if name == holder:
            scope = name if list_name == "field" else name.rpartition(".")[0]
            for item in getattr(descriptor, list_name, ()):
                if str(item.number) == number:
                    yield f"{scope}.{item.name}" if scope else item.name
            yield holder


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
