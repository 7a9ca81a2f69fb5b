"""The index as pip and uv are set up, and credentials that never show."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest

from protoalign.errors import PackageIndexError
from protoalign.sources.index_settings import IndexSettings, read_index_settings
from protoalign.sources.package_index import fetch
from protoalign.sources.scan import LoadOptions


def read(folder: Path, **environ: str) -> IndexSettings:
    defaults = {"HOME": str(folder / "home"), "XDG_CONFIG_DIRS": str(folder / "xdg"), "PIP_CONFIG_FILE": "/dev/null"}
    return read_index_settings({**defaults, **environ}, folder / "work")


def test_nothing_is_set_up(tmp_path: Path) -> None:
    assert read(tmp_path) == IndexSettings(indexes=(None,))


@pytest.mark.parametrize(
    ("environ", "indexes"),
    [
        ({"PIP_INDEX_URL": "https://a/simple"}, ("https://a/simple",)),
        ({"UV_INDEX_URL": "https://b", "PIP_INDEX_URL": "https://a"}, ("https://b",)),
        ({"UV_DEFAULT_INDEX": "corp=https://c", "UV_INDEX_URL": "https://b"}, ("https://c",)),
        ({"PIP_EXTRA_INDEX_URL": "https://x https://y"}, ("https://x", "https://y", None)),
        ({"UV_INDEX": "one=https://x https://y", "UV_EXTRA_INDEX_URL": "https://z"}, ("https://x", "https://y", "https://z", None)),  # noqa: E501
        ({"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "https://a"}, ()),
        ({"UV_NO_INDEX": "true"}, ()),
        ({"PIP_NO_INDEX": "0"}, (None,)),
    ],
)  # fmt: skip
def test_environment(environ: dict[str, str], indexes: tuple[str | None, ...], tmp_path: Path) -> None:
    assert read(tmp_path, **environ).indexes == indexes


def test_places_with_archives(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    settings = read(
        tmp_path,
        PIP_FIND_LINKS=f"{tmp_path}/links {tmp_path}/nowhere https://u:p@host/page",
        UV_FIND_LINKS="https://b/,https://c/",
    )
    assert settings.find_links == ("https://b/", "https://c/", f"{tmp_path}/links", "https://host/page")
    assert settings.credentials == {"host": ("u", "p")}


def test_files_of_pip(tmp_path: Path) -> None:
    user = tmp_path / "home/.config/pip/pip.conf"
    user.parent.mkdir(parents=True)
    user.write_text(
        "[global]\nindex-url = https://user/simple\nextra_index_url =\n  https://x\n  https://y\ncert = /c.pem\n"
    )
    settings = read(tmp_path, PIP_CONFIG_FILE="")
    assert settings.indexes == ("https://x", "https://y", "https://user/simple")
    assert settings.certificates == "/c.pem"
    own = tmp_path / "own.conf"
    own.write_text("[global]\nindex-url = https://own\n[download]\ntrusted-host = a b\nno-index = false\n")
    settings = read(tmp_path, PIP_CONFIG_FILE=str(own))
    assert settings.indexes[-1] == "https://own"
    assert settings.trusted_hosts == ("a", "b")
    assert read(tmp_path, PIP_CONFIG_FILE="/dev/null").indexes == (None,)


def test_files_of_uv(tmp_path: Path) -> None:
    inner = tmp_path / "work"
    (inner / "links").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname='x'\n[tool.uv]\nfind-links = ['work/links']\n"
        "[[tool.uv.index]]\nname='one'\nurl='https://one'\n"
        "[[tool.uv.index]]\nname='main'\nurl='https://main'\ndefault=true\n"
        "[[tool.uv.index]]\nname='other'\nurl='https://other'\nexplicit=true\n"
        "[[tool.uv.index]]\nname='flat'\nurl='https://flat/'\nformat='flat'\n"
    )
    (inner / "pyproject.toml").write_text("[project]\nname = 'without uv'\n")
    settings = read(tmp_path, UV_INDEX_ONE_USERNAME="u", UV_INDEX_ONE_PASSWORD="p")
    assert settings.indexes == ("https://one", "https://main")
    assert settings.find_links == ("https://flat/", f"{tmp_path}/work/links")
    assert settings.credentials == {"one": ("u", "p")}
    user = tmp_path / "home/.config/uv/uv.toml"
    user.parent.mkdir(parents=True)
    user.write_text("index-url = 'https://user'\nextra-index-url = ['https://more']\noffline = true\n")
    assert read(tmp_path).indexes == ("https://one", "https://more", "https://main")
    assert read(tmp_path).offline
    assert read(tmp_path, UV_NO_CONFIG="1").indexes == (None,)
    (inner / "uv.toml").write_text("no-index = true\n")
    assert read(tmp_path).indexes == ()


def test_damaged_files(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("][")
    for name in ("PIP_CONFIG_FILE", "UV_CONFIG_FILE"):
        with pytest.raises(PackageIndexError, match="cannot be read") as caught:
            read(tmp_path, **{name: str(broken)})
        assert caught.value.where == str(broken)
    with pytest.raises(PackageIndexError, match="no URL"):
        read(tmp_path, PIP_INDEX_URL="https://[x/simple")


def test_credentials_are_sent_and_never_shown(
    index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with_login = index.url.replace("http://", "http://user:s%2Fcret@")
    monkeypatch.setenv("PIP_INDEX_URL", with_login)
    index.release("demo", "1.0")
    assert fetch("demo==1.0", LoadOptions()).version == "1.0"
    expected = "Basic " + base64.b64encode(b"user:s/cret").decode()
    assert {sent for _, sent in index.requests} == {expected}
    with pytest.raises(PackageIndexError) as caught:
        fetch("nothing", LoadOptions())
    shown = (
        caplog.text
        + str(caught.value)
        + repr(caught.value)
        + repr(read_index_settings({"PIP_INDEX_URL": with_login}, Path("/")))
    )
    assert "cret" not in shown
    assert index.url in str(caught.value)


def test_netrc(index, monkeypatch: pytest.MonkeyPatch, settings_of_nobody: Path) -> None:
    netrc = settings_of_nobody / "home/.netrc"
    netrc.write_text("machine 127.0.0.1 login me password word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    index.release("demo", "1.0")
    fetch("demo==1.0", LoadOptions())
    assert {sent for _, sent in index.requests} == {"Basic " + base64.b64encode(b"me:word").decode()}


def test_the_first_index_that_has_a_fitting_release_settles_it(index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.release("demo", "9.0")
    index.release("private", "1.0")
    base = index.url.removesuffix("/simple")
    index.answers["/private/demo/"] = [lambda handler: handler_of_private(handler, index)]
    monkeypatch.setenv("UV_INDEX", f"{base}/private")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    assert fetch("private==1.0", LoadOptions()).version == "1.0"
    assert fetch("demo", LoadOptions()).version == "1.0"


def handler_of_private(handler, index) -> None:
    index.files["demo-old"] = {"demo-1.0-py3-none-any.whl": b"old"}
    content = b'<a href="/files/demo-old/demo-1.0-py3-none-any.whl">demo-1.0-py3-none-any.whl</a>'
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def test_a_folder_of_archives_instead_of_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "demo-1.0-py3-none-any.whl").write_bytes(b"one")
    (links / "demo-1.1.tar.gz").write_bytes(b"two")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    assert fetch("demo", LoadOptions()).filename == "demo-1.1.tar.gz"
    assert fetch("demo==1.0", LoadOptions()).path.read_bytes() == b"one"
    with pytest.raises(PackageIndexError, match="no package called other"):
        fetch("other", LoadOptions())
    monkeypatch.delenv("PIP_FIND_LINKS")
    with pytest.raises(PackageIndexError, match="no package index is set up"):
        fetch("demo==3", LoadOptions())


def test_an_unprotected_index_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.invalid/simple")
    with pytest.raises(PackageIndexError, match="only read over https"):
        fetch("demo", LoadOptions())


def test_certificates_that_are_not_there(index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    for path in (tmp_path / "nowhere.pem", tmp_path / "bad.pem"):
        (tmp_path / "bad.pem").write_text("no certificate")
        monkeypatch.setenv("PIP_CERT", str(path))
        with pytest.raises(PackageIndexError, match="certificates cannot be read"):
            fetch("demo", LoadOptions())
