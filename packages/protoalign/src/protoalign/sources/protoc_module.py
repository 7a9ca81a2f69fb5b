"""The quick way through modules that protoc wrote: a line grammar instead of a syntax tree.

Parsing a whole generated module into a syntax tree costs a hundred times what finding its one literal costs. So a
module that is, line for line, what protoc's Python generator writes is read by this grammar, and every other module by
its syntax tree. Where Python can parse a module at all, both ways yield the same: every line that the grammar takes is
a complete statement or comment, so the literal that follows them stands at the top level of the module; and what
follows the literal holds no other call that could bring a descriptor.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["serialized_of_protoc_module"]

# Everything that may stand before the statement with the descriptor. No line can open a string or a bracket that it
# does not close itself.
PRELUDE = re.compile(
    rb"""(?:
        \n
        | \#[^\n]*\n
        | from\ [\w.]+\ import\ (?:\w+(?:\ as\ \w+)?|\*)\n
        | from\ [\w.]+\ import\ \(\n\ {4}\w+(?:\ as\ \w+)?,\n\)\n
        | import\ [\w.]+(?:\ as\ \w+)?\n
        | "{3}[^"\\\n]*"{3}\n
        | _sym_db\ =\ _symbol_database\.Default\(\)\n
        | _runtime_version\.ValidateProtobufRuntimeVersion\([ \n]*
            _runtime_version\.Domain\.\w+(?:,[ \n]*(?:0|[1-9]\d*|'[^'\\\n]*'|"[^"\\\n]*"))*,?[ \n]*\)\n
        | try:\n\ \ \w+\ =\ [\w.]+\nexcept\ AttributeError:\n\ \ \w+\ =\ [\w.]+\n
    )*
    (?P<statement>DESCRIPTOR\ =\ _descriptor_pool\.Default\(\)\.AddSerializedFile\()
    (?:(?P<wrapped>\n\ +)b|b)(?P<quote>['"])""",
    re.VERBOSE,
)
BUILDERS = re.compile(
    rb"""\n*(?:_globals\ =\ globals\(\)\n)?
    _builder\.BuildMessageAndEnumDescriptors\(DESCRIPTOR,\ (?:_globals|globals\(\))\)\n
    _builder\.BuildTopDescriptorsAndMessages\([ \n]*
    DESCRIPTOR,\ (?:'[^'\\\n]*'|"[^"\\\n]*"),\ (?:_globals|globals\(\))[ \n]*\)\n""",
    re.VERBOSE,
)
# A line behind the builders that protoc does not write.
FOREIGN_LINE = re.compile(
    rb"""\n(?!
        \ \ _ | \ \ DESCRIPTOR\._ | \#\ @@ | \n | \Z
        | if\ not\ _descriptor\._USE_C_DESCRIPTORS:\n | if\ _descriptor\._USE_C_DESCRIPTORS\ ==\ False:\n
        | \ \ \ \ _globals\[ | \ \ \ \ DESCRIPTOR\._ | \ {8}["']\w+["']\n | \ \ \ \ \]\._ | \ {8}b["'] | \ \ \ \ \)\n
    )""",
    re.VERBOSE,
)
LAST_LINE = b"# @@protoc_insertion_point(module_scope)\n"
CODING = re.compile(rb"[^\n]*\n?[^\n]*coding[:=]")
UTF_8_COOKIE = b"# -*- coding: utf-8 -*-\n"
# Every way to give a descriptor is a call with one of these in it.
CALLS = (b"AddSerializedFile", b"serialized_pb", b"FromString", b"FileDescriptor", b"DescriptorProto", b"file_desc")


def serialized_of_protoc_module(text: bytes) -> tuple[bytes, int] | None:
    """The descriptor's bytes and line, if the module is one that protoc wrote and holds exactly one descriptor.

    Returns:
        None where the grammar does not fit; the module may hold descriptors all the same.
    """
    prelude = PRELUDE.match(text)
    if prelude is None or not text.isascii() or b"\r" in text or b"\0" in text:
        return None
    if CODING.match(text) and not text.startswith(UTF_8_COOKIE):
        return None
    start = prelude.end()
    end = text.find(b"\n", start)
    closing = prelude["quote"] if prelude["wrapped"] else prelude["quote"] + b")"
    if end < 0 or not text.startswith(closing, end - len(closing)) or end - len(closing) < start:
        return None
    body = text[start : end - len(closing)]
    if prelude["wrapped"]:
        if not text.startswith(b"\n)\n", end):
            return None
        end += 2
    if not _is_one_literal(body, prelude["quote"]) or not _is_plain_rest(text[end:]):
        return None
    try:
        serialized, _ = codecs.escape_decode(body)
    except (ValueError, Warning):
        return None
    if not serialized:
        return None
    return serialized, text.count(b"\n", 0, prelude.start("statement")) + 1


def _is_one_literal(body: bytes, quote: bytes) -> bool:
    """Whether no quote ends the literal before its end.

    A backslash before each quote is enough where none of them is itself escaped; in doubt the answer is no.
    """
    if body.endswith(b"\\"):
        return False
    *before, _ = body.split(quote)
    return all(part.endswith(b"\\") and not part.endswith(b"\\\\") for part in before)


def _is_plain_rest(rest: bytes) -> bool:
    """Whether what follows the literal is protoc's and holds no call that could bring a second descriptor."""
    builders = BUILDERS.match(rest)
    if builders is None or not rest.endswith(LAST_LINE):
        return False
    # The search begins at the builders' last line end, so that the line behind it is looked at too.
    behind = builders.end() - 1
    if FOREIGN_LINE.search(rest, behind):
        return False
    # The one bracket is the last line's: without another there is no other call.
    return rest.count(b"(", behind) == 1 or not any(call in rest for call in CALLS)
