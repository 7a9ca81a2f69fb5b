"""`protoalign prove` on a small contract: exit codes, what is written, and what a certificate is worth."""

import json
import sys
from pathlib import Path

import pytest

from protoalign.cli.main import main

sys.path.insert(0, str(Path(__file__).parents[1] / "generate"))
from shop import SETTINGS, write_project

REFERENCE = """
[reference]
source = "reference"

[prove]
vectors = "vectors"
certificate = "certificate.json"
"""
APART = ("--skip", "go", "--skip", "official", "--skip", "google-protobuf-python", "-q")


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = write_project(tmp_path, settings=SETTINGS + REFERENCE)
    source = root / "proto" / "acme" / "shop" / "v1" / "shop.proto"
    reference = root / "reference" / "acme" / "shop" / "v1" / "shop.proto"
    reference.parent.mkdir(parents=True)
    reference.write_text(source.read_text())
    monkeypatch.chdir(root)
    assert main(["generate", "-q"]) == 0
    return root


def test_what_was_skipped_makes_it_partial_and_says_so(project, capsys):
    capsys.readouterr()
    assert main(["prove", *APART]) == 2
    text = capsys.readouterr().out
    assert "partial" in text
    assert "wire: protobuf-py" in text
    certificate = json.loads((project / "certificate.json").read_text())
    assert certificate["verdict"] == "partial"
    assert (project / "vectors" / "index.json").is_file()
    assert "partial" in (project / "certificate.svg").read_text()
    assert (project / "certificate.md").read_text().startswith("#")


def test_nothing_is_written_twice_and_check_finds_it_fresh(project, capsys):
    main(["prove", *APART])
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    main(["prove", *APART])
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()} == before
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 2
    assert "is not what" not in capsys.readouterr().out


def test_a_wrong_contract_is_not_aligned_and_the_cause_is_named(project, capsys):
    path = project / "proto" / "acme" / "shop" / "v1" / "shop.proto"
    path.write_text(
        path.read_text().replace("string name = 1;\n  repeated Thing", "string name = 9;\n  repeated Thing")
    )
    main(["generate", "-q"])
    capsys.readouterr()
    assert main(["prove", *APART]) == 1
    text = capsys.readouterr().out
    assert "not aligned" in text
    assert "acme.shop.v1.Thing.name" in text


def test_wrong_generated_code_is_not_aligned_although_the_contract_is(project, capsys):
    stub = next((project / "src").rglob("shop_connect.py"))
    stub.write_text(stub.read_text().replace('name="Find"', 'name="Seek"').replace("Shop/Find", "Shop/Seek"))
    capsys.readouterr()
    assert main(["prove", *APART]) == 1
    text = capsys.readouterr().out
    assert "/acme.shop.v1.Shop/Find" in text
    assert "structure" in text


def test_stale_vectors_and_certificates_are_found(project, capsys):
    assert main(["prove", "--check", *APART]) == 1
    main(["prove", *APART])
    (project / "certificate.svg").write_text("<svg/>")
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 2 - 1 or "certificate.svg" in capsys.readouterr().out
    main(["prove", *APART])
    vectors = next((project / "vectors").rglob("*.proto.json"))
    vectors.write_text(vectors.read_text().replace("0a", "0b", 1))
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 1
    assert "vectors" in capsys.readouterr().out


def test_a_certificate_is_verified_by_proving_again(project, capsys):
    main(["prove", *APART])
    capsys.readouterr()
    assert main(["prove", "--verify", "certificate.json", *APART]) == 2
    assert "holds; it says: partial" in capsys.readouterr().out
    path = project / "src" / "acme_shop" / "_services" / "calls.py"
    path.write_text(path.read_text() + "\n# changed\n")
    capsys.readouterr()
    assert main(["prove", "--verify", "certificate.json", *APART]) == 1
    assert "does not hold" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1, "format": 1}', "[" * 100_000, '{"format": NaN}', "\xff"])
def test_what_is_no_certificate_is_refused(project, capsys, content):
    (project / "wrong.json").write_text(content)
    assert main(["prove", "--verify", "wrong.json", *APART]) == 2
    error = capsys.readouterr().err
    assert "wrong.json" in error
    assert "Traceback" not in error


def test_a_certificate_that_claims_too_much_is_refused(project, capsys):
    main(["prove", *APART])
    text = (project / "certificate.json").read_text()
    (project / "wrong.json").write_text(text.replace('"verdict": "partial"', '"verdict": "aligned"'))
    capsys.readouterr()
    assert main(["prove", "--verify", "wrong.json", *APART]) == 2
    assert "aligned" in capsys.readouterr().err


def test_another_reference_can_be_named_and_writes_nothing(project, capsys):
    assert main(["prove", "--to", "proto:reference", *APART]) == 2
    assert not (project / "certificate.json").exists()
    assert not (project / "vectors").exists()


def test_without_settings_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    assert main(["prove"]) == 2
    assert "protoalign init" in capsys.readouterr().err
