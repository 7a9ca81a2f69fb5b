"""Packages from an index: which archive is taken, what is checked, and what each failure says."""

from __future__ import annotations

import hashlib
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from protoalign.errors import OutputError, PackageIndexError, ProtoalignError
from protoalign.sources import pypi
from protoalign.sources.limits import Limits
from protoalign.sources.package_index import fetch
from protoalign.sources.scan import LoadOptions

WHEEL = "demo_api-1.0-py3-none-any.whl"


class Recorder:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.sizes: list[int] = []
        self.downloads: list[tuple[str, int | None]] = []

    @contextmanager
    def download(self, name: str, total: int | None):
        self.downloads.append((name, total))
        yield self.sizes.append

    def note(self, text: str) -> None:
        self.notes.append(text)


def status(code: int, headers: dict[str, str] | None = None, content: bytes = b""):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"PK")
    handler.close_connection = True


def fails(requirement: str, match: str, options: LoadOptions | None = None) -> PackageIndexError:
    with pytest.raises(PackageIndexError, match=match) as caught:
        fetch(requirement, options or LoadOptions())
    return caught.value


def cached_archives(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cache" / "archives").glob("*/*"))


@pytest.mark.parametrize("as_json", [False, True])
def test_a_release_is_fetched_checked_and_cached(asked, as_json: bool) -> None:
    asked.as_json = as_json
    digest = asked.release("demo-api", "1.0")
    progress = Recorder()
    archive = fetch("Demo_API==1.0", LoadOptions(progress=progress))
    assert (archive.name, archive.version, archive.filename, archive.sha256) == ("demo-api", "1.0", WHEEL, digest)
    assert archive.path.read_bytes() == asked.files["demo-api"][WHEEL]
    assert progress.downloads == [(WHEEL, len(asked.files["demo-api"][WHEEL]))]
    assert sum(progress.sizes) == len(asked.files["demo-api"][WHEEL])
    asked.requests.clear()
    assert fetch("demo-api==1.0", LoadOptions()) == archive
    assert fetch("demo.api == 1.0", LoadOptions(offline=True)) == archive
    assert asked.requests == []
    assert fetch("demo-api==1.0.0", LoadOptions()) == archive  # the same release, said in another way
    assert asked.paths() == ["/simple/demo-api/"]


def test_the_scan_names_the_release(asked) -> None:
    digest = asked.release("demo-api", "1.0")
    scan = pypi.scan("Demo.Api", LoadOptions())
    assert (scan.source, scan.kind, scan.version) == ("pypi:demo-api==1.0", "pypi", "1.0")
    assert (scan.archive, scan.archive_sha256, scan.requirements) == (WHEEL, digest, ("other>=1",))
    assert [each.location for each in scan.found] == ["demo_api/x_pb2.py:1"]


def test_which_release_is_taken(asked) -> None:
    for version in ("1.0", "1.2", "1.10", "2.0rc1", "2.0.dev1"):
        asked.release("demo", version)
    for requirement, version in {
        "demo": "1.10",
        "demo>=1,<1.5": "1.2",
        "demo~=1.0": "1.10",
        "demo!=1.10": "1.2",
        "demo==1.*": "1.10",
        "demo==2.0rc1": "2.0rc1",
        "demo>=2.0rc1": "2.0rc1",
        "demo[extra]<=1.0": "1.0",
        "demo==1.0.0": "1.0",
    }.items():
        assert fetch(requirement, LoadOptions()).version == version, requirement


def test_only_prereleases(asked) -> None:
    asked.release("demo", "1.0b1")
    assert fetch("demo", LoadOptions()).version == "1.0b1"


def test_which_archive_is_taken(asked) -> None:
    names = [
        "demo-1.0.tar.gz", "demo-1.0-cp39-cp39-win_amd64.whl", "demo-1.0-cp311-cp311-macosx_11_0_arm64.whl",
        "demo-1.0-py3-none-any.whl", "demo-1.0.exe", "demo-1.0-py3.9.egg",
    ]  # fmt: skip
    for name in names:
        asked.add("demo", name, name.encode())
    assert fetch("demo==1.0", LoadOptions()).filename == "demo-1.0-py3-none-any.whl"
    assert fetch("demo==1.0#sdist", LoadOptions()).filename == "demo-1.0.tar.gz"
    assert fetch("demo==1.0#*win_amd64*", LoadOptions()).filename == "demo-1.0-cp39-cp39-win_amd64.whl"
    assert fetch("demo==1.0", LoadOptions()).filename == "demo-1.0-py3-none-any.whl"
    assert fetch("demo==1.0#sdist", LoadOptions(offline=True)).filename == "demo-1.0.tar.gz"
    assert "demo-1.0.tar.gz" in fails("demo==1.0#nothing.whl", "no archive 'nothing.whl'").hint
    del asked.files["demo"]["demo-1.0-py3-none-any.whl"]
    assert fetch("demo==1.0#wheel", LoadOptions()).filename.startswith("demo-1.0-cp3")


def test_only_a_source_archive(asked) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        content = b"pool.AddSerializedFile(b'\\n\\x01x')\n"
        for name, data in {"demo-1.0/demo/x.py": content, "demo-1.0/PKG-INFO": b"Name: demo\nVersion: 1.0\n"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    asked.add("demo", "demo-1.0.tar.gz", buffer.getvalue())
    scan = pypi.scan("demo==1.0", LoadOptions())
    assert [each.location for each in scan.found] == ["demo-1.0/demo/x.py:1"]
    assert scan.version == "1.0"


def test_a_withdrawn_release(asked) -> None:
    asked.release("demo-api", "0.9")
    asked.release("demo-api", "1.0")
    asked.yanked[WHEEL] = "wrong field numbers"
    assert fetch("demo-api", LoadOptions()).version == "0.9"
    error = fails("demo-api>0.9", "withdrawn by their publisher: wrong field numbers")
    assert "1.0" in error.hint
    progress = Recorder()
    assert fetch("demo-api==1.0", LoadOptions(progress=progress)).version == "1.0"
    assert progress.notes == ["demo-api 1.0 was withdrawn by its publisher: wrong field numbers"]


def test_unknown_package(asked) -> None:
    error = fails("no-such-thing==1.0", "no package called no-such-thing is known")
    assert error.where == asked.url
    assert error.hint


def test_unknown_version(asked) -> None:
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "3.0"):
        asked.release("demo", version)
    error = fails("demo==1.25", "has no release ==1.25")
    assert error.hint == "Its releases near to it are 1.3, 1.4, 1.5, 1.6, 1.7, 3.0; the newest is 3.0."
    assert "1.0, 1.1, 1.2" in fails("demo==1.0.5", "no release").hint


@pytest.mark.parametrize(
    "requirement",
    ["", "==1.0", "demo==", "demo==not a version", "demo @ http://x/y.whl", "../x", "demo\n", "a" * 500 + "!"],
)
def test_what_names_no_package(asked, requirement: str) -> None:
    with pytest.raises(PackageIndexError):
        fetch(requirement, LoadOptions())


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "md5"])
def test_another_hash_than_the_index_says(asked, algorithm: str, settings_of_nobody: Path) -> None:
    asked.release("demo-api", "1.0")
    asked.hashes[WHEEL] = ""
    wrong = hashlib.new(algorithm, b"another archive").hexdigest()
    page = f'<a href="../../files/demo-api/{WHEEL}#{algorithm}={wrong}">{WHEEL}</a>'.encode()
    asked.answers["/simple/demo-api/"] = [status(200, {"Content-Type": "text/html"}, page)]
    error = fails("demo-api==1.0", f"the {algorithm} of {WHEEL} is")
    assert wrong in error.what
    assert cached_archives(settings_of_nobody) == []
    assert list((settings_of_nobody / "cache" / "scratch").iterdir()) == []
    assert fetch("demo-api==1.0", LoadOptions()).version == "1.0"


def test_an_index_without_hashes(asked) -> None:
    asked.release("demo-api", "1.0")
    asked.hashes[WHEEL] = ""
    assert fetch("demo-api==1.0", LoadOptions()).sha256 == hashlib.sha256(asked.files["demo-api"][WHEEL]).hexdigest()


def test_servers_that_stumble(asked) -> None:
    asked.release("demo-api", "1.0")
    asked.answers["/simple/demo-api/"] = [status(500), status(503)]
    asked.answers[f"/files/demo-api/{WHEEL}"] = [status(502), cut_short, cut_short]
    assert fetch("demo-api==1.0", LoadOptions()).version == "1.0"


def test_servers_that_stay_down(asked, settings_of_nobody: Path) -> None:
    asked.release("demo-api", "1.0")
    asked.answers["/simple/demo-api/"] = [status(500)] * 9
    assert "offline" in fails("demo-api==1.0", "does not answer as it should: 500").hint
    asked.answers = {f"/files/demo-api/{WHEEL}": [cut_short] * 9}
    fails("demo-api==1.0", "does not answer as it should")
    assert cached_archives(settings_of_nobody) == []


@pytest.mark.parametrize("code", [401, 403])
def test_credentials_are_asked_for(asked, code: int) -> None:
    asked.answers["/simple/demo/"] = [status(code)]
    assert "netrc" in fails("demo==1.0", f"answers {code}").hint


def test_a_listed_archive_that_is_not_there(asked) -> None:
    asked.release("demo-api", "1.0")
    asked.answers[f"/files/demo-api/{WHEEL}"] = [status(404)]
    fails("demo-api==1.0", "listed and not there")


def test_redirects(asked) -> None:
    asked.release("demo-api", "1.0")
    asked.answers["/simple/demo-api/"] = [status(301, {"Location": "/simple/other/"})]
    asked.files["other"] = {WHEEL: asked.files["demo-api"][WHEEL]}
    assert fetch("demo-api==1.0", LoadOptions()).version == "1.0"
    asked.answers["/simple/ring/"] = [status(302, {"Location": "/simple/ring/"})] * 99
    fails("ring==1.0", "does not answer as it should")


def test_a_redirect_to_an_unprotected_server(asked) -> None:
    asked.release("demo-api", "1.0")
    asked.answers[f"/files/demo-api/{WHEEL}"] = [status(302, {"Location": "http://example.invalid/x.whl"})]
    with pytest.raises(PackageIndexError):
        fetch("demo-api==1.0", LoadOptions())


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b"{}"),
        ("text/plain", b"hello"),
        ("application/vnd.pypi.simple.v1+json", b"{"),
        ("application/vnd.pypi.simple.v1+json", b"[]"),
        ("application/vnd.pypi.simple.v1+json", b'{"files": [{"url": 3}]}'),
        ("application/vnd.pypi.simple.v1+json", b'{"files": 3}'),
        ("text/html", b"\xff\xfe<a href='http://[/x-1.0.tar.gz'>x</a>"),
        ("text/html; charset=no-such", b"<a href='x'>x</a>"),
        ("text/html", b""),
    ],
)
def test_answers_that_are_no_list(asked, kind: str, content: bytes) -> None:
    asked.answers["/simple/demo/"] = [status(200, {"Content-Type": kind}, content)]
    with pytest.raises(PackageIndexError) as caught:
        fetch("demo==1.0", LoadOptions())
    assert caught.value.hint


def test_an_archive_that_is_too_large(asked, settings_of_nobody: Path) -> None:
    asked.add("demo", "demo-1.0-py3-none-any.whl", bytes(3 << 20))
    fails("demo==1.0", "larger than 1 MiB", LoadOptions(limits=Limits(archive_size=1 << 20)))
    assert cached_archives(settings_of_nobody) == []


def test_an_archive_that_is_none(asked) -> None:
    asked.add("demo", "demo-1.0-py3-none-any.whl", b"<html>not found</html>")
    with pytest.raises(ProtoalignError) as caught:
        pypi.scan("demo==1.0", LoadOptions())
    assert "damaged" in caught.value.what


def test_no_network(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    error = fails("demo==1.0", "does not answer")
    assert error.where == "http://127.0.0.1:9/simple/demo/"
    assert "--offline" in error.hint


def test_offline(asked) -> None:
    error = fails("demo==1.0", "the cache holds no demo==1.0", LoadOptions(offline=True))
    assert error.hint
    for version in ("1.0", "1.1", "2.0rc1"):
        asked.release("demo", version)
        fetch(f"demo=={version}", LoadOptions())
    progress = Recorder()
    assert fetch("demo", LoadOptions(offline=True, progress=progress)).version == "1.1"
    assert progress.notes == ["offline: demo 1.1 is the newest fitting one in the cache"]
    assert "1.0, 1.1" in fails("demo>3", "the cache holds no", LoadOptions(offline=True)).hint
    asked.requests.clear()


def test_uv_offline(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.release("demo", "1.0")
    monkeypatch.setenv("UV_OFFLINE", "1")
    fails("demo==1.0", "the network may not be used")
    assert asked.requests == []


def test_damage_in_the_cache(asked, settings_of_nobody: Path) -> None:
    digest = asked.release("demo-api", "1.0")
    archive = fetch("demo-api==1.0", LoadOptions())
    archive.path.write_bytes(b"damaged")
    fails("demo-api==1.0", "the cache holds no", LoadOptions(offline=True))
    assert fetch("demo-api==1.0", LoadOptions()).path.read_bytes() == asked.files["demo-api"][WHEEL]
    note = settings_of_nobody / "cache" / "releases" / "demo-api" / "1.0.json"
    for content in ("", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "archives": {"": "../../x"}}', "[" * 9999,  # noqa: E501
                    f'{{"format": 1, "archives": {{"": "{digest}/../../../x"}}}}'):  # fmt: skip
        note.write_text(content)
        fails("demo-api==1.0", "the cache holds no", LoadOptions(offline=True))
    assert fetch("demo-api==1.0", LoadOptions()).sha256 == digest


def test_a_cache_that_cannot_be_written(asked, settings_of_nobody: Path) -> None:
    asked.release("demo-api", "1.0")
    (settings_of_nobody / "cache").write_text("a file")
    with pytest.raises(OutputError, match="cache cannot be written") as caught:
        fetch("demo-api==1.0", LoadOptions())
    assert "PROTOALIGN_CACHE_DIR" in caught.value.hint


def test_several_at_once(asked) -> None:
    asked.release("demo-api", "1.0")
    with ThreadPoolExecutor(4) as pool:
        archives = list(pool.map(lambda _: fetch("demo-api==1.0", LoadOptions()), range(8)))
    assert len(set(archives)) == 1
    assert asked.paths().count(f"/files/demo-api/{WHEEL}") == 1
