"""Environments with one package: built once, found again without network, and never of another archive."""

import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from protoalign.errors import PackageIndexError
from protoalign.prove import environment
from protoalign.prove.environment import Package, package_environment
from protoalign.prove.processes import Processes
from protoalign.sources import SilentProgress


def wheel(folder: Path, *, name: str = "acme", requires: str = "", python: str = ">=3.8") -> Package:
    """A wheel with one module, made by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: {python}\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}/__init__.py": "MADE_BY = 'acme'\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return Package(archive=path, sha256=sha256(path.read_bytes()).hexdigest(), label=f"{name} 1.0")


@pytest.fixture(autouse=True)
def without_network(monkeypatch, tmp_path):
    """A cache of its own, and an index that is one folder."""
    monkeypatch.setenv("PROTOALIGN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    for name in ("UV_OFFLINE", "UV_FIND_LINKS", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "links").mkdir()


@pytest.fixture(scope="module")
def plain_venv(tmp_path_factory):
    """What `python -m venv` makes, once."""
    folder = tmp_path_factory.mktemp("plain") / "venv"
    subprocess.run([sys.executable, "-I", "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def quick_venv(plain_venv, monkeypatch):
    """An environment begins as a copy of one: installing pip takes longer than all that these tests are about."""
    run = Processes.run

    def run_or_copy(processes, command, **options):
        if command[1:4] == ["-I", "-m", "venv"]:
            shutil.copytree(plain_venv, command[4], symlinks=True)
            command = [sys.executable, "-c", ""]
        return run(processes, command, **options)

    monkeypatch.setattr(Processes, "run", run_or_copy)


class Notes(SilentProgress):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def environment_of(package, *, offline=False, progress=None):
    with Processes() as processes:
        return package_environment(processes, package, offline=offline, progress=progress or SilentProgress())


def imports(python: Path, module: str) -> bool:
    return subprocess.run([python, "-I", "-c", f"import {module}"], check=False, capture_output=True).returncode == 0


def test_it_is_built_once_then_found_without_network(tmp_path):
    wheel(tmp_path / "links", name="needed")
    package = wheel(tmp_path, requires="needed")
    notes = Notes()
    python = environment_of(package, progress=notes)
    assert imports(python, "acme, needed")
    assert not imports(python, "protoalign")
    assert notes.notes == ["installing acme 1.0 in an environment of its own, kept for later"]
    package.archive.unlink()
    assert environment_of(package, offline=True, progress=notes) == python
    assert len(notes.notes) == 1
    assert [path.name for path in python.parents[2].iterdir()] == [python.parents[1].name]


def test_offline_without_one(tmp_path):
    with pytest.raises(PackageIndexError, match="the network may not be used"):
        environment_of(wheel(tmp_path), offline=True)


def test_uv_offline_counts_too(tmp_path, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(PackageIndexError, match="the network may not be used"):
        environment_of(wheel(tmp_path))


@pytest.mark.usefixtures("quick_venv")
@pytest.mark.parametrize(
    ("options", "said"),
    [({"requires": "no-such-thing"}, "no-such-thing"), ({"python": "<3"}, "requires a different Python")],
)
def test_what_cannot_be_installed_says_why_and_leaves_nothing(tmp_path, options, said):
    with pytest.raises(PackageIndexError) as raised:
        environment_of(wheel(tmp_path, **options))
    assert raised.value.what.startswith("acme 1.0 cannot be installed for Python ")
    assert said in raised.value.what
    assert list((tmp_path / "cache/environments").iterdir()) == []


def test_another_archive_is_refused(tmp_path):
    package = wheel(tmp_path)
    package.archive.write_bytes(b"other")
    with pytest.raises(PackageIndexError, match="is not the one that the contract was read from"):
        environment_of(package)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_venv")
def test_one_whose_interpreter_is_gone_is_built_again(tmp_path):
    package = wheel(tmp_path)
    python = environment_of(package)
    python.unlink()
    assert imports(environment_of(package), "acme")


@pytest.mark.slow
@pytest.mark.usefixtures("quick_venv")
def test_a_build_that_is_given_up_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_raise_unless_done", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment_of(wheel(tmp_path))
    assert list((tmp_path / "cache/environments").iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("quick_venv")
def test_a_source_archive_is_no_wheel_and_pip_builds_none(tmp_path):
    """A dependency that there is only as source would run its build: it is not installed."""
    source = tmp_path / "links" / "needed-1.0.tar.gz"
    shutil.make_archive(str(source).removesuffix(".tar.gz"), "gztar", tmp_path / "links")
    with pytest.raises(PackageIndexError, match="needed"):
        environment_of(wheel(tmp_path, requires="needed"))


def test_credentials_reach_pip_in_the_environment_alone(monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:s%40cret@index.example/simple")
    settings = environment.read_index_settings(dict(environment.os.environ), Path.cwd())
    variables = environment._pip_variables(settings)
    assert variables["PIP_INDEX_URL"] == "https://me:s%40cret@index.example/simple"
