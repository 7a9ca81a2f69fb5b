"""What the subject has on purpose stays, beside what the reference has."""

import pytest

from protoalign.errors import AlignError
from protoalign.settings import Settings

REFERENCE = {
    "acme/v1/chat.proto": """\
syntax = "proto3";
package acme.v1;
service Chat { rpc Complete(Request) returns (Request); }
message Request {
  reserved 50 to 60;
  reserved "taken";
  string model = 1;
  optional int32 limit = 2;
  oneof kind { string text = 3; }
  map<string, string> labels = 4;
  message Inner { string x = 1; }
}
enum Role { ROLE_UNSPECIFIED = 0; ROLE_USER = 1; }
""",
    "acme/v1/new.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage New { string x = 1; }\n',
}


def subject(message="", top="", enum="", service="", head=""):
    return {
        "acme/v1/chat.proto": f"""\
syntax = "proto3";
package acme.v1;
{head}
service Chat {{ rpc Complete(Request) returns (Request); {service} }}
message Request {{
  string model = 1;
  {message}
}}
enum Role {{ ROLE_UNSPECIFIED = 0; {enum} }}
{top}
"""
    }


def text_after(bench, own, **parts):
    made = bench(subject(**parts), REFERENCE, settings=Settings(own=own))
    made.align()
    assert made.plan().edit.is_empty
    return made.files()["acme/v1/chat.proto"]


@pytest.mark.parametrize(
    ("own", "parts", "expected"),
    [
        ("acme.v1.Mine", {"top": "// Mine.\nmessage Mine { Request r = 1; }"}, "// Mine.\nmessage Mine {"),
        ("acme.v1.Mine", {"top": "enum Mine { A = 0; }"}, "enum Mine {\n  A = 0;"),
        ("acme.v1.Mine", {"top": "service Mine { rpc Do(Request) returns (Request); }"}, "service Mine {"),
        ("acme.v1.Request.mine", {"message": "string mine = 90;"}, "  string mine = 90;"),
        ("acme.v1.Request.mine", {"message": "optional string mine = 90;"}, "  optional string mine = 90;"),
        ("acme.v1.Request.mine", {"message": "map<int32, Inner2> mine = 90; message Inner2 {}"}, None),
        ("acme.v1.Request.mine", {"message": "map<int32, Request> mine = 90;"}, "  map<int32, Request> mine = 90;"),
        (
            "acme.v1.Request.mine",
            {"message": "oneof kind { string text = 3; string mine = 90; }"},
            "    string text = 3;\n    string mine = 90;\n  }",
        ),
        ("acme.v1.Request.m*", {"message": "oneof mine { int32 more = 90; int32 most = 91; }"}, "  oneof mine {"),
        (
            "acme.v1.Request.Mine",
            {"message": "message Mine { Request back = 1; }"},
            "  message Mine {\n    Request back",
        ),
        ("acme.v1.Request.Mine", {"message": "enum Mine { A = 0; }"}, "  enum Mine {"),
        ("acme.v1.ROLE_MINE", {"enum": "ROLE_MINE = 77;"}, "  ROLE_MINE = 77;"),
        ("acme.v1.Chat.Mine", {"service": "rpc Mine(Request) returns (stream Request);"}, "  rpc Mine(Request)"),
        ("acme/v1/chat.proto", {"message": "string mine = 90;", "top": "message Mine {}"}, "message Mine {}"),
        ("acme.v1", {"message": "string mine = 90;"}, "  string mine = 90;"),
    ],
)
def test_own_elements_stay(bench, own, parts, expected):
    if expected is None:
        with pytest.raises(AlignError, match=r"Request\.mine stays, and it uses acme\.v1\.Request\.Inner2"):
            text_after(bench, (own,), **parts)
        return
    assert expected in text_after(bench, (own,), **parts)


def test_the_rest_equals_the_reference_all_the_same(bench):
    text = text_after(bench, ("acme.v1.Request.mine",), message="string mine = 90; string other = 91;")
    assert "other" not in text
    for line in ("reserved 50 to 60;", "optional int32 limit = 2;", "map<string, string> labels = 4;"):
        assert line in text


@pytest.mark.parametrize(
    ("own", "parts", "told"),
    [
        ("acme.v1.Request.mine", {"message": "string mine = 3;"}, "acme.v1.Request.text has it too"),
        ("acme.v1.Request.mine", {"message": "string mine = 55;"}, "reserves"),
        ("acme.v1.Request.taken", {"message": "string taken = 90;"}, "has a name that the reference's"),
        ("acme.v1.ROLE_MINE", {"enum": "ROLE_OTHER = 7; ROLE_MINE = 1; ROLE_USER = 2;"}, "ROLE_USER"),
    ],
)
def test_clashes_name_both(bench, own, parts, told):
    made = bench(subject(**parts), REFERENCE, settings=Settings(own=(own,), mapping={own: ""}))
    before = made.files()
    with pytest.raises(AlignError) as error:
        made.align()
    assert told in str(error.value)
    assert own in str(error.value)
    assert made.files() == before


def test_a_clash_of_names_names_both(bench):
    settings = Settings(own=("acme.v1.New",), mapping={"acme.v1.New": ""})
    made = bench(subject(top="message New { sint64 z = 9; }"), REFERENCE, settings=settings)
    with pytest.raises(
        AlignError, match=r"acme\.v1\.New, which is kept, .* is a message of the reference in acme/v1/new"
    ):
        made.align()


def test_an_own_element_in_what_goes_is_an_error(bench):
    settings = Settings(own=("acme.v1.Gone.mine",))
    made = bench(subject(top="message Gone { sint64 mine = 99; fixed32 b = 98; }"), REFERENCE, settings=settings)
    with pytest.raises(AlignError, match=r"Gone\.mine is kept on purpose"):
        made.align()


def test_own_elements_follow_a_renamed_package(bench):
    old = {"chat.proto": subject(top="message Mine { Request r = 1; }")["acme/v1/chat.proto"].replace("acme.v1", "old")}
    settings = Settings(own=("old.Mine",))
    made = bench(old, REFERENCE, settings=settings)
    with pytest.raises(AlignError, match=r"old\.Mine becomes acme\.v1\.Mine"):
        made.align()
    made.settings = Settings(own=("acme.v1.Mine",))
    made.align()
    assert "message Mine {\n  Request r = 1;\n}" in made.files()["acme/v1/chat.proto"]
    assert made.plan().edit.is_empty


def test_imports_of_own_elements_come_along(bench):
    text = text_after(
        bench,
        ("acme.v1.Mine",),
        head='import "google/protobuf/any.proto"; import "google/protobuf/empty.proto";',
        top="message Mine { google.protobuf.Any any = 1; }",
    )
    assert 'import "google/protobuf/any.proto";' in text
    assert "empty.proto" not in text


def test_definitions_of_options_on_own_elements_come_along(bench):
    made = bench(
        {
            **subject(head='import "opts.proto";', message="string mine = 90 [(opts.hint) = { text: 'x' }];"),
            "opts.proto": """\
syntax = "proto3";
package opts;
import "google/protobuf/descriptor.proto";
message Hint { string text = 1; }
extend google.protobuf.FieldOptions { Hint hint = 5000; }
""",
        },
        REFERENCE,
        settings=Settings(own=("acme.v1.Request.mine", "opts.proto")),
    )
    alignment = made.align()
    assert 'import "opts.proto";' in made.files()["acme/v1/chat.proto"]
    assert alignment.extra == ()


def test_another_version_of_the_language_is_refused(bench):
    reference = {
        "acme/v1/chat.proto": 'syntax = "proto2";\npackage acme.v1;\nmessage Request { optional string model = 1; }\n'
    }
    made = bench(subject(top="message Mine {}"), reference, settings=Settings(own=("acme.v1.Mine",)))
    with pytest.raises(AlignError, match="another version of the language"):
        made.align()
