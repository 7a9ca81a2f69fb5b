"""The vectors folder: what is in its files, writing it, reading it with suspicion, and its published schema."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from protoalign.errors import InputError, OutputError, ProtoalignError, SourceReadError
from protoalign.prove.digests import digested_folder
from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.vectors import (
    compare_vectors,
    make_vectors,
    read_vectors,
    vector_files,
    vectors_digest,
    write_vectors,
)
from protoalign.prove.vectors.readme import README
from protoalign.sources import load

REPOSITORY = Path(__file__).parents[4]
SCHEMA = json.loads((REPOSITORY / "docs" / "reference" / "vectors.schema.json").read_text(encoding="utf-8"))
TEXTS = {
    "a/a.proto": 'syntax = "proto3"; package p; message A { string é = 1; message In { double d = 1; } }'.replace(
        "é", "e"
    ),
    "b.proto": 'syntax = "proto2"; package p; message B { required B b = 1; } enum E { X = 0; }',
    "none.proto": 'syntax = "proto3"; package p; enum F { Y = 0; }',
}


@pytest.fixture
def contract(compile_contract):
    return compile_contract(TEXTS)


@pytest.fixture
def files(contract):
    return vector_files(make_vectors(contract), contract)


@pytest.fixture
def folder(tmp_path, files):
    write_vectors(tmp_path / "vectors", files)
    return tmp_path / "vectors"


def test_the_folder_holds_an_index_a_readme_and_a_file_for_each_file_with_messages(files, contract) -> None:
    assert list(files) == ["README.md", "a/a.proto.json", "b.proto.json", "index.json"]
    index = json.loads(files["index.json"])
    assert index["contract"] == contract.digest
    assert index["counts"]["files"] == 2
    assert index["counts"]["messages"] == 3
    for entry in index["files"]:
        assert sha256(files[entry["path"]]).hexdigest() == entry["sha256"]
        messages = json.loads(files[entry["path"]])["messages"]
        assert (len(messages), sum(map(len, messages.values()))) == (entry["messages"], entry["vectors"])


def test_files_are_ascii_with_one_vector_a_line(files) -> None:
    content = files["a/a.proto.json"].decode("ascii")
    assert "\r" not in content
    lines = [line for line in content.splitlines() if line.startswith('{"name"')]
    assert len(lines) == content.count('"name"')
    assert all(json.loads(line.removesuffix(",")) for line in lines)


def test_output_json_and_lossy_json_are_left_out_where_they_say_nothing(contract) -> None:
    vectors = (
        Vector(name="same", input=b"\1", output=b"\1", json=None),
        Vector(name="all", input=b"\1", output=b"", json="{}", lossy_json=True),
    )
    made = vector_files([MessageVectors(message="p.A", file="a/a.proto", vectors=vectors)], contract)
    assert json.loads(made["a/a.proto.json"])["messages"]["p.A"] == [
        {"name": "same", "input": "01"},
        {"name": "all", "input": "01", "output": "", "json": "{}", "lossy_json": True},
    ]


def test_what_is_written_is_read_back(contract, folder) -> None:
    assert read_vectors(folder) == make_vectors(contract)


def test_a_fresh_folder_is_left_alone(folder, files) -> None:
    before = folder.stat().st_ino
    assert not compare_vectors(folder, files)
    assert not write_vectors(folder, files)
    assert folder.stat().st_ino == before


def test_a_stale_folder_is_replaced_as_a_whole(folder, files) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "gone.proto.json").write_text("{}")
    (folder / "b.proto.json").unlink()
    (folder / "README.md").write_text("edited")
    assert compare_vectors(folder, files) == ("README.md", "b.proto.json", "old/gone.proto.json")
    assert write_vectors(folder, files)
    assert not compare_vectors(folder, files)
    assert not (folder / "old").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["vectors"]


def test_an_absent_folder_lacks_every_file(tmp_path, files) -> None:
    assert compare_vectors(tmp_path / "none", files) == tuple(sorted(files))


@pytest.mark.parametrize("index", [None, "[]", "{", '{"format": 1}', "[" * 100_000])
def test_a_folder_with_something_else_is_not_replaced(tmp_path, files, index) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    if index is not None:
        (tmp_path / "index.json").write_text(index)
    with pytest.raises(OutputError, match="something else than wire vectors"):
        write_vectors(tmp_path, files)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_an_empty_folder_is_filled(tmp_path, files) -> None:
    (tmp_path / "empty").mkdir()
    assert write_vectors(tmp_path / "empty", files)


def test_a_file_that_would_take_the_place_of_the_index_is_refused(contract) -> None:
    with pytest.raises(InputError, match="index"):
        vector_files([MessageVectors(message="M", file="index", vectors=())], contract)


def test_two_lots_of_vectors_for_one_message_are_refused(contract) -> None:
    once = MessageVectors(message="M", file="a.proto", vectors=())
    with pytest.raises(InputError, match="two things"):
        vector_files([once, once], contract)


def test_the_digest_is_that_of_the_folder_on_disk(folder, files) -> None:
    assert vectors_digest(files) == digested_folder(folder, "vectors").digest
    assert vectors_digest({**files, "README.md": b"other"}) != vectors_digest(files)


# ---- reading hostile folders ------------------------------------------------------------------------------------


def rewritten(folder: Path, content: str | bytes, *, entry: dict[str, object] | None = None) -> None:
    """Give the folder one file with that content and an index that fits."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / "b.proto.json").write_bytes(raw)
    index = json.loads((folder / "index.json").read_text())
    listed = {
        "file": "b.proto",
        "path": "b.proto.json",
        "messages": 1,
        "vectors": 1,
        "sha256": sha256(raw).hexdigest(),
    }
    index["files"] = [listed | (entry or {})]
    index["counts"] = {"files": 1, "messages": 1, "vectors": 1}
    (folder / "index.json").write_text(json.dumps(index))


def file_with(*vectors: object) -> str:
    return json.dumps({"format": 1, "file": "b.proto", "messages": {"p.B": list(vectors)}})


GOOD = {"name": "n", "input": "0801"}


def test_the_smallest_file_is_read(folder) -> None:
    rewritten(folder, file_with(GOOD))
    ((only,),) = (each.vectors for each in read_vectors(folder))
    assert only == Vector(name="n", input=b"\x08\1", output=b"\x08\1", json=None)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\xff",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format": 1, "file": "b.proto", "messages": {}, "more": 1}',
        '{"format": 2, "file": "b.proto", "messages": {}}',
        '{"format": true, "file": "b.proto", "messages": {}}',
        '{"format": 1, "file": "c.proto", "messages": {}}',
        '{"format": 1, "file": "b.proto", "messages": []}',
        '{"format": 1, "file": "b.proto", "messages": {"p.B": {}}}',
        '{"format": 1, "file": "b.proto", "messages": {"p.B": [], "p.B": []}}',
        file_with(1),
        file_with(GOOD, GOOD),
        file_with({"name": "n"}),
        file_with({"input": ""}),
        file_with({**GOOD, "name": 1}),
        file_with({**GOOD, "name": ""}),
        file_with({**GOOD, "name": "n" * 5000}),
        file_with({**GOOD, "input": "080"}),
        file_with({**GOOD, "input": "0A"}),
        file_with({**GOOD, "input": "08 01"}),
        file_with({**GOOD, "input": "٠٨"}),
        file_with({**GOOD, "input": "00" * ((1 << 20) + 1)}),
        file_with({**GOOD, "output": None}),
        file_with({**GOOD, "json": {}}),
        file_with({**GOOD, "lossy_json": False}),
        file_with({**GOOD, "extra": 1}),
        file_with(),
    ],
)
def test_a_file_of_another_form_is_refused(folder, content) -> None:
    rewritten(folder, content)
    with pytest.raises(InputError) as refused:
        read_vectors(folder)
    assert refused.value.where
    assert refused.value.hint


@pytest.mark.parametrize("path", ["../b.proto.json", "/etc/passwd", "", ".", "a/../b.proto.json", "no.json", "a", "\0"])
def test_a_path_that_leads_elsewhere_is_refused(folder, path) -> None:
    rewritten(folder, file_with(GOOD), entry={"path": path})
    with pytest.raises(ProtoalignError):
        read_vectors(folder)


def test_a_link_is_not_followed(folder, tmp_path) -> None:
    rewritten(folder, file_with(GOOD))
    (folder / "b.proto.json").rename(tmp_path / "outside.json")
    (folder / "b.proto.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(SourceReadError, match="no file"):
        read_vectors(folder)


@pytest.mark.parametrize(
    "entry", [{"sha256": "0" * 64}, {"messages": 2}, {"vectors": 7}, {"file": "c.proto"}, {"sha256": 1}]
)
def test_an_index_that_contradicts_the_file_is_refused(folder, entry) -> None:
    rewritten(folder, file_with(GOOD), entry=entry)
    with pytest.raises(InputError):
        read_vectors(folder)


@pytest.mark.parametrize(
    "change",
    [{"files": {}}, {"files": [1]}, {"counts": {"files": 2}}, {"format": 2}, {"more": 1}],
)
def test_a_bad_index_is_refused(folder, change) -> None:
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**index, **change}))
    with pytest.raises(InputError):
        read_vectors(folder)


def test_a_folder_without_an_index_is_refused(tmp_path) -> None:
    with pytest.raises(SourceReadError, match="missing"):
        read_vectors(tmp_path)


# ---- the published schema and this repository's own vectors -----------------------------------------------------


def test_the_schema_is_one(files) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_is_of_the_schema(files) -> None:
    for name, content in files.items():
        if name.endswith(".json"):
            jsonschema.validate(json.loads(content), SCHEMA)


@pytest.mark.parametrize(
    "data",
    [
        json.loads(file_with({**GOOD, "input": "0"})),
        json.loads(file_with({**GOOD, "lossy_json": False})),
        json.loads(file_with({**GOOD, "extra": 1})),
        {"format": 2, "file": "a", "messages": {}},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(data) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_the_page_beside_the_vectors_names_every_key() -> None:
    vector = SCHEMA["$defs"]["Vector"]["properties"]
    index = SCHEMA["$defs"]["Index"]["properties"]
    for key in (*vector, *index, *index["files"]["items"]["properties"]):
        assert f'"{key}"' in README or f"`{key}`" in README, key
    assert max(map(len, README.splitlines())) <= 120


def test_the_vectors_of_this_repository_are_fresh() -> None:
    contract = load(str(REPOSITORY / "proto"))
    assert not compare_vectors(REPOSITORY / "vectors", vector_files(make_vectors(contract), contract))
