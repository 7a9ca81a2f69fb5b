"""Whole folders are replaced: each is the old one or the new one, and of several all change or none."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protoalign.errors import OutputError
from protoalign.output import folders, replace_folders

OLD = {"a.py": b"old a", "sub/b.py": b"old b"}
NEW = {"a.py": b"new a", "sub/c.py": b"new c"}
NAMES = st.sampled_from(["a", "b", "x/a", "x/y/b", "z/__init__.py"])


@pytest.fixture(params=["exchange", "rename"])
def way(request, monkeypatch):
    if request.param == "rename":
        monkeypatch.setattr(folders, "exchange", lambda _one, _other: False)
    return request.param


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_replaced_as_a_whole(tmp_path, way):
    write(tmp_path / "gen", OLD)
    replace_folders({tmp_path / "gen": NEW})
    assert read(tmp_path) == {f"gen/{name}": content for name, content in NEW.items()}


def test_a_folder_that_is_not_there_is_made_with_the_folders_around_it(tmp_path, way):
    replace_folders({tmp_path / "x" / "y" / "gen": NEW})
    assert read(tmp_path / "x" / "y" / "gen") == NEW
    assert names_in(tmp_path / "x" / "y") == ["gen"]


def test_a_folder_without_files_goes(tmp_path, way):
    write(tmp_path / "gen", OLD)
    replace_folders({tmp_path / "gen": {}, tmp_path / "never": {}})
    assert names_in(tmp_path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(steps=st.lists(st.lists(st.dictionaries(NAMES, st.binary(max_size=3)), min_size=2, max_size=2), max_size=3))
def test_what_is_written_is_what_is_there(tmp_path_factory, steps):
    root = tmp_path_factory.mktemp("folders")
    for one, other in steps:
        replace_folders({root / "one": one, root / "other": other})
        assert read(root) == {f"one/{name}": content for name, content in one.items()} | {
            f"other/{name}": content for name, content in other.items()
        }


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failure_takes_the_moves_before_it_back(tmp_path, monkeypatch, way, failing):
    names = ["one", "two", "three"]
    for name in names:
        write(tmp_path / name, OLD)
    real = folders._change_places

    def change_places(folder, new, old):
        if folder.name == names[failing]:
            raise OSError(errno.ENOSPC, "No space left on device", str(folder))
        real(folder, new, old)

    monkeypatch.setattr(folders, "_change_places", change_places)
    with pytest.raises(OutputError, match="No space left on device"):
        replace_folders({tmp_path / name: NEW for name in names})
    assert {name: read(tmp_path / name) for name in names_in(tmp_path)} == dict.fromkeys(names, OLD)


def test_a_failure_takes_back_a_folder_that_is_new(tmp_path, monkeypatch, way):
    write(tmp_path / "two", OLD)
    real = folders._change_places

    def change_places(folder, new, old):
        if folder.name == "two":
            raise OSError(errno.EIO, "Input/output error")
        real(folder, new, old)

    monkeypatch.setattr(folders, "_change_places", change_places)
    with pytest.raises(OutputError):
        replace_folders({tmp_path / "x" / "one": NEW, tmp_path / "two": NEW})
    assert names_in(tmp_path) == ["two"]
    assert read(tmp_path / "two") == OLD


def test_a_failure_while_the_new_folder_is_written_leaves_the_old_one(tmp_path, monkeypatch):
    write(tmp_path / "gen", OLD)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="Nothing was changed"):
        replace_folders({tmp_path / "gen": NEW})
    assert read(tmp_path) == {f"gen/{name}": content for name, content in OLD.items()}


def test_an_interrupt_waits_until_the_moves_are_done(tmp_path, monkeypatch):
    for name in ("one", "two"):
        write(tmp_path / name, OLD)
    real = folders._change_places

    def change_places(folder, new, old):
        signal.raise_signal(signal.SIGINT)
        real(folder, new, old)

    monkeypatch.setattr(folders, "_change_places", change_places)
    with pytest.raises(KeyboardInterrupt):
        replace_folders({tmp_path / name: NEW for name in ("one", "two")})
    assert {name: read(tmp_path / name) for name in names_in(tmp_path)} == dict.fromkeys(("one", "two"), NEW)


def test_a_killed_run_leaves_old_or_new(tmp_path):
    """At every moment, whoever looks sees one of the two folders in full."""
    first, second = ({f"f{number}": content for number in range(20)} for content in (b"1", b"2"))
    write(tmp_path / "gen", first)
    code = f"""
from protoalign.output import replace_folders
sides = [{{f"f{{number}}": content for number in range(20)}} for content in (b"1", b"2")]
while True:
    for side in sides:
        replace_folders({{Path({str(tmp_path / "gen")!r}): side}})
"""
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(1.0)
    finally:
        process.kill()
        process.wait()
    assert read(tmp_path / "gen") in (first, second)


def test_what_a_killed_run_left_goes_after_an_hour(tmp_path):
    write(tmp_path / "gen", OLD)
    prefix = folders._prefix(tmp_path / "gen")
    for name, age in (("old", 7200), ("young", 60)):
        left = tmp_path / f"{prefix}{name}"
        write(left, {"new/a": b""})
        os.utime(left, (time.time() - age,) * 2)
    replace_folders({tmp_path / "gen": NEW})
    assert names_in(tmp_path) == [f"{prefix}young", "gen"]


def test_the_folder_that_one_stands_in_is_refused(tmp_path, monkeypatch):
    write(tmp_path / "gen", OLD)
    monkeypatch.chdir(tmp_path / "gen" / "sub")
    with pytest.raises(OutputError, match="the current folder or around it"):
        replace_folders({tmp_path / "gen": NEW})
    assert read(tmp_path / "gen") == OLD


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_is_no_folder_is_refused(tmp_path, kind):
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "gen").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "gen").write_text("")
    with pytest.raises(OutputError, match="is a link or a file"):
        replace_folders({tmp_path / "gen": NEW})


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    with pytest.raises(OutputError, match="no path inside the folder"):
        replace_folders({tmp_path / "gen": {name: b""}})
    assert not (tmp_path / "gen").exists()


def test_new_folders_can_be_entered_by_others(tmp_path):
    replace_folders({tmp_path / "gen": NEW})
    mode = (tmp_path / "gen").stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    assert mode == 0o777 & ~umask
