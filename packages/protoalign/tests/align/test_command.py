"""`protoalign align` as a user meets it."""

import json
import subprocess
from dataclasses import dataclass

import pytest

from protoalign.align.journal import JOURNAL
from protoalign.cli import align
from protoalign.cli import main as program

LICENCE = "// Copyright 2024 Somebody\n\n"
SUBJECT = {
    "proto/old/chat.proto": f"""\
{LICENCE}syntax = "proto3";
package old;
option go_package = "example.com/old";
// A request.
message Request {{
  string model = 7; // which
  // Nobody wants it.
  string gone = 9;
}}
""",
    "proto/old/extra.proto": f"""\
{LICENCE}syntax = "proto3";
package extra;
option go_package = "example.com/old";
message Extra {{}}
""",
}
REFERENCE = {
    "reference/api/chat.proto": 'syntax = "proto3";\npackage api;\n'
    "message Request { string model = 1; int32 n = 2; }\n",
    "reference/api/usage.proto": 'syntax = "proto3";\npackage api;\nmessage Usage { int32 tokens = 1; }\n',
}
SETTINGS = """\
file_options = ["go_package"]
own = ["old/extra.proto"]
[subject]
source = "proto"
[reference]
source = "reference"
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch):
    if align not in program.COMMANDS:
        monkeypatch.setattr(program, "COMMANDS", (*program.COMMANDS, align))

    def call(*arguments: object) -> Outcome:
        try:
            code = program.main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def work(tmp_path, write_files, monkeypatch):
    monkeypatch.setenv("PROTOALIGN_CACHE_DIR", str(tmp_path / "cache"))
    root = write_files(tmp_path / "work", {**SUBJECT, **REFERENCE, "protoalign.toml": SETTINGS})
    monkeypatch.chdir(root)
    return root


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted((root / "proto").rglob("*"))
        if path.is_file()
    }


def test_align_and_again(run, work):
    outcome = run("align")
    assert (outcome.code, outcome.err) == (0, "")
    for line in (
        "created    api/usage.proto",
        "renamed    old/chat.proto -> api/chat.proto",
        "kept       ",
        "note: new files get go_package = 'example.com/old', for all files of the tree have it: api/usage.proto",
        "note: removed, for the reference lacks them: old.Request.gone",
        "note: 1 comment went with what is gone: old.Request.gone",
        "note: proto is in no git repository",
        "nothing is left to do",
    ):
        assert line in outcome.out
    after = contents(work)
    assert (
        after["proto/api/chat.proto"]
        == f"""\
{LICENCE}syntax = "proto3";

package api;

option go_package = "example.com/old";

// A request.
message Request {{
  string model = 1; // which
  int32 n = 2;
}}
"""
    )
    assert after["proto/old/extra.proto"] == SUBJECT["proto/old/extra.proto"]
    again = run("align")
    assert again.code == 0
    assert "nothing to write" in again.out
    assert contents(work) == after


def test_dry_run_writes_nothing(run, work):
    before = contents(work)
    outcome = run("align", "--dry-run")
    assert outcome.code == 0
    assert "rename from old/chat.proto\nrename to api/chat.proto\n" in outcome.out
    assert "-  string model = 7; // which\n" in outcome.out
    assert "note: removed, for the reference lacks them" in outcome.err
    assert contents(work) == before
    assert run("align", "--dry-run", "-q").err == ""
    subprocess.run(["git", "apply", "--directory=proto", "-"], input=outcome.out.encode(), check=True)
    assert "nothing to write" in run("align").out


def test_json(run, work):
    plan = json.loads(run("align", "--dry-run", "--format", "json").out)
    assert plan["written"] is False
    assert plan["comparison"] is None
    data = json.loads(run("align", "--format", "json").out)
    assert data["written"] is True
    assert data["diff"] == plan["diff"]
    assert data["changes"] == {
        "created": ["api/usage.proto"],
        "rewritten": [],
        "renamed": [{"from": "old/chat.proto", "to": "api/chat.proto"}],
        "deleted": [],
    }
    assert data["comments"]["lost"] == [
        {"file": "old/chat.proto", "element": "old.Request.gone", "text": " Nobody wants it.\n"}
    ]
    assert data["removed"] == [{"kind": "field", "name": "old.Request.gone", "file": "old/chat.proto"}]
    assert data["comparison"]["outcome"] == "aligned"


def test_what_is_left_exits_1(run, work):
    outcome = run("align", "--only", "usage.proto")
    assert outcome.code == 1
    assert "left: " in outcome.out
    assert "1 of 2 files aligned" in outcome.out or "1 of 3 files aligned" in outcome.out


def test_an_extra_file_is_told_and_deleted_when_told(run, work):
    (work / "protoalign.toml").write_text(SETTINGS.replace('own = ["old/extra.proto"]\n', ""))
    outcome = run("align")
    assert outcome.code == 1
    assert "old/extra.proto stays, though the reference lacks it: --delete old/extra.proto deletes it" in outcome.out
    outcome = run("align", "--delete", "extra.proto")
    assert outcome.code == 0
    assert "deleted    old/extra.proto" in outcome.out
    assert set(contents(work)) == {"proto/api/chat.proto", "proto/api/usage.proto"}


def test_a_dirty_tree_is_refused(run, work):
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *arguments], check=True)
    (work / "proto/old/extra.proto").write_text(SUBJECT["proto/old/extra.proto"] + "// more\n")
    before = contents(work)
    outcome = run("align")
    assert outcome.code == 2
    assert "holds changes that are not committed:\n  proto/old/extra.proto" in outcome.err
    assert "--force" in outcome.err
    assert contents(work) == before
    assert run("align", "--dry-run").code == 0
    outcome = run("align", "--force")
    assert outcome.code == 0
    assert "in no git repository" not in outcome.out


def test_options_that_stay_without_leave_are_told(run, work):
    (work / "protoalign.toml").write_text(SETTINGS.replace("file_options", "# file_options"))
    outcome = run("align")
    assert outcome.code == 1
    assert 'file_options = ["go_package"] in protoalign.toml says that they may differ' in outcome.out
    assert "file-go-package" in outcome.out


def test_mappings_that_have_done_their_work(run, work):
    (work / "protoalign.toml").write_text(f'{SETTINGS}[map]\n"old.Request" = "api.Request"\n')
    outcome = run("align")
    assert outcome.code == 0
    assert "these mappings have done their work and can go: old.Request=api.Request" in outcome.out


def test_lint_findings_are_told_and_do_not_fail(run, work):
    (work / "proto/buf.yaml").write_text("version: v2\nlint:\n  use: [PACKAGE_VERSION_SUFFIX]\n")
    outcome = run("align")
    assert outcome.code == 0
    assert "buf lint: " in outcome.out
    assert "PACKAGE_VERSION_SUFFIX" in outcome.out


def test_the_current_folder_can_be_the_subject(run, work, monkeypatch):
    monkeypatch.chdir(work / "proto")
    assert run("align", ".", "--to", work / "reference").code == 0
    assert "proto/api/chat.proto" in contents(work)


@pytest.mark.parametrize("subject", ["reference/api/chat.proto", "image"])
def test_only_a_folder_can_be_rewritten(run, work, subject):
    if subject == "image":
        assert run("extract", "reference", "-o", "out", "--image", "image.binpb").code == 0
        subject = "image.binpb"
    outcome = run("align", subject, "--to", "reference")
    assert outcome.code == 2
    assert "no folder of .proto files" in outcome.err


def test_a_tree_that_does_not_compile_is_not_rewritten(run, work):
    (work / "proto/old/bad.proto").write_text('syntax = "proto3";\nmessage {\n')
    before = contents(work)
    outcome = run("align")
    assert outcome.code == 2
    assert "cannot be read in full" in outcome.err
    assert "old/bad.proto" in outcome.err
    assert contents(work) == before


def test_an_interrupted_run_is_finished_first(run, work):
    journal = work / "proto" / JOURNAL
    journal.mkdir()
    (journal / "0.new").write_text(SUBJECT["proto/old/extra.proto"])
    steps = [
        {"path": "old/more.proto", "old": None, "new": "0.new"},
        {"path": "old/extra.proto", "old": None, "new": None},
    ]
    (journal / "steps.json").write_text(json.dumps({"format": 1, "direction": "do", "steps": steps}))
    outcome = run("align", "--dry-run")
    assert "an earlier run was interrupted while it wrote to proto; its work was finished" in outcome.err
    assert "proto/old/more.proto" in contents(work)
    assert "proto/old/extra.proto" not in contents(work)
    assert not journal.exists()


def test_a_missing_import_names_where_it_comes_from(run, work, write_files):
    write_files(
        work,
        {
            "google/google/type/money.proto": 'syntax = "proto3";\npackage google.type;\nmessage Money {}\n',
            "reference/api/usage.proto": 'syntax = "proto3";\npackage api;\nimport "google/type/money.proto";\n'
            "message Usage { google.type.Money price = 1; }\n",
        },
    )
    before = contents(work)
    (work / "protoalign.toml").write_text(SETTINGS + 'with = ["google"]\n')
    outcome = run("align")
    assert outcome.code == 2
    assert "the edited tree would have imports that nothing supplies:\n  google/type/money.proto" in outcome.err
    assert "--with SOURCE" in outcome.err
    assert contents(work) == before
    assert run("align", "--with", "google").code == 0


@pytest.mark.parametrize("name", [".git/hooks/x.proto", "Makefile", "a/.hidden/x.proto"])
def test_hostile_names_are_refused(run, work, name):
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    file = FileDescriptorProto(name=name, package="evil", syntax="proto3")
    file.message_type.add(name="Evil")
    ours = FileDescriptorProto(name="api/chat.proto", package="api", syntax="proto3")
    ours.message_type.add(name="Request")
    (work / "evil.binpb").write_bytes(FileDescriptorSet(file=[file, ours]).SerializeToString())
    before = contents(work)
    outcome = run("align", "--to", "evil.binpb")
    assert outcome.code == 2
    assert "no such file can be part of a tree" in outcome.err
    assert contents(work) == before


def test_help(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    outcome = run("align", "--help")
    assert outcome.code == 0
    assert "examples:\n  protoalign align " in outcome.out
    assert [line for line in outcome.out.splitlines() if len(line) > 80] == []
