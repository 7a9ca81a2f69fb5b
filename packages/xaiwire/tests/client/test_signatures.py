"""The sync and the async clients take the same arguments."""

from __future__ import annotations

import inspect

import pytest

from xaiwire import AsyncClient, Client, aio, sync

RESOURCES = (
    "auth",
    "chat",
    "collections",
    "deferred",
    "documents",
    "embed",
    "files",
    "image",
    "models",
    "sample",
    "tokenizer",
)


def methods(kind):
    return {
        name: inspect.signature(member)
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def parameters(signature):
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


PAIRS = [(getattr(sync, name).Client, getattr(aio, name).Client) for name in RESOURCES]
PAIRS += [(sync.chat.Chat, aio.chat.Chat), (sync.image.ImageResponse, aio.image.ImageResponse), (Client, AsyncClient)]


@pytest.mark.parametrize(
    ("blocking", "in_a_loop"), PAIRS, ids=[f"{each.__module__}.{each.__name__}" for each, _ in PAIRS]
)
def test_both_take_the_same(blocking, in_a_loop):
    one, other = methods(blocking), methods(in_a_loop)
    assert one.keys() == other.keys()
    for name in one:
        assert parameters(one[name]) == parameters(other[name]), name
    assert parameters(inspect.signature(blocking)) == parameters(inspect.signature(in_a_loop))


def test_the_clients_have_each_resource():
    names = {"tokenize" if name == "tokenizer" else name for name in RESOURCES}
    for kind in (Client, AsyncClient):
        assert names <= set(dir(kind))


@pytest.mark.parametrize("kind", [each for pair in PAIRS for each in pair])
def test_each_method_has_a_docstring_with_its_arguments(kind):
    for name, signature in methods(kind).items():
        text = inspect.getdoc(getattr(kind, name))
        assert text, name
        for parameter in list(signature.parameters.values())[1:]:
            assert f"{parameter.name}:" in text, (name, parameter.name)
