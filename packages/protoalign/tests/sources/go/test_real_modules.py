"""Real Go modules and generators, through the Go command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from protoalign.contract import ContractFile, canonical_file
from protoalign.sources.compilers import compile_with_protoc, find_tool
from protoalign.sources.go_package import scan
from protoalign.sources.image import files_of_image
from protoalign.sources.limits import Limits
from protoalign.sources.scan import LoadOptions

pytestmark = [pytest.mark.slow, pytest.mark.network]

FIXTURES = Path(__file__).parents[2] / "fixtures" / "go"


def go(*arguments: str, environment: dict[str, str] | None = None) -> str:
    program = shutil.which("go")
    if program is None:
        pytest.skip("go is not installed")
    home = json.loads(subprocess.run([program, "env", "-json"], capture_output=True, text=True, check=True).stdout)
    completed = subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={
            **home,
            "PATH": str(Path(program).parent) + ":/usr/bin:/bin",
            "HOME": str(Path.home()),
            **(environment or {}),
        },
    )
    if completed.returncode != 0:
        pytest.skip(f"the Go module proxy cannot be used: {(completed.stderr or completed.stdout).strip()[-300:]}")
    return completed.stdout


SOURCE_COMMENT = re.compile(rb"^// (?:source: (\S+\.proto)|(\S+\.proto) is a deprecated file)", re.MULTILINE)


@pytest.mark.parametrize(
    ("module", "version", "at_least"),
    [
        ("go.opentelemetry.io/proto/otlp", "v1.7.1", 8),
        ("google.golang.org/genproto/googleapis/api", "v0.0.0-20250818200422-3122310a409c", 44),
        ("github.com/envoyproxy/go-control-plane/envoy", "v1.32.4", 500),
        ("google.golang.org/genproto", "v0.0.0-20200526211855-cb27e3aa2013", 2000),
        ("github.com/golang/protobuf", "v1.3.5", 30),
        ("k8s.io/api", "v0.28.0", 50),
    ],
)
def test_every_file_that_a_module_was_generated_from_is_found(module: str, version: str, at_least: int) -> None:
    described = json.loads(go("mod", "download", "-json", f"{module}@{version}"))
    found = scan(described["Zip"], LoadOptions())
    names = {ContractFile.parse(each.serialized, where=each.location).name for each in found.found}
    with zipfile.ZipFile(described["Zip"]) as archive:
        # The generators name the source in a comment, which has nothing to do with the descriptor.
        sources = {
            (match.group(1) or match.group(2)).decode()
            for name in archive.namelist()
            if name.endswith(".pb.go")
            for match in SOURCE_COMMENT.finditer(archive.read(name))
        }
    assert found.version == version
    assert names == sources
    assert len(names) >= at_least
    assert not found.unsupported


@pytest.mark.parametrize(
    "package",
    [
        "google.golang.org/protobuf/cmd/protoc-gen-go@v1.31.0",
        "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.4",
        "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11",
        "github.com/golang/protobuf/protoc-gen-go@v1.3.5",
    ],
)
def test_what_a_generator_writes_today_is_what_protoc_compiles(package: str, tmp_path: Path) -> None:
    go("install", package, environment={"GOBIN": str(tmp_path / "bin")})
    plugin = tmp_path / "bin" / "protoc-gen-go"
    (tmp_path / "out").mkdir()
    subprocess.run(
        [
            find_tool("protoc"),
            f"--proto_path={FIXTURES}",
            f"--plugin=protoc-gen-go={plugin}",
            f"--go_out={tmp_path / 'out'}",
            "shop/v1/shop.proto",
        ],
        check=True,
    )
    (found,) = scan(str(tmp_path / "out"), LoadOptions()).found
    content = compile_with_protoc(FIXTURES, ["shop/v1/shop.proto"])
    own = [file for file in files_of_image(content, "x", Limits(), where="x") if file.name.startswith("shop/")]
    assert canonical_file(found.serialized) == canonical_file(own[0].serialized)
