"""`protoalign init`, through the command line."""

import json

import pytest

from protoalign.settings import SourceSettings, read_settings

PROTO = """\
syntax = "proto3";

package old.v1;

option go_package = "example.com/old";

message Money {
  int64 units = 1;
  string currency = 2;
}

message Order {
  string id = 1;
  Money price = 2;
}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "project" / "proto").mkdir(parents=True)
    (tmp_path / "project" / "proto" / "money.proto").write_text(PROTO)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "money.proto").write_text(PROTO.replace("old.v1", "shop"))
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def test_it_writes_settings_that_can_be_read(run, project):
    outcome = run("init")
    assert outcome.code == 0
    assert outcome.out.startswith("wrote protoalign.toml\n  subject    proto: 1 .proto file\n")
    settings = read_settings(project / "protoalign.toml")
    assert settings.subject == SourceSettings(source="proto")
    assert settings.reference is None
    assert settings.file_options == ("go_package",)


def test_with_a_reference_the_next_command_runs_at_once(run, project):
    outcome = run("init", "--reference", "../reference")
    assert outcome.code == 0
    assert outcome.out.endswith("next: protoalign compare\n")
    assert read_settings(project / "protoalign.toml").reference == SourceSettings(source="../reference")
    assert run("compare").code in (0, 1)
    assert run("check").code in (0, 1)


def test_what_is_inferred_is_stated(run, project):
    outcome = run("init", "--reference", "../reference")
    assert "1 name that differs, see [map]" in outcome.out
    assert '\n# "old.v1" = "shop"  # ' in (project / "protoalign.toml").read_text()


def test_pinning_what_is_inferred_changes_nothing(run, project):
    run("init", "--reference", "../reference")
    before = run("compare", "--format", "json")
    path = project / "protoalign.toml"
    path.write_text(path.read_text().replace('# "old', '"old'))
    assert read_settings(path).mapping["old.v1"] == "shop"
    after = run("compare", "--format", "json")
    findings = [[finding["fingerprint"] for finding in json.loads(each.out)["findings"]] for each in (before, after)]
    assert findings[0] == findings[1]


def test_a_reference_that_has_nothing_in_common_is_still_written(run, project, tmp_path):
    (tmp_path / "reference" / "money.proto").write_text('syntax = "proto3";\npackage x;\nenum Alone { A = 0; }\n')
    assert run("init", "--reference", "../reference").code == 0
    assert read_settings(project / "protoalign.toml").reference == SourceSettings(source="../reference")


def test_nothing_is_overwritten_without_force(run, project):
    (project / "protoalign.toml").write_text("# mine\n")
    outcome = run("init")
    assert outcome.code == 2
    assert "--force" in outcome.err
    assert (project / "protoalign.toml").read_text() == "# mine\n"
    assert run("init", "--force").code == 0
    assert (project / "protoalign.toml").read_text() != "# mine\n"


def test_a_dangling_link_is_not_overwritten_either(run, project):
    (project / "protoalign.toml").symlink_to("nowhere")
    assert run("init").code == 2


def test_paths_are_relative_to_the_written_file(run, project):
    assert run("init", "-o", "conf/align.toml", "--reference", "../reference").code == 0
    settings = read_settings(project / "conf" / "align.toml")
    assert settings.subject == SourceSettings(source="../proto")
    assert settings.reference == SourceSettings(source="../../reference")
    assert run("check", "--config", "conf/align.toml").code in (0, 1)


def test_a_folder_takes_the_usual_name(run, project):
    (project / "conf").mkdir()
    assert run("init", "-o", "conf").code == 0
    assert (project / "conf" / "protoalign.toml").exists()


def test_the_subject_can_be_named(run, project):
    (project / "vendor").mkdir()
    (project / "vendor" / "a.proto").write_text(PROTO)
    assert run("init", "--subject", "vendor").code == 0
    assert read_settings(project / "protoalign.toml").subject == SourceSettings(source="vendor")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--subject", "nowhere"), "nowhere: does not exist"),
        (("--reference", "../nowhere"), "does not exist"),
        (("--reference", ""), "names nothing"),
        (("--reference", "foo:bar"), "no kind of source"),
    ],
)
def test_bad_input_writes_nothing(run, project, words, message):
    outcome = run("init", *words)
    assert outcome.code == 2
    assert message in outcome.err
    assert not (project / "protoalign.toml").exists()


def test_a_project_without_protos_is_told_what_to_do(run, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    outcome = run("init")
    assert outcome.code == 2
    assert "--subject PATH" in outcome.err


def test_a_tree_that_does_not_compile_is_said_to_be_one(run, project):
    (project / "proto" / "money.proto").write_text("message {")
    outcome = run("init", "--reference", "../reference")
    assert outcome.code == 0
    assert "does not compile as it is" in outcome.out
    assert "money.proto:1:9" in (project / "protoalign.toml").read_text()


@pytest.mark.network
def test_a_package_is_pinned_to_the_newest_version(run, project):
    outcome = run("init", "--reference", "pypi:xai-sdk")
    if outcome.code == 2 and "cannot be reached" in outcome.err:
        pytest.skip(outcome.err)
    assert outcome.code == 0
    source = read_settings(project / "protoalign.toml").reference.source
    assert source.startswith("pypi:xai-sdk==")
