"""All releases of the reference, against the facts that were read off its wheels."""

from __future__ import annotations

import time

import pytest

from protoalign.errors import PackageIndexError
from protoalign.sources import LoadOptions
from protoalign.upstream.model import Releases
from protoalign.upstream.releases import ReleaseRange, read_releases

pytestmark = [pytest.mark.network, pytest.mark.slow]

# version: files/messages/enums/services/RPCs, and whether it breaks clients of the one before on the wire
FACTS = {
    "1.0.0": ("9/52/11/7/16", None),
    "1.1.0": ("10/56/11/8/17", False),
    "1.2.0": ("13/88/15/9/34", False),
    "1.3.0": ("13/91/16/9/34", False),
    "1.4.0": ("14/108/19/10/40", False),
    "1.4.1": ("14/112/21/10/40", False),
    "1.5.0": ("14/118/23/10/40", False),
    "1.6.0": ("15/137/24/11/47", False),
    "1.6.1": ("16/144/29/12/49", False),
    "1.7.0": ("16/144/29/12/49", True),
    "1.9.0": ("16/147/30/12/50", False),
    "1.12.0": ("16/143/32/12/48", True),
    "1.21.0": ("16/158/35/12/51", False),
}
BREAKING = {
    "1.7.0": {("field", "xai_api.GeneratedImage.up_sampled_prompt")},
    "1.12.0": {
        ("rpc", "collections.Collections.ListAvailableEmbeddingModels"),
        ("rpc", "collections.Collections.ListAvailableTokenEncodings"),
        ("rpc", "collections.Collections.UploadDocument"),
        ("rpc", "xai_api.Files.RetrieveFileURL"),
        ("field", "xai_api.File.team_id"),
        ("field", "xai_api.UploadFileInit.purpose"),
    },
}


@pytest.fixture(autouse=True)
def cache() -> None:
    """Here the cache of this machine holds."""


@pytest.fixture(scope="module")
def found() -> Releases:
    started = time.monotonic()
    try:
        releases = read_releases("xai-sdk", ReleaseRange("1.0.0", "1.21.0"), LoadOptions(comments=False))
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")
    assert time.monotonic() - started < 60
    return releases


def test_every_release_could_be_read(found: Releases) -> None:
    assert found.is_complete
    assert len(found.releases) == 30


def test_the_table(found: Releases) -> None:
    told = {}
    for release in found.releases:
        if release.version in FACTS:
            counts = release.counts
            numbers = (counts.files, counts.messages, counts.enums, counts.services, counts.rpcs)
            breaks = release.change.breaks_clients if release.change is not None else None
            told[release.version] = ("/".join(map(str, numbers)), breaks)
    assert told == FACTS


def test_what_breaks(found: Releases) -> None:
    broken = {
        release.version: {(each.kind, each.element) for each in release.change.with_effect("wire")}
        for release in found.releases
        if release.change is not None and release.change.breaks_clients
    }
    assert broken == BREAKING


def test_renames_of_1_3_0(found: Releases) -> None:
    (release,) = (release for release in found.releases if release.version == "1.3.0")
    renamed = {(each.older_element, each.element) for each in release.change.of_sort("renamed")}
    assert ("xai_api.Choice", "xai_api.CompletionOutput") in renamed
    assert release.change.effect == "json"
