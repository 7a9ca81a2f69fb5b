"""A small package made by the real protoc, and a way to run commands in this process."""

import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from protoalign.cli.main import main
from protoalign.sources.compilers import find_tool

PROTOS = {
    "shop/v1/shop.proto": """\
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "shop/v1/money.proto";
option go_package = "example.com/shop";
message Order {
  string id = 1;
  optional int32 count = 2;
  oneof payment { Money cash = 3; string card = 4; }
  map<string, Money> prices = 5;
  google.protobuf.Timestamp at = 6;
}
enum State { STATE_UNSPECIFIED = 0; STATE_PAID = 1; }
service Shop {
  rpc Get(Order) returns (Order) {}
  rpc Watch(Order) returns (stream Order);
}
""",
    "shop/v1/money.proto": """\
syntax = "proto3";
package shop.v1;
message Money { int64 units = 1; string currency = 2; }
""",
}


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def generate(root: Path, protos: dict[str, str], *, mode: str = "--python_out") -> Path:
    """Compile the protos with the real protoc; return the folder of what it generated."""
    source, output = root / "proto", root / "generated"
    output.mkdir(parents=True)
    for name, text in protos.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    command = [find_tool("protoc"), f"--proto_path={source}", f"{mode}={output}", *protos]
    subprocess.run(command, check=True)
    return output


def pack(folder: Path, wheel: Path, *, name: str = "shop", version: str = "1.0", prefix: str = "") -> Path:
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, prefix + path.relative_to(folder).as_posix())
        archive.writestr(
            f"{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    root = tmp_path_factory.mktemp("shop")
    return pack(generate(root, PROTOS), root / "shop-1.0-py3-none-any.whl")


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture(name="protos")
def _protos():
    return PROTOS


@pytest.fixture(name="generate")
def _generate():
    return generate


@pytest.fixture(name="pack")
def _pack():
    return pack
