"""`protoalign prove` on a small contract: exit codes, what is written, and what a certificate is worth."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from protoalign.cli.main import main
from protoalign.prove.certificate_reader import parse_certificate
from protoalign.reports.certificate_json import render_certificate_json
from protoalign.reports.certificate_markdown import render_certificate_markdown

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


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A project with its generated code, made once; tests work on copies of it."""
    root = write_project(tmp_path_factory.mktemp("generated") / "project", settings=SETTINGS + REFERENCE)
    source = root / "proto" / "acme" / "shop" / "v1" / "shop.proto"
    reference = root / "reference" / "acme" / "shop" / "v1" / "shop.proto"
    reference.parent.mkdir(parents=True)
    reference.write_text(source.read_text())
    assert main(["generate", "-q", "--config", str(root / "protoalign.toml")]) == 0
    return root


@pytest.fixture
def project(generated, tmp_path, monkeypatch):
    root = shutil.copytree(generated, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(root)
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


def test_all_passed_is_aligned_and_can_be_checked_and_verified(project, capsys):
    capsys.readouterr()
    assert main(["prove", "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("aligned: proto held against reference: all ")
    assert main(["prove", "--check", "-q"]) == 0
    capsys.readouterr()
    assert main(["prove", "--verify", "certificate.json", "-q"]) == 0
    assert capsys.readouterr().out == "certificate.json holds; it says: aligned\n"


def test_a_partial_run_finds_an_aligned_certificate_fresh(project, capsys):
    main(["prove", "-q"])
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 2
    assert "stale" not in capsys.readouterr().out


def test_a_partial_run_does_not_replace_an_aligned_certificate(project, capsys):
    main(["prove", "-q"])
    before = {path.name: path.read_bytes() for path in project.glob("certificate.*")}
    capsys.readouterr()
    assert main(["prove", *(word for word in APART if word != "-q")]) == 2
    assert "kept certificate.json: it says aligned, and this proof is partial" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in project.glob("certificate.*")} == before


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
    assert main(["prove", "--check", *APART]) == 1
    assert "certificate.svg is not what the certificate gives" in capsys.readouterr().out
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


def test_a_named_side_is_seen_from_the_current_folder(project, capsys, monkeypatch):
    monkeypatch.chdir(project / "src")
    capsys.readouterr()
    assert main(["prove", "../proto", "--to", "proto:../reference", "--format", "json", *APART]) == 2
    certificate = json.loads(capsys.readouterr().out)
    assert (certificate["subject"]["source"], certificate["reference"]["source"]) == ("proto", "reference")
    assert certificate["vectors"]["path"] == "vectors"


def test_a_certificate_names_no_folder_of_the_machine(project, capsys):
    stub = next((project / "src").rglob("shop_connect.py"))
    stub.write_text("raise SystemError(__file__)\n")
    capsys.readouterr()
    assert main(["prove", *APART]) == 1
    text = "".join((project / f"certificate.{ending}").read_text() for ending in ("json", "md", "svg"))
    assert "shop_connect.py" in text
    assert str(project) not in text
    assert str(Path.home()) not in text


def test_the_same_wrong_code_gives_the_same_certificate(project):
    next((project / "src").rglob("shop_connect.py")).write_text("raise SystemError(__file__)\n")
    main(["prove", *APART])
    before = (project / "certificate.json").read_bytes()
    main(["prove", *APART])
    assert (project / "certificate.json").read_bytes() == before


def test_stale_files_are_told_beside_json(project, capsys):
    main(["prove", *APART])
    (project / "certificate.md").write_text("")
    capsys.readouterr()
    assert main(["prove", "--check", "--format", "json", *APART]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["verdict"] == "partial"
    assert "stale: certificate.md is not what the certificate gives" in captured.err


def test_a_damaged_certificate_is_stale(project, capsys):
    main(["prove", *APART])
    (project / "certificate.json").write_text("{")
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 1
    assert "certificate.json: the file is no JSON" in capsys.readouterr().out


def test_other_tools_make_no_certificate_stale(project, capsys):
    main(["prove", *APART])
    data = json.loads((project / "certificate.json").read_text())
    data["tools"]["python"] = "3.99.0"
    certificate = parse_certificate(json.dumps(data).encode(), where="it")
    (project / "certificate.json").write_text(render_certificate_json(certificate))
    (project / "certificate.md").write_text(render_certificate_markdown(certificate, path="certificate.json"))
    capsys.readouterr()
    assert main(["prove", "--check", *APART]) == 2
    assert "stale" not in capsys.readouterr().out
    assert main(["prove", "--verify", "certificate.json", *APART]) == 2
    assert "python: it was made with 3.99.0, today is" in capsys.readouterr().out


def test_what_could_not_be_looked_at_is_told_as_json(project, capsys):
    main(["prove", *APART])
    capsys.readouterr()
    verify = ("prove", "--verify", "certificate.json", "--format", "json")
    assert main([*verify, "--skip", "protobuf-py", *APART]) == 2
    data = json.loads(capsys.readouterr().out)
    assert (data["holds"], data["verdict"], data["differences"]) == (False, "partial", [])
    assert "stage wire: protobuf-py was not run again: left out with --skip protobuf-py" in data["unconfirmed"]


def test_verify_writes_nothing(project, tmp_path, capsys):
    main(["prove", *APART])
    text = (project / "certificate.json").read_text()
    for path in (*project.glob("certificate.*"), *(project / "vectors").glob("*.md")):
        path.unlink()
    (project / "other.json").write_text(text)
    before = sorted(project.rglob("*"))
    capsys.readouterr()
    assert main(["prove", "--verify", "other.json", *APART]) == 1
    assert "vectors/README.md is absent" in capsys.readouterr().out
    assert sorted(path for path in project.rglob("*") if "__pycache__" not in path.parts) == [
        path for path in before if "__pycache__" not in path.parts
    ]


def test_a_certificate_of_other_sides_is_verified_against_them(project, capsys):
    sides = ("proto", "--to", "proto:reference")
    main(["prove", *sides, "--format", "json", "-o", "other.json", *APART])
    capsys.readouterr()
    assert main(["prove", "--verify", "other.json", *sides, *APART]) == 2
    assert "other.json holds; it says: partial" in capsys.readouterr().out


def test_verify_has_no_page(project, capsys):
    assert main(["prove", "--verify", "certificate.json", "--format", "markdown"]) == 2
    assert "--verify has no format markdown" in capsys.readouterr().err


def test_check_and_verify_exclude_each_other(project, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["prove", "--check", "--verify", "certificate.json"])
    assert leaving.value.code == 2


def test_both_sides_named_need_no_settings(project, tmp_path_factory, capsys, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".git").mkdir()
    monkeypatch.chdir(elsewhere)
    capsys.readouterr()
    assert main(["prove", str(project / "proto"), "--to", str(project / "reference"), *APART]) == 2
    assert "the settings name no generated code" in capsys.readouterr().out
    assert [path.name for path in elsewhere.iterdir()] == [".git"]


def test_without_settings_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    assert main(["prove"]) == 2
    assert "protoalign init" in capsys.readouterr().err
