"""The tree is the old one or the new one: whatever fails, whenever the process dies."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from protoalign.align import swap
from protoalign.align.edit import tree_edit
from protoalign.align.journal import JOURNAL
from protoalign.align.swap import carry_out_edit, recover
from protoalign.errors import AlignError, OutputError

OLD = {"v1/a.proto": b"old a", "v1/b.proto": b"old b", "v1/deep/c.proto": b"old c", "keep.proto": b"keep"}
NEW = {"v2/a.proto": b"new a", "v1/b.proto": b"new b", "v2/deep/d.proto": b"new d", "keep.proto": b"keep"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PROTOALIGN_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "work" / "proto"
    lay_out(root)
    return root


def lay_out(root):
    for name, content in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "v1/README").write_bytes(b"readme")


def state(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not any(part.startswith(".protoalign") for part in path.parts)
    }


OLD_STATE = {**OLD, "v1/README": b"readme"}
NEW_STATE = {**NEW, "v1/README": b"readme"}


def edit_of(folder, after=NEW):
    return tree_edit(folder, OLD, after, {"v2/a.proto": "v1/a.proto"})


def scratch_of(folder):
    return [path.name for place in (folder, folder.parent) for path in place.rglob(".protoalign*")]


def test_the_edit_is_carried_out(folder):
    carry_out_edit(edit_of(folder))
    assert state(folder) == NEW_STATE
    assert not (folder / "v1/deep").exists()
    assert scratch_of(folder) == []


@pytest.fixture(params=["exchange", "journal"])
def way(request, monkeypatch):
    if request.param == "journal":
        monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)
    return request.param


def test_both_ways_do_the_same(folder, way):
    (folder / "v1/a.proto").chmod(0o640)
    (folder / "link").symlink_to("v1")
    (folder / "outward").symlink_to("/etc")
    carry_out_edit(edit_of(folder))
    assert state(folder) == NEW_STATE
    assert (folder / "v2/a.proto").stat().st_mode & 0o777 == 0o640
    assert (folder / "link").readlink() == Path("v1")
    assert (folder / "outward").readlink() == Path("/etc")
    assert scratch_of(folder) == []


def test_the_current_folder_is_not_exchanged(folder, monkeypatch):
    monkeypatch.chdir(folder)
    here = folder.stat().st_ino
    carry_out_edit(edit_of(Path()))
    assert state(folder) == NEW_STATE
    assert folder.stat().st_ino == here
    assert scratch_of(folder) == []


def test_a_repository_is_not_exchanged(folder):
    (folder / ".git").mkdir()
    here = folder.stat().st_ino
    carry_out_edit(edit_of(folder))
    assert state(folder) == NEW_STATE
    assert folder.stat().st_ino == here


def test_unchanged_files_stay_the_same_files(folder):
    here = (folder / "v1/README").stat()
    carry_out_edit(edit_of(folder))
    there = (folder / "v1/README").stat()
    assert (there.st_ino, there.st_mtime_ns) == (here.st_ino, here.st_mtime_ns)


def test_only_the_smallest_folder_is_exchanged(folder):
    here = folder.stat().st_ino
    carry_out_edit(edit_of(folder, {**OLD, "v1/a.proto": b"1", "v1/b.proto": b"2"}))
    assert folder.stat().st_ino == here
    assert state(folder)["v1/b.proto"] == b"2"


def test_one_file_is_replaced_in_place(folder):
    here = (folder / "v1").stat().st_ino
    carry_out_edit(edit_of(folder, {**OLD, "v1/a.proto": b"1"}))
    assert (folder / "v1").stat().st_ino == here
    assert state(folder) == {**OLD_STATE, "v1/a.proto": b"1"}


def test_one_new_file_in_a_new_folder(folder):
    carry_out_edit(edit_of(folder, {**OLD, "x/y/z.proto": b"1"}))
    assert state(folder) == {**OLD_STATE, "x/y/z.proto": b"1"}


def test_a_file_that_changed_meanwhile_is_not_overwritten(folder):
    edit = edit_of(folder)
    (folder / "v1/b.proto").write_bytes(b"edited")
    with pytest.raises(AlignError, match="has changed since it was read"):
        carry_out_edit(edit)
    assert state(folder) == {**OLD_STATE, "v1/b.proto": b"edited"}


@pytest.mark.parametrize("marked", ["v1", "v1/b.proto"])
def test_what_is_read_only_stays(folder, marked):
    (folder / marked).chmod(0o555 if (folder / marked).is_dir() else 0o444)
    with pytest.raises(AlignError, match="is read-only"):
        carry_out_edit(edit_of(folder))
    (folder / marked).chmod(0o755)
    assert state(folder) == OLD_STATE
    assert scratch_of(folder) == []


def test_a_full_disk_leaves_the_old_tree(folder, way, monkeypatch):
    real = os.fsync
    for writes in range(30):
        left = [writes]

        def fsync(handle, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        try:
            carry_out_edit(edit_of(folder))
        except OutputError as error:
            assert "No space left on device" in str(error)
            assert recover(folder) == ""
            assert state(folder) == OLD_STATE
            assert scratch_of(folder) == []
        else:
            assert state(folder) == NEW_STATE
            assert writes > 1
            return
    pytest.fail("it never came to an end")


RUN = """\
import resource, signal, sys
from pathlib import Path
from protoalign.align import swap
from protoalign.align.edit import tree_edit
old, new, folder, way, limit = eval(sys.stdin.read())
if way == "journal":
    swap.exchange = lambda _one, _other: False
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
edit = tree_edit(Path(folder), old, new, {})
print("ready", flush=True)
swap.carry_out_edit(edit)
print("done", flush=True)
"""

# Reads what to do as `RUN` does, one a line, and does each in a process of its own, which need not import all again.
# A process keeps its number until the next line says that nobody will kill it any more.
RUN_MANY = """\
import os, sys
from pathlib import Path
from protoalign.align import swap
from protoalign.align.edit import tree_edit
while line := sys.stdin.readline():
    old, new, folder, way = eval(line)
    edit = tree_edit(Path(folder), old, new, {})
    pid = os.fork()
    if pid == 0:
        if way == "journal":
            swap.exchange = lambda _one, _other: False
        os.write(1, b"ready %d\\n" % os.getpid())
        swap.carry_out_edit(edit)
        os.write(1, b"done\\n")
        os._exit(0)
    sys.stdin.readline()
    os.waitpid(pid, 0)
    print("ended", flush=True)
"""


def start(folder, old, new, way, limit=0):
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(repr((old, new, str(folder), way, limit)).encode())
    process.stdin.close()
    return process


def test_a_limit_on_sizes_leaves_the_old_tree(folder, way):
    new = {**NEW, "v2/large.proto": b"x" * 200_000}
    process = start(folder, OLD, new, way, limit=100_000)
    assert process.wait(60) == 1
    assert b"cannot be written: File too large" in process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert state(folder) == OLD_STATE
    assert scratch_of(folder) == []


@pytest.mark.parametrize("way", ["exchange", "journal"])
def test_a_kill_at_any_moment_leaves_the_old_tree_or_the_new_one(tmp_path, way):
    chance = random.Random(7)
    old = {f"d{number % 5}/f{number}.proto": b"old" * 500 for number in range(20)}
    new = {name.replace("d1/", "e1/"): b"new" * 700 for name in old}
    seen = set()
    seconds = None
    command = [sys.executable, "-c", RUN_MANY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        for attempt in range(32):
            folder = tmp_path / f"{attempt}" / "proto"
            for name, content in old.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            process.stdin.write(f"{(old, new, str(folder), way)!r}\n".encode())
            ready, _, pid = process.stdout.readline().partition(b" ")
            assert ready == b"ready"
            begun = time.perf_counter()
            if seconds is None:  # the first one may end, and says how long that takes
                assert process.stdout.readline() == b"done\n"
                seconds = time.perf_counter() - begun
            else:
                time.sleep(chance.uniform(0, 1.2 * seconds))
                os.kill(int(pid), signal.SIGKILL)
            process.stdin.write(b"\n")
            while process.stdout.readline() != b"ended\n":
                pass
            if way == "journal":
                recover(folder)
            now = state(folder)
            assert now in (old, new)
            seen.add("old" if now == old else "new")
            recover(folder)
            assert state(folder) == now
            assert scratch_of(folder) == []
        process.stdin.close()
    assert seen == {"old", "new"}


@pytest.mark.parametrize("steps", range(0, 40, 3))
def test_a_journal_is_finished_or_undone_wherever_it_stopped(folder, monkeypatch, steps):
    """The process dies after so many links: whoever comes next finds one whole tree."""

    class Died(BaseException):
        pass

    left = [steps]

    def link(source, target, real=os.link):
        left[0] -= 1
        if left[0] < 0:
            raise Died
        real(source, target)

    monkeypatch.setattr("protoalign.align.journal.os.link", link)
    monkeypatch.setattr(swap, "_may_be_exchanged", lambda _folder: False)
    with suppress(Died):
        carry_out_edit(edit_of(folder))
    monkeypatch.undo()
    recover(folder)
    assert state(folder) in (OLD_STATE, NEW_STATE)
    assert scratch_of(folder) == []
    assert recover(folder) == ""


def test_a_step_that_fails_is_undone(folder, monkeypatch):
    monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)
    real = Path.replace
    failed = []

    def replace(self, target):
        if self.name == "passing" and Path(target).name == "d.proto" and not failed:
            failed.append(True)
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError, match="Input/output error"):
        carry_out_edit(edit_of(folder))
    assert state(folder) == OLD_STATE
    assert scratch_of(folder) == []


@pytest.mark.parametrize(
    "steps",
    [
        "no json",
        '{"format": 9}',
        '{"format": 1, "direction": "do", "steps": [{"path": "../out.proto", "old": null, "new": null}]}',
        '{"format": 1, "direction": "do", "steps": [{"path": "/etc/x.proto", "old": null, "new": null}]}',
        '{"format": 1, "direction": "do", "steps": [{"path": "keep.txt", "old": null, "new": null}]}',
        '{"format": 1, "direction": "do", "steps": [{"path": ".git/x.proto", "old": null, "new": null}]}',
        '{"format": 1, "direction": "do", "steps": [{"path": "a.proto", "old": null, "new": "../x.new"}]}',
        '{"format": 1, "direction": "do", "steps": [{"path": "out/x.proto", "old": null, "new": null}]}',
        "[" * 100_000,
    ],
)
def test_a_hostile_journal_does_nothing(folder, tmp_path, steps):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.proto").write_bytes(b"theirs")
    (tmp_path / "work/out.proto").write_bytes(b"theirs")
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / JOURNAL).mkdir()
    (folder / JOURNAL / "steps.json").write_text(steps)
    with pytest.raises(AlignError, match="journal of an interrupted run is damaged"):
        recover(folder)
    assert (tmp_path / "outside/x.proto").read_bytes() == b"theirs"
    assert (tmp_path / "work/out.proto").read_bytes() == b"theirs"
    assert {name: content for name, content in state(folder).items() if not name.startswith("out")} == OLD_STATE


def test_ctrl_c_waits_for_the_swap(folder, monkeypatch):
    real = swap.exchange

    def exchange(one, other):
        os.kill(os.getpid(), signal.SIGINT)
        return real(one, other)

    monkeypatch.setattr(swap, "exchange", exchange)
    with pytest.raises(KeyboardInterrupt):
        carry_out_edit(edit_of(folder))
    assert state(folder) == NEW_STATE
    assert scratch_of(folder) == []


def test_two_runs_at_once_do_not_write(folder):
    with swap._alone(folder), pytest.raises(AlignError, match="another run is writing to it"):
        carry_out_edit(edit_of(folder))
    assert state(folder) == OLD_STATE
