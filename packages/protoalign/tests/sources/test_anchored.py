"""Source strings of a settings file in another folder."""

import pytest

from protoalign.sources.anchored import anchored, moved


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "project" / "proto").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("proto", "project/proto"),
        ("./proto", "project/proto"),
        ("proto:proto", "proto:project/proto"),
        ("lock:contracts/a.lock", "lock:project/contracts/a.lock"),
        ("python:dist/a.whl", "python:project/dist/a.whl"),
        ("git:.", "git:project"),
        ("git:.#v1:proto", "git:project#v1:proto"),
        ("../other", "other"),
        ("git:https://example.com/api.git#main:proto", "git:https://example.com/api.git#main:proto"),
        ("git:no-such-folder#main", "git:no-such-folder#main"),
        ("pypi:shop==1.0", "pypi:shop==1.0"),
        ("grpcs://api.example.com:443", "grpcs://api.example.com:443"),
        ("unknown:x", "unknown:x"),
        ("/absolute", "/absolute"),
        ("", ""),
    ],
)
def test_paths_are_read_from_the_folder_and_nothing_else_changes(folder, source, expected):
    assert anchored(source, folder) == expected


def test_in_the_folder_itself_nothing_changes(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert anchored("./proto", folder) == "./proto"


def test_there_and_back(folder, tmp_path):
    there = moved("proto", folder, tmp_path / "elsewhere")
    assert there == "../project/proto"
    assert moved(there, tmp_path / "elsewhere", folder) == "proto"
