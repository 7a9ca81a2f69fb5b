"""Writing trees: all or nothing, never over foreign files, never out of the folder."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import OutputError
from protoalign.output import compare_tree, is_stamped, stamp, write_file, write_tree

A = stamp("syntax = 'a';\n", "test")
B = stamp("syntax = 'b';\n", "test")


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@given(st.text(), st.text())
def test_a_stamped_file_is_known_until_it_is_edited(text, source):
    content = stamp(text, source)
    assert is_stamped(content)
    assert not is_stamped(content + b" ")
    assert not is_stamped(b" " + content)


def test_a_new_folder_appears_whole(tmp_path):
    written = write_tree(tmp_path / "deep" / "out", {"x/a.proto": A, "b.proto": B})
    assert written.created == ("b.proto", "x/a.proto")
    assert tree(tmp_path / "deep") == {"out/x/a.proto": A, "out/b.proto": B}


def test_writing_again_changes_nothing(tmp_path):
    write_tree(tmp_path / "out", {"a.proto": A})
    before = (tmp_path / "out/a.proto").stat().st_mtime_ns
    assert write_tree(tmp_path / "out", {"a.proto": A}).unchanged == ("a.proto",)
    assert (tmp_path / "out/a.proto").stat().st_mtime_ns == before


def test_own_files_are_replaced_and_stale_ones_told(tmp_path):
    write_tree(tmp_path / "out", {"a.proto": A, "old.proto": B})
    written = write_tree(tmp_path / "out", {"a.proto": B})
    assert (written.replaced, written.stale) == (("a.proto",), ("old.proto",))
    assert tree(tmp_path / "out") == {"a.proto": B, "old.proto": B}


@pytest.mark.parametrize("foreign", [b"mine", A + b"// edited\n"])
def test_foreign_and_edited_files_are_kept_unless_forced(tmp_path, foreign):
    (tmp_path / "a.proto").write_bytes(foreign)
    with pytest.raises(OutputError, match=r"a\.proto"):
        write_tree(tmp_path, {"a.proto": A, "b.proto": B})
    assert tree(tmp_path) == {"a.proto": foreign}
    write_tree(tmp_path, {"a.proto": A, "b.proto": B}, force=True)
    assert tree(tmp_path) == {"a.proto": A, "b.proto": B}


@pytest.mark.parametrize("name", ["../a.proto", "/a.proto", "", "x/../../a.proto"])
def test_names_outside_the_folder_are_refused(tmp_path, name):
    with pytest.raises(OutputError):
        write_tree(tmp_path / "out", {name: A})
    assert tree(tmp_path) == {}


def test_links_are_not_followed_out(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out/a.proto").symlink_to(tmp_path / "elsewhere/target")
    for name in ("x/a.proto", "a.proto"):
        with pytest.raises(OutputError, match="is a link"):
            write_tree(tmp_path / "out", {name: A}, force=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_of_another_product_are_not_stale(tmp_path):
    write_tree(tmp_path / "out", {"a.proto": stamp("a", "pypi:one==1")})
    write_tree(tmp_path / "out", {"b.proto": stamp("b", "pypi:two==1")})
    written = write_tree(tmp_path / "out", {"c.proto": stamp("c", "pypi:one==2")})
    assert written.stale == ("a.proto",)


def test_a_failure_while_writing_leaves_the_old_tree(tmp_path, monkeypatch):
    write_tree(tmp_path / "out", {"a.proto": A})

    def full(_file_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_tree(tmp_path / "out", {"a.proto": B, "b.proto": B})
    assert tree(tmp_path) == {"out/a.proto": A}


def test_a_failure_while_moving_takes_the_moves_back(tmp_path, monkeypatch):
    write_tree(tmp_path / "out", {"a.proto": A, "c.proto": A})
    replace = Path.replace

    def failing(self, target):
        if Path(target).name == "c.proto" and "new" in self.parts:
            raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError, match="Input/output error"):
        write_tree(tmp_path / "out", {"a.proto": B, "b.proto": B, "c.proto": B})
    assert tree(tmp_path) == {"out/a.proto": A, "out/c.proto": A}


def test_an_interrupt_waits_until_the_moves_are_done(tmp_path, monkeypatch):
    write_tree(tmp_path / "out", {"a.proto": A, "b.proto": A})
    replace = Path.replace

    def interrupting(self, target):
        os.kill(os.getpid(), signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupting)
    with pytest.raises(KeyboardInterrupt):
        write_tree(tmp_path / "out", {"a.proto": B, "b.proto": B})
    assert tree(tmp_path) == {"out/a.proto": B, "out/b.proto": B}


def test_a_file_in_the_folder_s_place_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        compare_tree(tmp_path / "out", {"a.proto": A})


def test_write_file_replaces_and_refuses_folders(tmp_path):
    write_file(tmp_path / "x/f", b"1")
    write_file(tmp_path / "x/f", b"2")
    assert tree(tmp_path) == {"x/f": b"2"}
    with pytest.raises(OutputError):
        write_file(tmp_path / "x", b"3")
