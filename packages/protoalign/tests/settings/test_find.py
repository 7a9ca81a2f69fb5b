"""Which settings file governs a folder."""

from protoalign.settings import find_settings


def test_the_nearest_one_above_wins(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "protoalign.toml").touch()
    assert find_settings(tmp_path / "a" / "b") == (tmp_path / "protoalign.toml").resolve()
    (tmp_path / "a" / "protoalign.toml").touch()
    assert find_settings(tmp_path / "a" / "b") == (tmp_path / "a" / "protoalign.toml").resolve()


def test_the_search_ends_at_the_top_of_a_git_work_tree(tmp_path):
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "proto").mkdir()
    (tmp_path / "protoalign.toml").touch()
    assert find_settings(tmp_path / "repository" / "proto") is None


def test_the_top_of_a_git_work_tree_may_hold_it(tmp_path):
    (tmp_path / ".git").touch()
    (tmp_path / "protoalign.toml").touch()
    (tmp_path / "proto").mkdir()
    assert find_settings(tmp_path / "proto") == (tmp_path / "protoalign.toml").resolve()


def test_a_file_starts_the_search_in_its_folder(tmp_path):
    (tmp_path / "protoalign.toml").touch()
    (tmp_path / "a.proto").touch()
    assert find_settings(tmp_path / "a.proto") == (tmp_path / "protoalign.toml").resolve()
