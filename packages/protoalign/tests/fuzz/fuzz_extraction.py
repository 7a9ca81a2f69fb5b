"""Coverage-guided fuzzing of everything that reads a vendor's bytes: `python fuzz_extraction.py [libFuzzer options]`.

Needs atheris (the dependency group `fuzz`). Whatever the input, nothing but a ProtoalignError may come out, and where
both ways of reading a module apply they agree.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["protoalign"]):
    from protoalign.errors import ModuleSyntaxError, ProtoalignError
    from protoalign.sources import (  # noqa: F401 - some are imported late, and are to be instrumented too
        grpc_docstrings,
        python_literals,
        python_syntax,
        python_two,
        tar_members,
        zip_members,
    )
    from protoalign.sources.limits import Limits
    from protoalign.sources.protoc_module import serialized_of_protoc_module
    from protoalign.sources.python_metadata import parse_metadata
    from protoalign.sources.python_module import find_descriptors, find_descriptors_in_syntax_tree
    from protoalign.sources.python_package import scan
    from protoalign.sources.scan import LoadOptions

LIMITS = Limits(member_size=1 << 20, total_size=4 << 20, descriptor_size=1 << 16)
PRELUDE = (
    b'# -*- coding: utf-8 -*-\n"""Generated protocol buffer code."""\nfrom google.protobuf import descriptor as _descriptor\n'  # noqa: E501
    b"# @@protoc_insertion_point(imports)\n\n_sym_db = _symbol_database.Default()\n\n"
    b"DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile("
)
REST = (
    b")\n\n_globals = globals()\n_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)\n"
    b"_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'x_pb2', _globals)\n"
    b"# @@protoc_insertion_point(module_scope)\n"
)
SERVICE = b"\n\x01s\x12\x01s2\x0a\n\x01S\x12\x05\n\x03Get"
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-extraction-"))


def module(text: bytes) -> None:
    try:
        result = find_descriptors(text, "m.py", LIMITS)
    except ProtoalignError:
        return
    if serialized_of_protoc_module(text) is not None:
        with suppress(ModuleSyntaxError):
            assert find_descriptors_in_syntax_tree(text, "m.py", LIMITS) == result


def archive(content: bytes) -> None:
    path = FOLDER / "x.whl"
    path.write_bytes(content)
    with suppress(ProtoalignError):
        scan(str(path), LoadOptions(limits=LIMITS))


def one_input(data: bytes) -> None:
    kind, rest = (data[0] % 7, data[1:]) if data else (0, b"")
    if kind == 0:
        module(rest)
    elif kind == 1:
        module(PRELUDE + rest + REST)
    elif kind == 2:
        module(b"serialized_pb=b'x'\nprint 'two'\n" + rest)
    elif kind == 3:
        archive(rest)
    elif kind == 4:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as made:
            made.writestr("a_pb2.py", rest)
        content = bytearray(buffer.getvalue())
        for place, byte in zip(rest[::2], rest[1::2], strict=False):
            content[-1 - place % len(content)] = byte
        archive(bytes(content))
    elif kind == 5:
        parse_metadata(rest)
    else:
        grpc_docstrings.comments_of_grpc_modules(
            [("m.py", b"class SServicer:\n    '''" + rest + b"'/s.S/Get'")], [SERVICE]
        )


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
