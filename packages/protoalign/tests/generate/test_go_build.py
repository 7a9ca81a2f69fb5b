"""Generated Go, judged by the Go toolchain: it compiles, lints, proves itself, and fails when it is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from protobuf.plugin import run
from protobuf.wkt import FileDescriptorSet
from protobuf.wkt.google.protobuf.compiler.plugin_pb import CodeGeneratorRequest, CodeGeneratorResponse

from protoalign.generate.go_packages import ProtoFile, go_file_name, go_import_option, go_packages
from protoalign.generate.go_proof import write_go_proof
from protoalign.generate.go_wrappers import write_go_wrappers
from protoalign.generate.names import read_names
from protoalign.generate.services import service_models
from protoalign.prove.vectors import make_vectors
from protoalign.sources import LoadOptions, load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("go") is None, reason="needs the Go toolchain"),
]

GO = Path(__file__).parents[4] / "go"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "generate" / "go"
MODULE = "github.com/protoalign/protoalign/go"
GEN = f"{MODULE}/internal/gen"


@dataclass(frozen=True)
class Options:
    package: str
    module_messages: str = GEN
    wrappers: str = ""
    vectors: str = "../../vectors"


def tool(name: str) -> str:
    found = subprocess.run(["go", "-C", GO / "tools", "tool", "-n", name], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"{name} cannot be built: {found.stderr.strip()}")
    return found.stdout.strip()


def make_module(root: Path, protos: Path, names: Path | None = None) -> Path:
    """A Go module with all code that protos make: by the real plugins, and by ours."""
    shutil.copy(GO / "go.mod", root)
    shutil.copy(GO / "go.sum", root)
    fetched = go(root, "mod", "download")
    if fetched.returncode:
        pytest.skip(f"the Go modules cannot be had: {fetched.stderr.strip()}")
    files = sorted(path.name for path in protos.glob("*.proto"))
    protoc = Path(sys.executable).with_name("protoc")
    subprocess.run(
        [
            protoc,
            "-I",
            protos,
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={root}/set",
            *files,
        ],
        check=True,
    )
    descriptors = FileDescriptorSet.from_binary((root / "set").read_bytes()).file
    packages = go_packages(
        [
            ProtoFile(file.name, file.package, tuple(file.dependency), bool(file.service))
            for file in descriptors
            if file.name in files
        ],
        GEN,
    )
    options = ",".join([f"module={MODULE}", *(go_import_option(name, package) for name, package in packages.items())])
    plugins = ["protoc-gen-go", "protoc-gen-go-grpc"]
    subprocess.run(
        [
            *(protoc, "-I", protos, *files),
            *(f"--plugin={plugin}={tool(plugin)}" for plugin in plugins),
            *(f"--go_out={root}", f"--go_opt={options}", f"--go-grpc_out={root}", f"--go-grpc_opt={options}"),
        ],
        check=True,
    )
    for path in list((root / "internal" / "gen").rglob("*.go")):
        path.rename(path.with_name(go_file_name(path.name)))

    def write(writer: Callable[..., None], folder: str, chosen: Options) -> None:
        answer = BytesIO()
        run(
            "test",
            "0",
            lambda schema: writer(schema, service_models(schema.files_to_generate, read_names(names)), chosen),
            args=[],
            stdin=BytesIO(CodeGeneratorRequest(file_to_generate=files, proto_file=descriptors).to_binary()),
            stdout=answer,
        )
        response = CodeGeneratorResponse.from_binary(answer.getvalue())
        assert not response.error, response.error
        for file in response.file:
            path = root / folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, encoding="utf-8")

    write(write_go_wrappers, "services", Options("services"))
    write(write_go_proof, "internal/proof", Options("proof", wrappers=f"{MODULE}/services"))
    subprocess.run(["gofmt", "-w", root / "services", root / "internal" / "proof"], check=True)
    write_vectors(protos, root / "vectors")
    return root


def write_vectors(protos: Path, folder: Path) -> None:
    files: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for message in make_vectors(load(str(protos), LoadOptions())):
        files.setdefault(message.file, {})[message.message] = [
            {
                "name": vector.name,
                "input": vector.input.hex(),
                "output": vector.output.hex(),
                **({} if vector.json is None else {"json": vector.json}),
                # JSON has one NaN, and Go another one than the vectors.
                "lossy_json": vector.lossy_json or '"NaN"' in (vector.json or ""),
            }
            for vector in message.vectors
        ]
    folder.mkdir()
    entries = []
    for file, messages in files.items():
        content = json.dumps({"format": 1, "file": file, "messages": messages}).encode()
        (folder / f"{file}.json").write_bytes(content)
        entries.append({"file": file, "path": f"{file}.json", "sha256": hashlib.sha256(content).hexdigest()})
    (folder / "index.json").write_text(json.dumps({"format": 1, "files": entries}))


def go(root: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", *arguments],
        cwd=root,
        env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def must_pass(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code for a contract that is as awkward as it can be."""
    protos = Path(shutil.copytree(FIXTURES, tmp_path_factory.mktemp("protos") / "all"))
    kinds = ("string", "optional int32", "repeated double", "map<string, bool>", "bytes")
    fields = "".join(f"  {kinds[number % 5]} field_{number} = {number};\n" for number in range(1, 1001))
    text = f'syntax = "proto3"; package nasty.thousand; message Thousand {{\n{fields}}}\n'
    text += "service Thousands { rpc Get(Thousand) returns (Thousand); }\n"
    (protos / "go_thousand.proto").write_text(text)
    root = make_module(tmp_path_factory.mktemp("nasty"), protos, FIXTURES / "go_services.toml")
    shutil.copy(FIXTURES / "services_test.go", root / "services")
    return root


def test_awkward_contracts_compile_and_are_vetted(nasty: Path) -> None:
    must_pass(go(nasty, "vet", "./..."))


def test_awkward_contracts_have_no_findings_of_staticcheck(nasty: Path) -> None:
    done = subprocess.run([tool("staticcheck"), "./..."], cwd=nasty, capture_output=True, text=True, check=False)
    must_pass(done)


def test_wrappers_work_over_a_real_connection(nasty: Path) -> None:
    must_pass(go(nasty, "test", "./services"))


def test_the_code_proves_itself_and_reports(nasty: Path, tmp_path: Path) -> None:
    must_pass(go(nasty, "test", "./internal/proof", PROTOALIGN_REPORT=str(tmp_path / "report.json")))
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["format"], report["runtime"], report["missing"]) == (1, "go", [])
    assert report["versions"]["google.golang.org/protobuf"] == "1.36.12"
    assert report["versions"].keys() == {"go", "google.golang.org/protobuf", "google.golang.org/grpc"}
    index = json.loads((nasty / "vectors" / "index.json").read_text())
    assert len(report["messages"]) >= len(index["files"])
    assert all(message["vectors"] and not message["failures"] for message in report["messages"].values())
    assert report["messages"]["nasty.two.Base"]["json"]
    places = report["rpcs"]
    assert places.keys() == {"go client stubs", "go server stubs", "go wrappers"}
    assert places["go client stubs"] == places["go server stubs"] == places["go wrappers"]
    assert {
        "path": "/nasty.streams.v1.Streams/Both",
        "input": "nasty.streams.v1.ListRequest",
        "output": "nasty.other.v1.Thing",
        "client_streaming": True,
        "server_streaming": True,
    } in places["go wrappers"]


@pytest.fixture
def copy(nasty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(nasty, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        (
            "internal/gen/nasty/streams/v1/go_streams_grpc.pb.go",
            '"/nasty.streams.v1.Streams/Up"',
            '"/nasty.streams.v1.Streams/Updo"',
            "no go client stub for {Path:/nasty.streams.v1.Streams/Up ",
        ),
        (
            "internal/gen/nasty/streams/v1/go_streams_grpc.pb.go",
            "\t\t\tServerStreams: true,\n\t\t\tClientStreams: true,\n",
            "\t\t\tServerStreams: true,\n",
            "no go server stub for {Path:/nasty.streams.v1.Streams/Both ",
        ),
        (
            "services/streaming.go",
            "return s.client.Old(",
            "return s.client.One(",
            "no go wrapper for {Path:/nasty.streams.v1.Streams/Old ",
        ),
        ("services/methods.go", "ClientStreams: true,", "ClientStreams: false,", "the table says"),
    ],
)
def test_a_mismatch_fails_with_what_is_wrong(copy: Path, path: str, before: str, after: str, said: str) -> None:
    text = (copy / path).read_text()
    assert before in text
    (copy / path).write_text(text.replace(before, after, 1))
    done = go(copy, "test", "./internal/proof")
    assert done.returncode == 1
    assert said in done.stdout


def changed_vectors(source: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> str:
    """A folder with vectors of one file, changed, with an index that fits."""
    shutil.copytree(source, folder)
    path = folder / "go_other.proto.json"
    content = json.loads(path.read_text())
    change(content["messages"])
    path.write_text(json.dumps(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    entry = {"file": "go_other.proto", "path": path.name, "sha256": digest}
    (folder / "index.json").write_text(json.dumps({"format": 1, "files": [entry]}))
    return str(folder)


def thing_vector(messages: dict[str, Any]) -> dict[str, Any]:
    return next(vector for vector in messages["nasty.other.v1.Thing"] if vector["json"] == '{"level":"LEVEL_LOW"}')


@pytest.mark.parametrize(
    ("key", "value", "check", "said"),
    [
        ("input", "0a", "decode", "cannot parse invalid wire-format data"),
        ("input", "xy", "decode", "is no hex"),
        ("output", "1002", "encode", "wrote 1001, want 1002"),
        ("json", '{"level":"LEVEL_HIGH"}', "from-json", "LEVEL_HIGH"),
        ("json", '{"levels":1}', "from-json", "unknown field"),
    ],
)
def test_a_vector_that_does_not_hold_fails_with_its_name(
    nasty: Path, tmp_path: Path, key: str, value: str, check: str, said: str
) -> None:
    vectors = changed_vectors(
        nasty / "vectors", tmp_path / "vectors", lambda messages: thing_vector(messages).update({key: value})
    )
    report = tmp_path / "report.json"
    done = go(nasty, "test", "./internal/proof", PROTOALIGN_VECTORS=vectors, PROTOALIGN_REPORT=str(report))
    assert done.returncode == 1
    assert said in done.stdout
    failures = json.loads(report.read_text())["messages"]["nasty.other.v1.Thing"]["failures"]
    assert check in [failure["check"] for failure in failures]
    assert all(failure["vector"] and "\n" not in failure["detail"] for failure in failures)


def test_a_message_that_the_code_lacks_is_missing(nasty: Path, tmp_path: Path) -> None:
    vectors = changed_vectors(
        nasty / "vectors", tmp_path / "vectors", lambda messages: messages.update({"nasty.Gone": []})
    )
    report = tmp_path / "report.json"
    done = go(nasty, "test", "./internal/proof", PROTOALIGN_VECTORS=vectors, PROTOALIGN_REPORT=str(report))
    assert "the generated code has no message nasty.Gone" in done.stdout
    assert json.loads(report.read_text())["missing"] == ["nasty.Gone"]


def test_vectors_of_several_folders_are_taken_together(nasty: Path, tmp_path: Path) -> None:
    def only_thing(messages: dict[str, Any]) -> None:
        kept = [{**vector, "name": f"more/{vector['name']}"} for vector in messages["nasty.other.v1.Thing"]]
        messages.clear()
        messages["nasty.other.v1.Thing"] = kept

    more = changed_vectors(nasty / "vectors", tmp_path / "vectors", only_thing)
    folders = os.pathsep.join([str(nasty / "vectors"), more])
    reports = []
    for given in (str(nasty / "vectors"), folders):
        path = tmp_path / "report.json"
        must_pass(go(nasty, "test", "./internal/proof", PROTOALIGN_VECTORS=given, PROTOALIGN_REPORT=str(path)))
        reports.append(json.loads(path.read_text())["messages"]["nasty.other.v1.Thing"])
    assert reports[1]["vectors"] == 2 * reports[0]["vectors"]
    assert len(reports[1]["json"]) == 2 * len(reports[0]["json"])


def test_a_file_that_was_changed_since_the_index_was_written_fails(nasty: Path, tmp_path: Path) -> None:
    vectors = Path(shutil.copytree(nasty / "vectors", tmp_path / "vectors"))
    (vectors / "go_other.proto.json").write_text('{"format": 1, "messages": {}}')
    done = go(nasty, "test", "./internal/proof", PROTOALIGN_VECTORS=str(vectors))
    assert done.returncode == 1
    assert "go_other.proto.json is not the file that index.json speaks of" in done.stdout


def test_no_vectors_are_a_failure_that_says_how_to_get_them(copy: Path) -> None:
    shutil.rmtree(copy / "vectors")
    done = go(copy, "test", "./internal/proof")
    assert done.returncode == 1
    assert "protoalign prove" in done.stdout
    must_pass(go(copy, "test", "-short", "./internal/proof"))


@pytest.mark.network
@pytest.mark.parametrize("folder", [GO, GO / "tools"], ids=["go", "tools"])
def test_the_modules_of_this_repository_are_tidy(folder: Path) -> None:
    done = go(folder, "mod", "tidy", "-diff", GOFLAGS="")
    if "no such host" in done.stderr or "dial tcp" in done.stderr or "module lookup disabled" in done.stderr:
        pytest.skip(f"the Go modules cannot be had: {done.stderr.strip()}")
    must_pass(done)
