"""What the two sides of a file have, for the plan in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.markdown import code
from protoalign.reports.wording import counted, percent

if TYPE_CHECKING:
    from protoalign.plan import FilePlan
    from protoalign.plan.outline import FileSide, MessageOutline, ServiceOutline

__all__ = ["side_lines"]

FEW_MESSAGES = 4
FEW_FIELDS = 10
MAIN_MESSAGES = 6


def side_lines(file: FilePlan) -> Iterator[str]:
    """One line for each side that has the file, and one for what is the subject's own."""
    if file.subject is not None:
        aligned = f"; {percent(file.score)} of all elements aligned" if file.elements and file.reference else ""
        yield f"- Subject: {_contents(file.subject)}{aligned}"
        for service in file.subject.service_outline:
            if service.own or service.is_own:
                yield f"- {_own(service)}"
    if file.reference is not None:
        yield f"- Reference: {_contents(file.reference)}{_messages(file.reference)}"
    if file.needed_by:
        shown = ", ".join(code(name) for name in file.needed_by)
        yield f"- Needed by {shown}"


def _contents(side: FileSide) -> str:
    package = f"package {code(side.package)}" if side.package else "no package"
    parts = [
        counted(number, noun)
        for number, noun in ((side.messages, "message"), (side.enums, "enum"), (side.fields, "field"))
        if number
    ]
    services = [
        f"service {code(service.name)} ({counted(len(service.rpcs), 'RPC')})" for service in side.service_outline
    ]
    return ", ".join((package, *(parts or ["no messages"]), *services))


def _own(service: ServiceOutline) -> str:
    rpcs = f"{counted(len(service.own), 'RPC')} that the reference lacks" if service.own else ""
    names = f": {', '.join(code(name) for name in service.own)}" if service.own else ""
    if service.is_own:
        return f"Service {code(service.name)} is the subject's own" + (f", with {rpcs}{names}" if rpcs else "")
    return f"Service {code(service.name)} has {rpcs}{names}"


def _messages(side: FileSide) -> str:
    """Few messages with their fields; of many, the names of the largest."""
    if not side.outline:
        return ""
    if len(side.outline) <= FEW_MESSAGES:
        return ": " + ", ".join(_message(message) for message in side.outline)
    if len(side.outline) <= MAIN_MESSAGES:
        return ": " + ", ".join(code(message.name) for message in side.outline)
    largest = sorted(side.outline, key=lambda message: -len(message.fields))[:MAIN_MESSAGES]
    shown = ", ".join(code(message.name) for message in side.outline if message in largest)
    more = len(side.outline) - len(largest)
    return f": {shown} and {more} more"


def _message(message: MessageOutline) -> str:
    if not message.fields:
        return code(message.name)
    fields = message.fields[:FEW_FIELDS]
    more = ", …" if len(message.fields) > len(fields) else ""
    return f"{code(message.name)} ({', '.join(code(name) for name in fields)}{more})"
