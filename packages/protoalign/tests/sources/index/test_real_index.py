"""Real packages from the real index, of every age and style."""

from __future__ import annotations

from pathlib import Path

import pytest

from protoalign.errors import PackageIndexError
from protoalign.sources import pypi
from protoalign.sources.limits import Limits
from protoalign.sources.members import read_members
from protoalign.sources.package_cache import FetchedArchive
from protoalign.sources.package_index import fetch
from protoalign.sources.protoc_module import serialized_of_protoc_module
from protoalign.sources.python_module import find_descriptors_in_syntax_tree
from protoalign.sources.scan import LoadOptions

pytestmark = pytest.mark.network

# Requirement to the serialized descriptors in it, copies included, and the modules that build theirs up by calls.
PACKAGES = {
    "xai-sdk==1.4.0": (28, 0),
    "xai-sdk==1.4.0#sdist": (28, 0),
    "googleapis-common-protos==1.76.0": (63, 0),
    "grpcio-reflection==1.85.1": (1, 0),
    "etcd3==0.12.0": (3, 0),
    "google-cloud-speech==0.36.3": (2, 0),
    "google-cloud-speech==2.41.0": (0, 8),
    "protobuf-py-pure==0.7.0": (19, 1),
    "s2clientprotocol==5.0.17.98310.0": (10, 0),
    "steam==0.8.14": (28, 0),
    "flyteidl==1.16.8": (63, 0),
}


@pytest.fixture(autouse=True)
def settings_of_nobody() -> None:
    """Here the settings of this machine hold, and its cache."""


def fetched(requirement: str) -> FetchedArchive:
    try:
        return fetch(requirement, LoadOptions())
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


@pytest.mark.slow
@pytest.mark.parametrize("requirement", PACKAGES)
def test_what_each_package_holds(requirement: str) -> None:
    fetched(requirement)
    scan = pypi.scan(requirement, LoadOptions(offline=True))
    modules = {place.rpartition(":")[0] for place in scan.unsupported}
    assert (len(scan.found), len(modules)) == PACKAGES[requirement]


@pytest.mark.slow
@pytest.mark.parametrize("requirement", ["xai-sdk==1.4.0", "flyteidl==1.16.8", "googleapis-common-protos==1.76.0"])
def test_both_ways_of_reading_agree(requirement: str) -> None:
    quick = 0
    for name, text in read_members(Path(fetched(requirement).path), lambda name: name.endswith("_pb2.py"), Limits()):
        found = serialized_of_protoc_module(text)
        if found is not None:
            quick += 1
            (slow,) = find_descriptors_in_syntax_tree(text, name, Limits()).found
            assert (slow.serialized, slow.location) == (found[0], f"{name}:{found[1]}")
    assert quick > 10


def test_the_reference() -> None:
    archive = fetched("xai-sdk==1.4.0")
    assert archive.sha256 == "2635d661995ef1424fd5b5de6a9b7d6a11bad49a34afb19b04a330c40d90e0d1"
    comments = pypi.scan("xai-sdk==1.4.0", LoadOptions()).comments
    assert sum(len(comment.path) == 2 for comment in comments) == 9
    assert sum(len(comment.path) == 4 for comment in comments) == 39


def test_what_the_index_does_not_have() -> None:
    fetched("xai-sdk==1.4.0")
    with pytest.raises(PackageIndexError) as caught:
        fetch("xai-sdk==0.0.1", LoadOptions())
    assert "1.0.0" in caught.value.hint or "--offline" in caught.value.hint
