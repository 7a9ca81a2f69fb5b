"""Whatever a tree has become, align makes it equal to the reference again; a second run changes nothing."""

import random
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st

from protoalign.align import AlignOptions, carry_out, plan_alignment, prove_alignment, read_tree
from protoalign.compare import structural_diff
from protoalign.contract import ContractFile, Provenance, build_contract
from protoalign.errors import CompileError, NothingMatchedError
from protoalign.printer import print_contract
from protoalign.settings import Settings

REFERENCE = {
    "acme/v1/chat.proto": """\
syntax = "proto3";
package acme.v1;
import "acme/v1/usage.proto";
import "google/protobuf/timestamp.proto";
service Chat {
  rpc Complete(Request) returns (Reply);
  rpc Stream(Request) returns (stream Reply) {}
}
message Request {
  reserved 9, 20 to 30;
  string model = 1;
  repeated Message messages = 2;
  optional int32 limit = 3;
  oneof kind { string text = 4; bytes image = 5; Usage used = 6; }
  map<string, Message> named = 7;
  message Inner { Message back = 1; enum Deep { DEEP_ZERO = 0; } Deep deep = 2; }
  Inner inner = 8;
}
message Message { Role role = 1; string content = 2 [deprecated = true]; google.protobuf.Timestamp at = 3; }
message Reply { string id = 1; repeated Message messages = 2; Usage usage = 3; }
enum Role { ROLE_UNSPECIFIED = 0; ROLE_USER = 1; ROLE_BOT = 2; }
""",
    "acme/v1/usage.proto": """\
syntax = "proto3";
package acme.v1;
message Usage { int32 tokens = 1; int32 cached = 2; Price price = 3; }
message Price { int64 units = 1; string currency = 2; }
enum Tier { TIER_UNSPECIFIED = 0; TIER_ONE = 1; }
""",
    "acme/v1/models.proto": """\
syntax = "proto3";
package acme.v1;
import "acme/v1/usage.proto";
service Models { rpc Get(GetRequest) returns (Model); }
message GetRequest { string name = 1; }
message Model { string name = 1; Price price = 2; repeated string aliases = 3; }
""",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory, write_files, load_tree):
    contract = load_tree(write_files(tmp_path_factory.mktemp("reference"), REFERENCE))
    return lambda: contract


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 1 << 30), changes=st.integers(1, 12))
@example(seed=0, changes=0)
def test_align_restores_any_mutant(reference, mutated, load_tree, seed, changes):
    files = mutated({file.name: file.descriptor for file in reference().files}, seed, changes)
    contract = build_contract([ContractFile.of(file) for file in files.values()], Provenance("mutant", "image"))
    folder = Path(tempfile.mkdtemp(prefix="protoalign-test-"))
    try:
        for name, text in print_contract(contract).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"// {name}\n{text}")
        try:
            load_tree(folder)
        except CompileError:
            reject()
        _align_and_check(folder, reference(), load_tree)
    finally:
        shutil.rmtree(folder)


TOKEN = re.compile(r'"[^"]*"|[\w.]+|\s+|.', re.DOTALL)


def _commented(text, chance, marks):
    """The text with comments strewn between its tokens, anywhere a compiler takes them."""
    parts = []
    for token in TOKEN.findall(text):
        parts.append(token)
        if chance.random() < 0.08:
            mark = f"mark{len(marks)}x"
            marks.append(mark)
            lines = {
                "/": f" // {mark}\n",
                "*": f" /* {mark} */ ",
                "n": f"\n\n// {mark}\n\n",
                "b": f"\n/*\n * {mark}\n */\n",
            }
            parts.append(lines[chance.choice("/*nb")])
    return "".join(parts)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 1 << 30), changes=st.integers(1, 6))
def test_no_comment_vanishes_untold(reference, mutated, load_tree, seed, changes):
    files = mutated({file.name: file.descriptor for file in reference().files}, seed, changes)
    contract = build_contract([ContractFile.of(file) for file in files.values()], Provenance("mutant", "image"))
    folder = Path(tempfile.mkdtemp(prefix="protoalign-test-"))
    chance, marks = random.Random(seed), []
    try:
        for name, text in print_contract(contract).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(_commented(text, chance, marks))
        try:
            subject = load_tree(folder)
            diff = structural_diff(subject, reference())
        except (CompileError, NothingMatchedError):
            reject()
        tree = read_tree(folder, subject, diff.reference)
        alignment = plan_alignment(diff, Settings(), tree)
        prove_alignment(alignment, tree, load_tree)
        carry_out(alignment)
        left = "".join(path.read_text() for path in folder.rglob("*.proto"))
        told = "".join(comment.text for comment in alignment.lost_comments)
        assert [mark for mark in marks if mark not in left and mark not in told] == []
    finally:
        shutil.rmtree(folder)


def _align_and_check(folder, reference, load_tree):
    for run in range(2):
        subject = load_tree(folder)
        try:
            diff = structural_diff(subject, reference)
        except NothingMatchedError:
            return
        tree = read_tree(folder, subject, diff.reference)
        alignment = plan_alignment(diff, Settings(), tree, AlignOptions(delete_extra=True))
        if run:
            assert alignment.edit.is_empty
        prove_alignment(alignment, tree, load_tree)
        carry_out(alignment)
        assert load_tree(folder).digest == reference.digest
