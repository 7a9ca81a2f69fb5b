"""Step by step: one file, or some, and the rest stays."""

import pytest

from protoalign.errors import AlignError

USAGE = "message Usage { int32 tokens = 1; }"
REFERENCE = {
    "api/usage.proto": f'syntax = "proto3";\npackage api;\n{USAGE}\n',
    "api/chat.proto": """\
syntax = "proto3";
package api;
import "api/usage.proto";
message Chat { string id = 1; Usage usage = 2; }
""",
    "api/image.proto": 'syntax = "proto3";\npackage api;\nmessage Image { string url = 1; bytes data = 2; }\n',
}
SUBJECT = {
    "api/chat.proto": 'syntax = "proto3";\npackage api;\nmessage Chat { string id = 7; }\n',
    "old/images.proto": """\
syntax = "proto3";
package old;
import "api/chat.proto";
message Image { string url = 1; bytes data = 3; api.Chat chat = 4; }
""",
}


def test_only_one_file_changes(bench):
    made = bench(SUBJECT, REFERENCE)
    alignment = made.align(only=("usage.proto",))
    assert alignment.edit.created == ("api/usage.proto",)
    assert alignment.waiting == ("api/chat.proto", "api/image.proto")
    assert {name: made.files()[name] for name in SUBJECT} == SUBJECT
    assert made.plan(only=("usage.proto",)).edit.is_empty


@pytest.mark.parametrize(
    "named", ["api/image.proto", "image.proto", "images.proto", "old/images.proto", "ima*", "old/*"]
)
def test_files_are_named_by_either_side(bench, named):
    made = bench(SUBJECT, REFERENCE)
    assert made.plan(only=(named,)).chosen == ("api/image.proto",)


def test_what_is_missing_has_to_come_along(bench):
    made = bench(SUBJECT, REFERENCE)
    before = made.files()
    with pytest.raises(AlignError, match=r"(?s)usage\.proto.*Let these come along: --only api/usage\.proto"):
        made.align(only=("chat.proto",))
    assert made.files() == before
    made.align(only=("chat.proto", "usage.proto"))
    assert made.equal_files() == {"api/chat.proto": True, "api/image.proto": False, "api/usage.proto": True}


def test_step_by_step_comes_to_the_end(bench):
    made = bench(SUBJECT, REFERENCE)
    for step in ("usage.proto", "image.proto", "chat.proto"):
        made.align(only=(step,))
    assert all(made.equal_files().values())
    assert set(made.files()) == set(REFERENCE)


def test_the_rest_follows_renames(bench):
    subject = {
        "old/image.proto": 'syntax = "proto3";\npackage old;\nmessage Image { string url = 1; bytes data = 2; }\n',
        "old/chat.proto": """\
syntax = "proto3";
package old;
// For images.
import "old/image.proto";
message Chat { string id = 7; Image image = 9; }
""",
    }
    made = bench(subject, REFERENCE)
    made.align(only=("image.proto",))
    text = made.files()["old/chat.proto"]
    assert '// For images.\nimport "api/image.proto";' in text
    assert "api.Image image = 9;" in text


def test_elements_that_wait_for_their_file_are_kept(bench):
    subject = {
        "api/chat.proto": 'syntax = "proto3";\npackage api;\n'
        f"message Chat {{ string id = 1; Usage usage = 2; }}\n{USAGE}\n"
    }
    reference = {
        **REFERENCE,
        "api/chat.proto": 'syntax = "proto3";\npackage api;\nmessage Chat { string id = 1; bool ok = 3; }\n',
    }
    made = bench(subject, reference)
    made.align(only=("chat.proto",))
    assert "message Usage" in made.files()["api/chat.proto"]
    assert made.plan(only=("chat.proto",)).edit.is_empty
    made.align()
    assert all(made.equal_files().values())
    assert "message Usage" not in made.files()["api/chat.proto"]


def test_what_fits_nothing_names_the_nearest(bench):
    made = bench({**SUBJECT, "mine.proto": 'syntax = "proto3";\nmessage Mine {}\n'}, REFERENCE)
    with pytest.raises(AlignError, match=r"--only api/chatt.proto fits no file\nNearest: api/chat.proto"):
        made.plan(only=("api/chatt.proto",))
    with pytest.raises(AlignError, match=r"--only mine.proto names a file that the reference lacks"):
        made.plan(only=("mine.proto",))
