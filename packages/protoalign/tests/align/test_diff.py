"""The diff of a dry run: git applies it."""

import subprocess

import pytest

from protoalign.align.edit import tree_edit

BEFORE = {
    "a.proto": b"one\ntwo\nthree\n",
    "old/b.proto": b"same\n" * 9 + b"end",
    "gone.proto": b"gone\n",
    "x/e.proto": b"",
}
AFTER = {
    "a.proto": b"one\n2\nthree",
    "new/b.proto": b"same\n" * 9 + b"END\n",
    "fresh é.proto": b"f\r\n",
    "x/e.proto": b"e\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, content in BEFORE.items():
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).write_bytes(content)
    return tmp_path / "t"


def test_git_applies_it(folder):
    edit = tree_edit(folder, BEFORE, AFTER, {"new/b.proto": "old/b.proto"})
    text = "".join(f"{line}\n" for line in edit.diff())
    assert "rename from old/b.proto\nrename to new/b.proto\n" in text
    subprocess.run(["git", "apply", "-p1", "-"], cwd=folder, input=text.encode(), check=True)
    left = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert left == AFTER


def test_what_happens_to_each_path(folder):
    edit = tree_edit(folder, BEFORE, AFTER, {"new/b.proto": "old/b.proto"})
    assert edit.created == ("fresh é.proto",)
    assert edit.rewritten == ("a.proto", "x/e.proto")
    assert edit.deleted == ("gone.proto",)
    assert edit.renames == {"new/b.proto": "old/b.proto"}
    assert not edit.is_empty


def test_no_change_is_empty(folder):
    edit = tree_edit(folder, BEFORE, BEFORE, {})
    assert edit.is_empty
    assert list(edit.diff()) == []
