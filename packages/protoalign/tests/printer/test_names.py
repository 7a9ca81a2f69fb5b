"""References: short where they surely mean the right type, with a leading dot where nothing else does."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.printer.names import Names, Symbols


@pytest.fixture
def names() -> Names:
    imported = FileDescriptorProto(name="imported.proto", package="google.api")
    imported.message_type.add(name="Http")
    unseen = FileDescriptorProto(name="unseen.proto", package="a.b.google")
    unseen.message_type.add(name="Unseen")
    below = FileDescriptorProto(name="below.proto", package="a.b.c")
    below.message_type.add(name="Below")
    shadow = FileDescriptorProto(name="shadow.proto", package="x.y")
    shadow.message_type.add(name="OfXY")
    inner_x = FileDescriptorProto(name="inner_x.proto", package="a.x")
    inner_x.message_type.add(name="OfAX")
    file = FileDescriptorProto(
        name="f.proto",
        package="a.b",
        dependency=["imported.proto", "below.proto", "shadow.proto", "inner_x.proto"],
    )
    outer = file.message_type.add(name="Outer")
    inner = outer.nested_type.add(name="Inner")
    inner.nested_type.add(name="Outer")
    inner.field.add(name="Leaf")
    file.message_type.add(name="Leaf")
    file.message_type.add(name="message")
    return Names(Symbols.of([imported, unseen, below, shadow, inner_x, file]), "f.proto", "a.b")


@pytest.mark.parametrize(
    ("target", "scope", "reference"),
    [
        ("a.b.Outer.Inner", "a.b.Outer", "Inner"),
        ("a.b.Outer.Inner", "a.b.Leaf", "Outer.Inner"),
        ("a.b.Outer.Inner", "a.b", "Outer.Inner"),
        ("a.b.Outer", "a.b.Outer", "Outer"),
        ("a.b.Outer", "a.b.Outer.Inner", "a.b.Outer"),
        ("a.b.Outer.Inner.Outer", "a.b.Outer.Inner", "Outer"),
        ("a.b.Leaf", "a.b.Outer.Inner", "Leaf"),
        ("a.b.message", "a.b.Outer", "a.b.message"),
        ("google.api.Http", "a.b.Outer", "google.api.Http"),
        ("a.b.c.Below", "a.b.Outer", "a.b.c.Below"),
        ("x.y.OfXY", "a.b.Outer", ".x.y.OfXY"),
        ("a.x.OfAX", "a.b.Outer", "a.x.OfAX"),
    ],
)
def test_the_shortest_reference_that_means_the_type(names: Names, target: str, scope: str, reference: str) -> None:
    assert names.reference(target, (scope,), only_types=True) == reference


def test_a_field_hides_a_type_from_a_lookup_that_takes_everything(names: Names) -> None:
    assert names.reference("a.b.Leaf", ("a.b.Outer.Inner",), only_types=False) == "a.b.Leaf"


def test_an_unseen_package_hides_nothing(names: Names) -> None:
    assert names.sees("google.api.Http")
    assert not names.sees("a.b.google.Unseen")
    assert names.resolve("google.Unseen", "a.b", only_types=True) is None


def test_a_reference_fits_all_scopes(names: Names) -> None:
    assert names.reference("a.b.Outer", ("a.b", "a.b.Outer.Inner"), only_types=True) == "a.b.Outer"
