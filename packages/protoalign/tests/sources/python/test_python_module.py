"""Descriptors in modules: every literal form, what is no descriptor, and hostile text."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protoalign.errors import ArchiveError, ModuleSyntaxError, ProtoalignError
from protoalign.sources.limits import Limits
from protoalign.sources.protoc_module import serialized_of_protoc_module
from protoalign.sources.python_module import find_descriptors, find_descriptors_in_syntax_tree

sys.path.insert(0, str(Path(__file__).parent))
from forms import FOOTER, FORMS, HEADER, escaped, today, wrapped_by_black

LIMITS = Limits()


def found_in(text: str | bytes, limits: Limits = LIMITS) -> list[bytes]:
    content = text.encode() if isinstance(text, str) else text
    return [each.serialized for each in find_descriptors(content, "pkg/m_pb2.py", limits).found]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_yields_the_bytes(form: str, serialized: bytes) -> None:
    found = find_descriptors(FORMS[form](serialized).encode(), "pkg/m_pb2.py")
    assert [each.serialized for each in found.found] == [serialized]
    assert found.unsupported == ()
    member, _, line = found.found[0].location.partition(":")
    assert member == "pkg/m_pb2.py"
    assert 1 <= int(line) <= FORMS[form](serialized).count("\n") + 1


@pytest.mark.parametrize("form", FORMS)
@given(value=st.binary(min_size=1, max_size=300))
@example(value=b"\\")
@example(value=b"\\'")
@example(value=b"\\\\'\"\\")
@example(value=bytes(range(256)))
def test_any_bytes_come_through_every_form(form: str, value: bytes) -> None:
    assert found_in(FORMS[form](value)) == [value]


@pytest.mark.parametrize("form", [today, wrapped_by_black])
def test_the_quick_way_is_taken_and_agrees(form, serialized: bytes) -> None:
    text = form(serialized).encode()
    quick = serialized_of_protoc_module(text)
    assert quick is not None
    slow = find_descriptors_in_syntax_tree(text, "m.py", LIMITS).found
    assert [(f"m.py:{quick[1]}", quick[0])] == [(each.location, each.serialized) for each in slow]


PIECES = st.sampled_from(
    ["'", '"', "\\", "\\\\", "\\'", "\n", "\r", "\0", "\t", "é", "#", "(", ")", "b'x'", '"""', "'''", "AddSerializedFile(b'y')",  # noqa: E501
     "\\400", "\\x4", "\\q", "\\\n", "serialized_pb=b'z'", "if 0:\n", "  ", "x = '''", "DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'w')\n",  # noqa: E501
     "# @@protoc_insertion_point(module_scope)\n", "pool.AddSerializedFile", "FileDescriptorProto.FromString(b'v')", "# coding: utf-7\n"]  # noqa: E501
)  # fmt: skip


@settings(max_examples=600)
@given(value=st.binary(max_size=30), data=st.data())
def test_where_python_can_parse_the_quick_way_agrees(value: bytes, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([today, wrapped_by_black]))(value)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(PIECES) + text[place + data.draw(st.integers(0, 2)) :]
    quick = serialized_of_protoc_module(text.encode())
    if quick is None:
        return
    try:
        slow = find_descriptors_in_syntax_tree(text.encode(), "m.py", LIMITS)
    except ModuleSyntaxError:
        return
    assert [(f"m.py:{quick[1]}", quick[0])] == [(each.location, each.serialized) for each in slow.found]
    assert slow.unsupported == ()


@given(text=st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=12).map("".join))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    for content in (text.encode(errors="surrogatepass"), HEADER.encode() + text.encode(errors="replace")):
        try:
            find_descriptors(content, "m.py", LIMITS)
        except ProtoalignError as error:
            assert error.where.startswith("m.py")


@given(text=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    with suppress(ProtoalignError):
        find_descriptors(b"AddSerializedFile " + text, "m.py", LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        "# pool.AddSerializedFile(b'x')\n",
        '"""Call AddSerializedFile(b\'x\') or serialized_pb=b\'x\'."""\n',
        "x = \"AddSerializedFile(b'x')\"\n",
        "def AddSerializedFile(self, serialized):\n    file = FileDescriptorProto.FromString(serialized)\n    self.Add(file)\n",  # noqa: E501
        "def build():\n    file = descriptor_pb2.FileDescriptorProto()\n    file.name = 'x'\n    return file\n",
        "class C:\n    def f(self):\n        return descriptor.FileDescriptor(name='x', serialized_pb=self.x)\n",
        "make = lambda: FileDescriptorProto()\n",
        "db.Add(FileDescriptorProto.FromString(other_pb2.DESCRIPTOR.serialized_pb))\n",
        "if __name__ == '__main__':\n    file = FileDescriptorProto(name='x')\n",
        "message = order_pb2.Order.FromString(b'x')\n# AddSerializedFile\n",
        "from google.protobuf.descriptor_pb2 import FileDescriptorProto, DescriptorProto\n",
        "def f(x: FileDescriptorProto = None) -> 'DescriptorProto': ...\n",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_descriptor_is_none(text: str) -> None:
    result = find_descriptors(text.encode(), "m.py")
    assert result.found == ()
    assert result.unsupported == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("file = descriptor_pb2.FileDescriptorProto()\nfile.name = 'x'\n", 1),
        ("\nDESCRIPTOR = _descriptor.FileDescriptor(name='x.proto', package='x')\n", 2),
        ("ORDER = descriptor_pb2.DescriptorProto(name='Order')\n", 1),
        ("try:\n    pool.AddSerializedFile(open('x').read())\nexcept OSError:\n    pass\n", 2),
        ("__protobuf__ = proto.module(package='x', manifest={'Order'})\n", 1),
        ("_DESC = boot(\n    FileDescriptorProto(name='x', message_type=[DescriptorProto(name='y')]),\n)\n", 2),
    ],
)
def test_what_is_built_up_by_calls_is_named(text: str, line: int) -> None:
    result = find_descriptors(text.encode(), "pkg/m.py")
    assert result.found == ()
    assert result.unsupported == (f"pkg/m.py:{line}",)


def test_a_second_descriptor_behind_the_first_is_found(serialized: bytes) -> None:
    text = today(serialized).replace(
        "# @@protoc_insertion_point(m", "pool.AddSerializedFile(b'two')\n# @@protoc_insertion_point(m"
    )
    assert found_in(text) == [serialized, b"two"]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(end: str, serialized: bytes) -> None:
    for form in (today, wrapped_by_black, FORMS["file_descriptor_latin_1"]):
        assert found_in(form(serialized).replace("\n", end)) == [serialized]


def test_encodings(serialized: bytes) -> None:
    assert found_in(b"\xef\xbb\xbf" + today(serialized).encode()) == [serialized]
    latin = "# -*- coding: latin-1 -*-\n# Grüße\n" + FORMS["file_descriptor_latin_1"](serialized)
    assert found_in(latin.encode("latin-1")) == [serialized]
    with pytest.raises(ModuleSyntaxError):
        found_in(b"# coding: no-such-codec\n" + today(serialized).encode())


def test_two_python_two_modules(serialized: bytes) -> None:
    assert found_in("print 'loading'\n" + FORMS["file_descriptor_text"](serialized)) == [serialized]
    assert found_in("try:\n  pass\nexcept X, e:\n  pass\n" + FORMS["file_descriptor_latin_1"](serialized)) == [
        serialized
    ]
    with pytest.raises(ModuleSyntaxError, match="print"):
        found_in("print 'x'\npool.AddSerializedFile(b'x' + made_up())\n")


@pytest.mark.parametrize(
    "text",
    [
        today(b"x").replace("DESCRIPTOR =", "DESCRIPTOR = ="),
        "def broken(:\n" + today(b"x"),
        today(b"x") + "def broken(:\n",
        today(b"x").replace("_globals = globals()", "def broken(:"),
        today(b"x").replace("if not _descriptor", "def broken(:\nif not _descriptor"),
        today(b"xyz")[: today(b"xyz").index("xyz") + 1],
        today(b"x") + "\0",
        "x = AddSerializedFile('" + "\\x4" + "')\n",
        "AddSerializedFile" + "(" * 5000,
        "AddSerializedFile(" + "-" * 100_000 + "1)",
        "AddSerializedFile(" + "[" * 300 + "]" * 300 + ")",
        "AddSerializedFile(" + ".".join("a" * 20_000) + "(b''))",
    ],
)
def test_damaged_and_hostile_modules_are_refused_or_read(text: str) -> None:
    try:
        find_descriptors(text.encode(), "pkg/m.py")
    except ModuleSyntaxError as error:
        assert error.where.startswith("pkg/m.py")
        assert error.hint
    else:
        assert "AddSerializedFile(-" in text or "a.a" in text


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(ModuleSyntaxError) as caught:
        find_descriptors(b"x = 1\ndef broken(:\n# AddSerializedFile\n", "pkg/m.py")
    assert caught.value.where == "pkg/m.py:2"


@pytest.mark.parametrize(
    "text",
    [
        today(b"x" * 2000),
        f"pool.AddSerializedFile(b{escaped(b'x' * 2000)} + b'')\n",
        "a = b'x' * 1\n" + "a0 = b'" + "x" * 600 + "'\n" + "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(60)) + "pool.AddSerializedFile(a60)\n",  # noqa: E501
        "a = b'" + "x" * 900 + "'\n" + "pool.AddSerializedFile(a)\n" * 50,
    ],
)  # fmt: skip
def test_too_large_literals_are_refused(text: str) -> None:
    with pytest.raises(ArchiveError, match="stands for more"):
        found_in(text, Limits(descriptor_size=1000))


def test_names_that_double_nothing_end() -> None:
    text = (
        "a0 = b''\n" + "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(60)) + "pool.AddSerializedFile(a60 + b'x')\n"
    )
    assert found_in(text) == [b"x"]


def test_names_that_refer_to_themselves_end() -> None:
    assert found_in(
        "a = a + b\nb = a\ndef f():\n    pool.AddSerializedFile(a)\n    pool.AddSerializedFile(b'x')\n"
    ) == [b"x"]


def test_a_hundred_megabytes_of_literal_are_refused() -> None:
    text = b"pool.AddSerializedFile(b'" + b"x" * (40 << 20) + b"')\n"
    with pytest.raises(ArchiveError):
        find_descriptors(text, "m.py", LIMITS)


def test_the_vendors_bad_escapes_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found_in(r"pool.AddSerializedFile(b'\q\400')" + "\n") == [b"\\q\0"]
        assert found_in(today(b"x").replace("b'x'", r"b'\q'")) == [b"\\q"]


def test_the_rest_of_the_module_decides_too(serialized: bytes) -> None:
    assert (
        serialized_of_protoc_module(
            (HEADER + "DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'x')\n").encode()
        )
        is None
    )
    assert serialized_of_protoc_module(("x = '''\n" + today(serialized) + "'''\n").encode()) is None
    assert FOOTER.endswith("(module_scope)\n")


def test_a_set_of_files_yields_each() -> None:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    files = FileDescriptorSet(file=[FileDescriptorProto(name="a"), FileDescriptorProto(name="b")])
    text = f"FileDescriptorSet.FromString({files.SerializeToString()!r})\n"
    assert [FileDescriptorProto.FromString(each).name for each in found_in(text)] == ["a", "b"]
