"""No comment gets lost unless what it belongs to is gone; and then it is told."""

import pytest

REFERENCE = """\
syntax = "proto3";
package acme.v1;
import "google/protobuf/timestamp.proto";
service Chat { rpc Complete(Request) returns (Reply); }
message Request {
  reserved 9;
  string model = 1;
  repeated string messages = 2;
  oneof kind { string text = 3; bytes image = 4; }
}
message Reply {
  option deprecated = true;
  google.protobuf.Timestamp at = 1;
}
enum Role { ROLE_UNSPECIFIED = 0; ROLE_USER = 1; }
"""

LICENCE = "// Copyright 2024 Somebody\n// SPDX-License-Identifier: MIT\n\n"


def aligned(bench, text, reference=REFERENCE, **options):
    made = bench({"acme/v1/chat.proto": text}, {"acme/v1/chat.proto": reference})
    alignment = made.align(**options)
    assert all(made.equal_files().values())
    return made.files()["acme/v1/chat.proto"], alignment


def test_comments_follow_renamed_elements(bench):
    text, alignment = aligned(
        bench,
        """\
syntax = "proto3";
package acme.v1;
import "google/protobuf/timestamp.proto";
// The service.
service ChatService {
  // Completes.
  rpc Complete(CompletionRequest) returns (Reply); // slow
}
// A request.
message CompletionRequest {
  // Which model.
  string model_name = 1;
  repeated string messages = 2;
  // One of two.
  oneof content {
    string text = 3;
    // PNG.
    bytes png = 4;
  }
}
message Reply { google.protobuf.Timestamp at = 1; }
enum Role { ROLE_UNSPECIFIED = 0;
  // A person.
  ROLE_PERSON = 1; }
""",
    )
    for lines in (
        "// The service.\nservice Chat {",
        "  // Completes.\n  rpc Complete(Request) returns (Reply); // slow",
        "// A request.\nmessage Request {",
        "  // Which model.\n  string model = 1;",
        "  // One of two.\n  oneof kind {",
        "    // PNG.\n    bytes image = 4;",
        "  // A person.\n  ROLE_USER = 1;",
    ):
        assert lines in text
    assert alignment.lost_comments == ()


def test_comments_of_statements_stay_or_go_to_what_is_around_them(bench):
    text, alignment = aligned(
        bench,
        """\
syntax = "proto3";
// The package.
package acme.v1;
// For times.
import "google/protobuf/timestamp.proto";
// For anything.
import "google/protobuf/any.proto";
// Go.
option go_package = "example.com/acme";
message Request {
  // Was used once.
  reserved 9;
  // Was used twice.
  reserved "old";
  string model = 7;
}
message Reply {
  // Do not use.
  option deprecated = true;
  google.protobuf.Any any = 2; }
""",
    )
    for lines in (
        "// For anything.\n\n// The package.\npackage acme.v1;",
        '// For times.\nimport "google/protobuf/timestamp.proto";',
        '// Go.\noption go_package = "example.com/acme";',
        "  // Was used once.\n  reserved 9;",
        "// Was used twice.\n\nmessage Request {",
        "  // Do not use.\n  option deprecated = true;",
    ):
        assert lines in text
    assert alignment.lost_comments == ()


def test_comments_that_source_info_leaves_out_are_kept(bench):
    text, alignment = aligned(
        bench,
        """\
syntax = "proto3";
package acme.v1;
message Request {
  string model = 1 [
    deprecated = true // in brackets
  ];
  repeated string messages = 2;

  // at the brace

} // behind the brace
message Reply { /* in an empty body */ }
enum Role { ROLE_UNSPECIFIED = 0; }
// vim: ts=2
""",
    )
    assert "  // in brackets\n\n  string model = 1;" in text
    for comment in ("// at the brace\n", "// behind the brace\n", "// in an empty body\n"):
        assert comment in text
    assert text.endswith("\n// vim: ts=2\n")
    assert alignment.lost_comments == ()


def test_what_looks_like_a_comment_in_a_string_is_none(bench):
    text, _ = aligned(
        bench,
        'syntax = "proto3";\npackage acme.v1;\noption go_package = "example.com//x/*y*/";\nmessage Request {}\n',
    )
    assert text.count("//x/*y*/") == 1


def test_comments_on_what_is_removed_are_told(bench):
    text, alignment = aligned(
        bench,
        """\
syntax = "proto3";
package acme.v1;
message Request {
  string model = 1;
  // Nobody wants it.
  string gone = 15; // really
}
// No counterpart at all.
message Gone { bool a = 1; bool b = 2; sint64 c = 40; }
""",
    )
    assert sorted((each.element, each.text) for each in alignment.lost_comments) == [
        ("acme.v1.Gone", " No counterpart at all.\n"),
        ("acme.v1.Request.gone", " Nobody wants it.\n"),
        ("acme.v1.Request.gone", " really\n"),
    ]
    assert "Nobody wants it" not in text
    assert [node.name for node in alignment.removed] == ["acme.v1.Request.gone", "acme.v1.Gone"]


def test_the_licence_stays_and_new_files_get_it(bench):
    made = bench(
        {
            "acme/v1/a.proto": f'{LICENCE}// About a.\nsyntax = "proto3";\npackage acme.v1;\nmessage A {{}}\n',
            "acme/v1/b.proto": f'{LICENCE}syntax = "proto3";\npackage acme.v1;\nmessage B {{}}\n',
        },
        {
            "acme/v1/a.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage A { string x = 1; }\n',
            "acme/v1/b.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage B {}\n',
            "acme/v1/c.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage C {}\n',
        },
    )
    made.align()
    files = made.files()
    assert files["acme/v1/a.proto"].startswith(f"{LICENCE}// About a.\nsyntax")
    assert files["acme/v1/c.proto"].startswith(f"{LICENCE}syntax")


@pytest.mark.parametrize(("head", "kept"), [(LICENCE, True), ("// Just words.\n\n", False)])
def test_of_a_single_file_only_a_licence_is_common(bench, head, kept):
    made = bench(
        {"a.proto": f'{head}syntax = "proto3";\nmessage A {{}}\n'},
        {"a.proto": 'syntax = "proto3";\nmessage A {}\n', "b.proto": 'syntax = "proto3";\nmessage B {}\n'},
    )
    made.align()
    assert made.files()["b.proto"].startswith(head) is kept


def test_reference_comments_fill_gaps_where_wanted(bench):
    reference = 'syntax = "proto3";\n// Theirs.\nmessage A {\n  // Theirs too.\n  string x = 1;\n}\n'
    subject = 'syntax = "proto3";\n// Mine.\nmessage A {}\n'
    made = bench({"a.proto": subject}, {"a.proto": reference})
    assert b"Theirs" not in made.plan().edit.writes["a.proto"]
    made.align(reference_comments=True)
    text = made.files()["a.proto"]
    assert "// Mine.\nmessage A {\n  // Theirs too.\n  string x = 1;" in text
    assert "// Theirs.\n" not in text


def test_the_mark_of_extract_does_not_stay_on_a_changed_file(bench):
    from protoalign.output import is_stamped, stamp

    content = stamp('// About A.\nsyntax = "proto3";\nmessage A {}\n', "pypi:acme==1.0")
    made = bench({"a.proto": content.decode()}, {"a.proto": 'syntax = "proto3";\nmessage A { string x = 1; }\n'})
    made.align()
    text = made.files()["a.proto"]
    assert text.startswith("// About A.\n")
    assert not is_stamped(text.encode())
