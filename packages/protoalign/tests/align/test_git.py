"""Whether git could give back what is overwritten."""

import subprocess

import pytest

from protoalign.align import git_state, refuse_dirty
from protoalign.errors import AlignError


def git(folder, *arguments):
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repo"
    (root / "proto/v1").mkdir(parents=True)
    (root / "proto/v1/a.proto").write_text("a")
    (root / "proto/notes.txt").write_text("n")
    (root / "main.go").write_text("m")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def test_a_clean_tree(repository):
    state = git_state(repository / "proto")
    assert (state.dirty, state.note) == ((), "")
    refuse_dirty(repository / "proto", state)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("proto/v1/a.proto", True),
        ("proto/new.proto", True),
        ("proto/notes.txt", True),
        ("proto/new.txt", False),
        ("main.go", False),
    ],
)
def test_only_changes_below_the_folder_count(repository, path, counts):
    (repository / path).write_text("changed")
    state = git_state(repository / "proto")
    assert state.dirty == ((path,) if counts else ())


def test_staged_and_renamed_files_count(repository):
    git(repository, "mv", "proto/v1/a.proto", "proto/v1/b.proto")
    state = git_state(repository / "proto")
    assert state.dirty == ("proto/v1/b.proto",)
    with pytest.raises(AlignError, match=r"(?s)holds changes that are not committed:\n  proto/v1/b.proto.*--force"):
        refuse_dirty(repository / "proto", state)


def test_no_repository_is_told(tmp_path):
    (tmp_path / "proto").mkdir()
    state = git_state(tmp_path / "proto")
    assert state.dirty == ()
    assert "is in no git repository" in state.note


def test_no_git_is_told(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in git_state(repository).note


def test_programs_in_the_repository_are_not_run(repository):
    (repository / "hook").write_text("#!/bin/sh\ntouch ran\n")
    (repository / "hook").chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(repository / "hook"))
    git_state(repository / "proto")
    assert not list(repository.rglob("ran"))
