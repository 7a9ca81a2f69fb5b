"""All releases of a package: what is listed, and fetching several at a time."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from protoalign.errors import OutputError, PackageIndexError
from protoalign.sources import package_releases
from protoalign.sources.package_index import fetch
from protoalign.sources.package_releases import fetch_releases, list_releases
from protoalign.sources.scan import LoadOptions


def versions(listed) -> list[str]:
    return [release.version for release in listed.releases]


def wheel_path(version: str) -> str:
    return f"/files/demo/demo-{version}-py3-none-any.whl"


@pytest.fixture
def releases(asked):
    for version in ("1.10", "1.2", "1.0", "2.0rc1", "1.9.post1", "2.0.dev3"):
        asked.release("demo", version)
    return asked


def test_final_releases_by_version(releases) -> None:
    listed = list_releases("Demo", LoadOptions())
    assert (listed.name, versions(listed), listed.from_cache) == ("demo", ["1.0", "1.2", "1.9.post1", "1.10"], False)
    assert releases.paths() == ["/simple/demo/"]


def test_prereleases_on_demand(releases) -> None:
    assert versions(list_releases("demo", LoadOptions(), prereleases=True))[-2:] == ["2.0.dev3", "2.0rc1"]


def test_only_prereleases(asked) -> None:
    asked.release("demo", "1.0b1")
    with pytest.raises(PackageIndexError, match="only pre-releases") as caught:
        list_releases("demo", LoadOptions())
    assert "--pre" in caught.value.hint


def test_one_archive_each_the_best_read(asked) -> None:
    for name in (
        "demo-1.0.tar.gz",
        "demo-1.0-cp311-cp311-linux_x86_64.whl",
        "demo-1.0-py3-none-any.whl",
        "demo-1.1.tar.gz",
    ):
        asked.add("demo", name, b"")
    listed = list_releases("demo", LoadOptions())
    assert [release.filename for release in listed.releases] == ["demo-1.0-py3-none-any.whl", "demo-1.1.tar.gz"]


def test_withdrawn_releases_are_told(releases) -> None:
    releases.as_json = True
    releases.yanked["demo-1.2-py3-none-any.whl"] = "wrong"
    told = {release.version: release.yanked for release in list_releases("demo", LoadOptions()).releases}
    assert told == {"1.0": None, "1.2": "wrong", "1.9.post1": None, "1.10": None}


def test_a_release_with_one_archive_withdrawn_is_not(asked) -> None:
    asked.add("demo", "demo-1.0-py3-none-any.whl", b"")
    asked.add("demo", "demo-1.0.tar.gz", b"")
    asked.yanked["demo-1.0-py3-none-any.whl"] = "wrong tag"
    (release,) = list_releases("demo", LoadOptions()).releases
    assert (release.filename, release.yanked) == ("demo-1.0.tar.gz", None)


@pytest.mark.parametrize("name", ["demo==1.0", "demo>1", "demo[extra]", "", "demo @ http://x/y.whl"])
def test_only_a_name(asked, name: str) -> None:
    with pytest.raises(PackageIndexError):
        list_releases(name, LoadOptions())


def test_unknown_package(asked) -> None:
    with pytest.raises(PackageIndexError, match="no package called demo is known"):
        list_releases("demo", LoadOptions())


def test_fetched_ones_are_in_the_cache(releases) -> None:
    listed = list_releases("demo", LoadOptions())
    assert fetch_releases(listed, listed.releases, LoadOptions(), jobs=3) == {}
    releases.requests.clear()
    for version in versions(listed):
        assert fetch(f"demo=={version}", LoadOptions(offline=True)).version == version
    assert fetch_releases(listed, listed.releases, LoadOptions()) == {}
    assert releases.requests == []


def test_offline_lists_what_is_cached(releases) -> None:
    listed = list_releases("demo", LoadOptions())
    fetch_releases(listed, listed.releases[1:3], LoadOptions())
    cached = list_releases("demo", LoadOptions(offline=True))
    assert (versions(cached), cached.from_cache) == (["1.2", "1.9.post1"], True)
    assert fetch_releases(cached, cached.releases, LoadOptions(offline=True)) == {}


def test_offline_with_an_empty_cache(asked) -> None:
    with pytest.raises(PackageIndexError, match="the cache holds no release of demo"):
        list_releases("demo", LoadOptions(offline=True))


def test_several_at_a_time(releases) -> None:
    """All three downloads have to be open at once before any of them gets an answer."""
    together = threading.Barrier(3, timeout=20)

    def wait_for_the_others(handler: BaseHTTPRequestHandler) -> None:
        together.wait()
        handler.send_response(404)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    for version in ("1.0", "1.2", "1.10"):
        releases.answers[wheel_path(version)] = [wait_for_the_others]
    listed = list_releases("demo", LoadOptions())
    failures = fetch_releases(listed, listed.releases, LoadOptions(), jobs=4)
    assert sorted(failures) == ["1.0", "1.10", "1.2"]
    assert not together.broken


def test_what_cannot_be_had_is_told_and_the_rest_is_fetched(releases) -> None:
    releases.hashes["demo-1.2-py3-none-any.whl"] = "0" * 64
    listed = list_releases("demo", LoadOptions())
    failures = fetch_releases(listed, listed.releases, LoadOptions())
    assert list(failures) == ["1.2"]
    assert "sha256" in failures["1.2"].what
    assert versions(list_releases("demo", LoadOptions(offline=True))) == ["1.0", "1.9.post1", "1.10"]


def test_a_cache_that_cannot_be_written(releases, settings_of_nobody: Path) -> None:
    listed = list_releases("demo", LoadOptions())
    (settings_of_nobody / "cache").write_text("a file")
    with pytest.raises(OutputError, match="cache cannot be written"):
        fetch_releases(listed, listed.releases, LoadOptions())


class InterruptingProgress:
    """A person presses Ctrl-C as soon as the first bytes came in."""

    def __init__(self, interrupt: threading.Event) -> None:
        self.interrupt = interrupt

    @contextmanager
    def download(self, name: str, total: int | None):
        def advance(_size: int) -> None:
            self.interrupt.set()
            time.sleep(0.05)

        yield advance

    def note(self, text: str) -> None:
        pass


def test_an_interrupt_leaves_nothing_half_written(asked, settings_of_nobody: Path, monkeypatch) -> None:
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"):
        asked.add("demo", f"demo-{version}-py3-none-any.whl", bytes(20 << 20))
    interrupt = threading.Event()

    def result(self, timeout=None):
        assert interrupt.wait(20)
        raise KeyboardInterrupt

    monkeypatch.setattr(package_releases.Future, "result", result)
    listed = list_releases("demo", LoadOptions())
    with pytest.raises(KeyboardInterrupt):
        fetch_releases(listed, listed.releases, LoadOptions(progress=InterruptingProgress(interrupt)), jobs=2)
    cache = settings_of_nobody / "cache"
    assert list((cache / "scratch").iterdir()) == []
    assert not (cache / "archives").exists()
    assert len([path for path in asked.paths() if path.startswith("/files/")]) <= 2
