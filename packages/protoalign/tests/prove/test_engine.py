"""The whole proof of small projects: stages, figures, verdict, and what is skipped and why."""

import shutil
from pathlib import Path

import pytest

from protoalign.errors import SettingsError
from protoalign.generate.engine import generate
from protoalign.prove.certificate import certificate_of
from protoalign.prove.engine import ProveOptions, prove
from protoalign.prove.model import StageStatus
from protoalign.prove.proof import Verdict
from protoalign.prove.work import SKIPPABLE
from protoalign.settings import read_settings
from protoalign.sources import LoadOptions

SHOP = """
syntax = "proto3";
package shop.v1;
enum Color { COLOR_NONE = 0; COLOR_RED = 3; }
message Item { string name = 1; optional int32 count = 3; Color color = 4; }
service Store { rpc Get(Item) returns (Item); rpc Watch(Item) returns (stream Item); }
"""

SETTINGS = """
[subject]
source = "proto"
[reference]
source = "reference"
"""
PYTHON = """
[generate.python]
messages = "src/shopwire/_gen"
services = "src/shopwire/_services"
"""


def write(root: Path, *, subject: str = SHOP, settings: str = SETTINGS + PYTHON) -> Path:
    for folder, text in (("proto", subject), ("reference", SHOP)):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "shop.proto").write_text(text)
    (root / "protoalign.toml").write_text(settings)
    return root


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    root = write(tmp_path_factory.mktemp("project"))
    generate(read_settings(root / "protoalign.toml"))
    return root


@pytest.fixture
def project(generated, tmp_path):
    return Path(shutil.copytree(generated, tmp_path / "project"))


def proved(root, **options):
    return prove(read_settings(root / "protoalign.toml"), ProveOptions(load=LoadOptions(offline=True), **options))


def stages(proof):
    return {stage.name: stage for stage in proof.stages}


def test_all_holds(project):
    proof = proved(project)
    assert [(stage.name, stage.status.value, stage.findings) for stage in proof.stages] == [
        (name, "passed", ())
        for name in (
            "structure",
            "vectors",
            "wire: google-protobuf",
            "wire: google-protobuf-python",
            "wire: protobuf-py",
            "rpcs: google-protobuf descriptors",
            "rpcs: google-protobuf-python descriptors",
            "rpcs: python client stubs",
            "rpcs: python async client stubs",
            "rpcs: python server stubs",
            "rpcs: python async server stubs",
            "rpcs: python wrappers",
            "rpcs: python async wrappers",
        )
    ]
    assert proof.verdict is Verdict.ALIGNED
    assert [(each.name, each.proved, each.total) for each in proof.figures] == [
        ("files", 1, 1),
        ("messages", 1, 1),
        ("enums", 1, 1),
        ("services", 1, 1),
        ("rpcs", 2, 2),
    ]
    assert (proof.subject.source, proof.reference.source) == ("proto", "reference")
    assert [folder.path for folder in proof.generated] == ["src/shopwire/_gen", "src/shopwire/_services"]
    assert {"protoalign", "python", "google-protobuf", "protobuf-py", "connectrpc"} <= proof.tools.keys()


def test_the_same_inputs_give_the_same_certificate(project):
    assert certificate_of(proved(project)).digest == certificate_of(proved(project)).digest


def test_vectors_are_written_and_then_checked(project):
    assert stages(proved(project, write_vectors=False))["vectors"].findings[0] == "vectors/README.md is absent"
    assert not (project / "vectors").exists()
    assert stages(proved(project))["vectors"].status is StageStatus.PASSED
    assert stages(proved(project, write_vectors=False))["vectors"].status is StageStatus.PASSED
    (project / "vectors/extra").write_text("x")
    (project / "vectors/shop.proto.json").write_text("{}")
    assert stages(proved(project, write_vectors=False))["vectors"].findings == (
        "vectors/extra is too many",
        "vectors/shop.proto.json is not what the reference gives",
    )


@pytest.mark.parametrize("name", ["google-protobuf", "google-protobuf-python", "protobuf-py"])
def test_what_is_left_out_makes_it_partial(project, name):
    proof = proved(project, skip=frozenset({name}))
    assert proof.verdict is Verdict.PARTIAL
    assert stages(proof)[f"wire: {name}"].reason == f"left out with --skip {name}"
    assert {stage.name for stage in proved(project).stages} == stages(proof).keys()
    certificate_of(proof)


def test_nothing_generated_is_partial_never_aligned(tmp_path):
    proof = proved(write(tmp_path, settings=SETTINGS))
    assert proof.verdict is Verdict.PARTIAL
    assert {stage.name for stage in proof.skipped} == {"wire: protobuf-py", "wire: go"}
    assert "Add [generate.python] or [generate.go]" in proof.skipped[0].reason


def test_code_that_was_not_generated_is_partial(tmp_path):
    proof = proved(write(tmp_path))
    assert proof.verdict is Verdict.PARTIAL
    assert "protoalign generate" in stages(proof)["rpcs: python wrappers"].reason
    assert proof.generated == ()


def test_code_of_another_contract_fails_though_the_structure_is_right(project):
    wrong = SHOP.replace("optional int32 count = 3", "int32 count = 3").replace(
        "returns (stream Item)", "returns (Item)"
    )
    generate(read_settings(write(project, subject=wrong) / "protoalign.toml"))
    proof = proved(write(project))
    found = stages(proof)
    assert found["structure"].status is StageStatus.PASSED
    assert proof.verdict is Verdict.NOT_ALIGNED
    assert any(line.startswith("shop.v1.Item.count: ") for line in found["wire: protobuf-py"].findings)
    assert found["rpcs: python wrappers"].findings == ("/shop.v1.Store/Watch: it is unary, not server streaming",)
    assert [(each.proved, each.total) for each in proof.figures] == [(0, 1), (0, 1), (1, 1), (0, 1), (1, 2)]
    certificate_of(proof)


def test_a_subject_that_differs_fails_in_its_structure(project):
    proof = proved(write(project, subject=SHOP.replace("name = 1", "name = 2")))
    assert stages(proof)["structure"].status is StageStatus.FAILED
    assert any("shop.v1.Item.name" in finding for finding in stages(proof)["structure"].findings)
    assert proof.verdict is Verdict.NOT_ALIGNED


def test_a_subject_that_was_read_in_part_is_never_aligned(project):
    (project / "proto/broken.proto").write_text("message {")
    proof = proved(project)
    assert any("could not be read in full" in finding for finding in stages(proof)["structure"].findings)
    assert proof.verdict is Verdict.NOT_ALIGNED


def test_a_runtime_that_crashes_proves_nothing(project):
    (project / "src/shopwire/__init__.py").write_text("import os\nos._exit(3)\n")
    proof = proved(project)
    stage = stages(proof)["wire: protobuf-py"]
    assert stage.findings[0] == "protobuf_py.py ended with exit code 3"
    assert [each.proved for each in proof.figures] == [0, 0, 0, 0, 0]
    certificate_of(proof)


def test_settings_without_a_side(tmp_path):
    (tmp_path / "protoalign.toml").write_text('[subject]\nsource = "proto"\n')
    (tmp_path / "proto").mkdir()
    (tmp_path / "proto/shop.proto").write_text(SHOP)
    with pytest.raises(SettingsError, match=r"names no \[reference\]"):
        proved(tmp_path)


def test_a_helpers_file_that_is_not_there(tmp_path):
    root = write(tmp_path, settings=f'{SETTINGS}[prove]\nhelpers = "none.py"\n')
    with pytest.raises(SettingsError, match=r"names the helpers file none\.py, and there is none"):
        proved(root)


def test_what_cannot_be_skipped(project):
    with pytest.raises(SettingsError, match="'structure' cannot be skipped"):
        proved(project, skip=frozenset({"structure"}))
    assert "structure" not in SKIPPABLE


def test_no_file_is_left_in_the_way(project, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    proved(project)
    assert set(tmp_path.iterdir()) == before
