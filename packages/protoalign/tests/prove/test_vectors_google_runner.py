"""The program that holds Google's protobuf against the vectors, in both of its implementations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protoalign import runners
from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.prove.vectors import make_vectors, vector_files, write_vectors
from protoalign.sources.compilers import compile_with_protoc

RUNNER = Path(runners.__file__).with_name("google_protobuf.py")
NASTY = Path(__file__).parents[1] / "fixtures" / "nasty"
IMPLEMENTATIONS = ("upb", "python")
TEXTS = {
    "a.proto": """syntax = "proto3"; package p; import "b.proto"; import "google/protobuf/timestamp.proto";
import "google/protobuf/any.proto";
message M { int32 a = 1; google.protobuf.Timestamp t = 2; google.protobuf.Any any = 3; map<string, M> m = 4; }
service S { rpc Watch(M) returns (stream M); rpc Send(stream b.Other) returns (b.Other); }
""",
    "b.proto": 'syntax = "proto3"; package b; message Other { string s = 1; }'
    " service T { rpc Do(Other) returns (Other); }",
}


def run(job: Path, implementation: str = "upb") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
    return subprocess.run(
        [sys.executable, "-I", str(RUNNER), str(job)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def prepared(root: Path, contract: Contract) -> Path:
    """A job file for the contract's vectors."""
    write_vectors(root / "vectors", vector_files(make_vectors(contract), contract))
    (root / "image.binpb").write_bytes(contract.image())
    return job_of(root)


def job_of(root: Path, **changes: object) -> Path:
    job = {
        "image": str(root / "image.binpb"),
        "vectors": [str(root / "vectors")],
        "report": str(root / "report.json"),
        **changes,
    }
    (root / "job.json").write_text(json.dumps(job))
    return root / "job.json"


def reported(root: Path) -> dict:
    return json.loads((root / "report.json").read_text())


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_every_vector_is_tried_and_passes(tmp_path, compile_contract, implementation) -> None:
    contract = compile_contract(TEXTS)
    done = run(prepared(tmp_path, contract), implementation)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    report = reported(tmp_path)
    assert report["format"] == 1
    assert report["runtime"] == {"upb": "google-protobuf", "python": "google-protobuf-python"}[implementation]
    assert report["versions"]["implementation"] == implementation
    assert (report["missing"], report["errors"]) == ([], [])
    for made in make_vectors(contract):
        result = report["messages"][made.message]
        assert result["failures"] == []
        assert result["vectors"] == len(made.vectors)
        assert result["json"].keys() == {vector.name for vector in made.vectors if vector.json is not None}


def test_the_rpcs_of_own_files_are_listed(tmp_path, compile_contract) -> None:
    run(prepared(tmp_path, compile_contract(TEXTS)))
    assert reported(tmp_path)["rpcs"] == {
        "descriptors": [
            {
                "path": "/b.T/Do",
                "input": "b.Other",
                "output": "b.Other",
                "client_streaming": False,
                "server_streaming": False,
            },
            {
                "path": "/p.S/Watch",
                "input": "p.M",
                "output": "p.M",
                "client_streaming": False,
                "server_streaming": True,
            },
            {
                "path": "/p.S/Send",
                "input": "b.Other",
                "output": "b.Other",
                "client_streaming": True,
                "server_streaming": False,
            },
        ]
    }
    run(job_of(tmp_path, files=["a.proto"]))
    assert {rpc["path"] for rpc in reported(tmp_path)["rpcs"]["descriptors"]} == {"/p.S/Watch", "/p.S/Send"}


def edited(root: Path, path: str, message: str, name: str, change: dict[str, str]) -> None:
    """Change a vector that is there."""
    file = root / "vectors" / path
    data = json.loads(file.read_text())
    (vector,) = (each for each in data["messages"][message] if each["name"] == name)
    vector.update(change)
    file.write_text(json.dumps(data))


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("change", "checks"),
    [
        ({"input": "08"}, ["decode"]),
        ({"output": "0802"}, ["encode", "from-json"]),
        ({"json": '{"a":2}'}, ["from-json"]),
        ({"json": '{"nothing":2}'}, ["from-json"]),
        ({"input": "0"}, ["decode"]),
    ],
)
def test_a_vector_that_does_not_hold_is_told(tmp_path, compile_contract, implementation, change, checks) -> None:
    job = prepared(tmp_path, compile_contract(TEXTS))
    edited(tmp_path, "a.proto.json", "p.M", "a/plain", change)
    assert run(job, implementation).returncode == 0
    failures = reported(tmp_path)["messages"]["p.M"]["failures"]
    assert [(each["vector"], each["check"]) for each in failures] == [("a/plain", check) for check in checks]
    assert all(each["detail"] for each in failures)


def test_a_message_that_the_descriptors_lack_is_missing(tmp_path, compile_contract) -> None:
    job = prepared(tmp_path, compile_contract(TEXTS))
    smaller = compile_contract({"b.proto": TEXTS["b.proto"]})
    (tmp_path / "image.binpb").write_bytes(smaller.image())
    run(job)
    assert reported(tmp_path)["missing"] == ["p.M"]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_files_that_clash_are_each_in_a_pool_of_their_own(tmp_path, implementation) -> None:
    copies = []
    for index, name in enumerate(("v1/a.proto", "v2/a.proto")):
        file = FileDescriptorProto(name=name, package="same", syntax="proto3")
        file.message_type.add(name="M").field.add(name="a", number=index + 1, label=1, type=5)
        copies.append(ContractFile.of(file))
    contract = build_contract(copies, Provenance("two", "wheel"))
    run(prepared(tmp_path, contract), implementation)
    report = reported(tmp_path)
    assert report["messages"]["same.M"]["failures"] == []
    assert report["messages"]["same.M"]["vectors"] == sum(len(each.vectors) for each in make_vectors(contract))


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_the_nasty_corpus_passes(tmp_path, implementation) -> None:
    # The implementation in Python reads no defaults that are not UTF-8, the one in C none below the normal floats.
    left_out = {"default_not_utf8.proto", "defaults.proto"}
    names = sorted(path.relative_to(NASTY).as_posix() for path in NASTY.rglob("*.proto") if path.name not in left_out)
    files = list(map(ContractFile.of, FileDescriptorSet.FromString(compile_with_protoc(NASTY, names)).file))
    own = [file for file in files if file.name in names]
    contract = build_contract(own, Provenance("folder", "tree"), available=files)
    assert run(prepared(tmp_path, contract), implementation).returncode == 0
    report = reported(tmp_path)
    assert (report["missing"], report["errors"]) == ([], [])
    failures = [(name, each) for name, result in report["messages"].items() for each in result["failures"]]
    assert failures == []
    assert sum(result["vectors"] for result in report["messages"].values()) > 4000


def test_a_file_that_the_runtime_refuses_is_told(tmp_path, compile_contract) -> None:
    job = prepared(tmp_path, compile_contract(TEXTS))
    image = FileDescriptorSet.FromString((tmp_path / "image.binpb").read_bytes())
    for file in image.file:
        if file.name == "b.proto":
            file.message_type[0].field[0].type_name = ".no.Such"
            file.message_type[0].field[0].type = 11
    (tmp_path / "image.binpb").write_bytes(image.SerializeToString())
    assert run(job).returncode == 0
    report = reported(tmp_path)
    assert sorted(report["missing"]) == ["b.Other", "p.M"]
    assert any("b.proto" in error for error in report["errors"])


@pytest.mark.parametrize(
    "job",
    [
        "[]",
        "{",
        "{}",
        '{"image": 1, "report": "r"}',
        '{"image": "no.such", "report": "r", "vectors": []}',
        '{"image": "i", "report": "r", "vectors": "v"}',
        '{"image": "i", "report": "r", "vectors": [1]}',
    ],
)
def test_a_job_that_cannot_be_used_ends_with_2_and_one_line(tmp_path, job) -> None:
    (tmp_path / "job.json").write_text(job)
    done = run(tmp_path / "job.json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "index",
    [
        "{}",
        "[" * 100_000,
        '{"format": 2, "files": []}',
        '{"format": 1, "files": 1}',
        '{"format": 1, "files": [{"file": "a", "path": "../job.json"}]}',
        '{"format": 1, "files": [{"file": "a", "path": "absent.json"}]}',
        '{"format": 1, "files": [{"file": "a", "path": "odd.json"}]}',
    ],
)
def test_vectors_that_cannot_be_used_end_with_2_and_one_line(tmp_path, compile_contract, index) -> None:
    job = prepared(tmp_path, compile_contract(TEXTS))
    (tmp_path / "vectors" / "index.json").write_text(index)
    (tmp_path / "vectors" / "odd.json").write_text('{"messages": {"p.M": [{"name": 1, "input": ""}]}}')
    done = run(job)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "report.json").exists()


def test_an_image_that_is_none_ends_with_2(tmp_path, compile_contract) -> None:
    job = prepared(tmp_path, compile_contract(TEXTS))
    (tmp_path / "image.binpb").write_bytes(b"\xff\xff")
    assert run(job).returncode == 2


def test_without_a_job_it_says_how_it_is_started() -> None:
    done = subprocess.run([sys.executable, "-I", str(RUNNER)], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")
