"""What the official package's public modules offer, ours offer too, with the same parameters in the same places."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from official_environment import official_python

from xaiwire import CallOptions, chat
from xaiwire._chat.request import CompletionOptions
from xaiwire._options import PollOptions

pytestmark = [pytest.mark.slow, pytest.mark.network]

SURFACE = Path(__file__).with_name("official_surface.py")
# Keyword parameters that are written as one.
TABLES = {each.__name__: each for each in (CallOptions, CompletionOptions, PollOptions, chat.ChatSettings)}
# What is not to be used from outside, though its name has no underscore; the migration guide has this list too.
INNER = {
    "BaseClient": "the classes that both official clients share",
    "BaseChat": "the same",
    "BaseImageResponse": "the same",
    "AuthInterceptor": "gRPC's",
    "ProtoDecorator": "what their wrappers of messages share",
    "PollTimer": "how they wait",
    "create_channel_credentials": "gRPC's",
    "convert_image_format_to_pb": "how they make a request",
    "make_span_request_attributes": "how they make spans",
    "get_tracer": "how they make spans",
    "should_disable_sensitive_attributes": "how they make spans",
}
# Made by the clients alone, and not of the same parts.
MADE_BY_CLIENTS = {"Client", "Chat", "ImageResponse", "Response", "Chunk", "CompletionOutputChunk"}


@pytest.fixture(scope="module")
def surface():
    command = [official_python(), "-I", SURFACE, "xai_sdk"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def names(surface):
    for module, members in surface.items():
        for name, parameters in members.items():
            yield module, name, parameters


def ours(module, name):
    found = importlib.import_module(f"xaiwire.{module}".rstrip("."))
    for part in name.split("."):
        found = inspect.getattr_static(found, part) if inspect.isclass(found) else getattr(found, part)
    return found


def accepted(function):
    """Names by place, and all names."""
    places, keywords = [], set()
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_KEYWORD:
            table = str(each.annotation).removeprefix("Unpack[").removesuffix("]")
            keywords |= TABLES[table].__annotations__.keys() if table in TABLES else set()
        elif each.kind is each.POSITIONAL_OR_KEYWORD:
            places.append(each.name)
            keywords.add(each.name)
        elif each.kind is each.VAR_POSITIONAL:
            places.append(f"*{each.name}")
        else:
            keywords.add(each.name)
    return places, keywords


def test_all_that_is_public_is_there(surface):
    missing, other, seen = [], [], 0
    for module, name, parameters in names(surface):
        if name.partition(".")[0] in INNER:
            continue
        seen += 1
        try:
            found = ours(module, name)
        except AttributeError:
            missing.append(f"{module}.{name}")
            continue
        if parameters is None or (module and name in MADE_BY_CLIENTS):
            continue
        places, keywords = accepted(found)
        theirs = [each for each, kind, _ in parameters if kind == "POSITIONAL_OR_KEYWORD"]
        theirs += [f"*{each}" for each, kind, _ in parameters if kind == "VAR_POSITIONAL"]
        if places[: len(theirs)] != theirs and not (
            len(places) < len(theirs) and set(theirs) <= keywords | set(places)
        ):
            other.append((f"{module}.{name}", theirs, places))
        if lost := {each for each, kind, _ in parameters if kind == "KEYWORD_ONLY"} - keywords:
            other.append((f"{module}.{name}", lost))
    assert not missing, missing
    assert not other, "\n".join(map(str, other))
    assert seen > 150
