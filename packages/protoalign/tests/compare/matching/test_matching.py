"""Which files, packages and elements are counterparts, and why."""

import pytest

from protoalign.compare.matching import match_contracts
from protoalign.errors import MappingError, NothingMatchedError

HEAD = 'syntax = "proto3";\n'


@pytest.fixture
def match(compile_contract):
    def match_(subject, reference, mapping=None):
        sides = [
            compile_contract(
                {name: HEAD + text for name, text in side.items()}
                if isinstance(side, dict)
                else {"a.proto": HEAD + side}
            )
            for side in (subject, reference)
        ]
        return match_contracts(*sides, mapping or {})

    return match_


def pairs(matching):
    return {name: match.reference.name for name, match in matching.elements.items()}


def test_the_same_name_comes_before_the_same_number(match):
    matching = match(
        "message M { string role = 1; string content = 2; }", "message M { string content = 1; string role = 2; }"
    )
    assert pairs(matching) == {"M": "M", "M.role": "M.role", "M.content": "M.content"}
    assert not any(each.is_guess for each in matching.elements.values())


def test_a_renamed_field_has_the_same_number_and_type(match):
    matching = match("message M { string id = 1; }", "message M { string key = 1; }")
    assert pairs(matching)["M.id"] == "M.key"
    assert "number 1" in matching.elements["M.id"].reason


def test_a_field_of_another_type_is_no_renamed_field(match):
    assert "M.id" not in pairs(match("message M { string id = 1; }", "message M { int32 key = 1; }"))


def test_a_name_that_says_the_same_comes_before_the_number(match):
    matching = match(
        "message M { string name = 1; string description = 2; }",
        "message M { string team_id = 1; string collection_name = 2; }",
    )
    assert pairs(matching)["M.name"] == "M.collection_name"


def test_elements_are_found_under_the_package_that_their_files_lead_to(match):
    matching = match(
        {"v1/a.proto": "package old; message M { string id = 1; } service S { rpc Get(M) returns (M); }"},
        {"api/a.proto": "package fresh.api; message M { string id = 1; } service S { rpc Get(M) returns (M); }"},
    )
    assert matching.packages == {"old": ("fresh.api",)}
    assert matching.files["v1/a.proto"].reference.name == "api/a.proto"
    assert pairs(matching)["old.S.Get"] == "fresh.api.S.Get"
    assert {each.by for each in matching.elements.values()} == {"package"}


def test_one_package_can_lead_to_several(match):
    matching = match(
        {"a.proto": "package p; message A { string id = 1; }", "b.proto": "package p; message B { string id = 1; }"},
        {"a.proto": "package q; message A { string id = 1; }", "b.proto": "package r; message B { string id = 1; }"},
    )
    assert pairs(matching)["p.A"] == "q.A"
    assert pairs(matching)["p.B"] == "r.B"


def test_a_renamed_message_is_found_by_its_fields(match):
    fields = "string id = 1; int64 size = 2; repeated string tags = 3;"
    matching = match(f"message Choice {{ {fields} }}", f"message Output {{ {fields} }}")
    assert pairs(matching)["Choice"] == "Output"
    assert "3 of 3 fields" in matching.elements["Choice"].reason


def test_a_message_that_is_now_nested_is_found(match):
    matching = match(
        "message A { B b = 1; } message B { string x = 1; int32 y = 2; }",
        "message A { B b = 1; message B { string x = 1; int32 y = 2; } }",
    )
    assert pairs(matching)["B"] == "A.B"


def test_an_empty_message_that_is_now_nested_is_found_by_its_name(match):
    matching = match("message A { int32 n = 1; } message None {}", "message A { int32 n = 1; message None {} }")
    assert pairs(matching)["None"] == "A.None"


def test_messages_that_share_one_field_are_not_taken_for_each_other(match):
    matching = match(
        "message DeleteReply { bool success = 1; } message Same {}", "message Ping { bool alive = 1; } message Same {}"
    )
    assert "DeleteReply" not in pairs(matching)


def test_two_equally_like_candidates_are_left_alone(match):
    matching = match(
        "message A { string x = 1; int32 y = 2; } message Same {}",
        "message B { string x = 1; int32 y = 2; } message C { string x = 1; int32 y = 2; } message Same {}",
    )
    assert "A" not in pairs(matching)


def test_a_type_is_found_by_its_use(match):
    matching = match(
        "message M { One it = 1; } message One { string a = 1; }",
        "message M { Two it = 1; } message Two { string a = 1; int64 b = 2; int64 c = 3; }",
    )
    assert pairs(matching)["One"] == "Two"
    assert matching.elements["One"].by == "use"


def test_types_that_have_nothing_in_common_are_not_found_by_use(match):
    matching = match(
        "message M { One it = 1; } message One { string a = 1; bool b = 2; }",
        "message M { Two it = 1; } message Two { int64 x = 5; int64 y = 6; }",
    )
    assert "One" not in pairs(matching)


def test_a_renamed_rpc_is_found_by_its_signature(match):
    types = "message Q { string id = 1; } message R { string id = 1; int32 n = 2; }"
    matching = match(
        f"{types} service S {{ rpc Fetch(Q) returns (stream R); }}",
        f"{types} service S {{ rpc Load(Q) returns (stream R); }}",
    )
    assert pairs(matching)["S.Fetch"] == "S.Load"


def test_a_renamed_service_is_found_by_its_rpcs(match):
    rpcs = "rpc A(Q) returns (Q); rpc B(Q) returns (Q);"
    matching = match(f"message Q {{}} service Images {{ {rpcs} }}", f"message Q {{}} service Image {{ {rpcs} }}")
    assert pairs(matching)["Images"] == "Image"


def test_enum_values_are_found_by_number_and_aliases_in_order(match):
    matching = match(
        "enum E { option allow_alias = true; OFF = 0; A = 1; B = 1; }",
        "enum E { option allow_alias = true; NONE = 0; X = 1; Y = 1; }",
    )
    assert pairs(matching) == {"E": "E", "OFF": "NONE", "A": "X", "B": "Y"}


def test_a_renamed_oneof_is_found_by_its_fields(match):
    matching = match(
        "message M { oneof old { string a = 1; string b = 2; } }",
        "message M { oneof fresh { string a = 1; string b = 2; } }",
    )
    assert pairs(matching)["M.old"] == "M.fresh"


def test_synthetic_oneofs_and_map_entries_have_no_matches(match):
    text = "message M { optional string a = 1; map<string, int32> m = 2; } message %s {}"
    assert set(pairs(match(text % "A", text % "A.B".replace(".", "")))) >= {"M"}
    assert not [name for name in pairs(match(text % "A", text % "Z")) if "Entry" in name or "_a" in name]


def test_a_renamed_file_is_found_by_what_it_holds(match):
    text = "message %s { string id = 1; }"
    matching = match(
        {"images.proto": text % "Picture", "b.proto": text % "Other"},
        {"image.proto": text % "Picture", "c.proto": text % "Unlike"},
    )
    assert {name: each.reference.name for name, each in matching.files.items()} == {"images.proto": "image.proto"}


def test_a_file_is_found_by_a_name_that_is_alike(match):
    matching = match(
        {"tokenizer.proto": "service Tokenizer {} message Same {}"},
        {"tokenize.proto": "service Tokenize {} message Same {}"},
    )
    assert matching.files["tokenizer.proto"].reference.name == "tokenize.proto"
    assert pairs(matching)["Tokenizer"] == "Tokenize"


def test_a_file_whose_elements_are_all_gone_matches_by_its_name_only(match):
    matching = match(
        {"a.proto": "package p;", "b.proto": "message B {}"},
        {"a.proto": "package p; message A {}", "b.proto": "message B {}"},
    )
    assert matching.files["a.proto"].by == "name"


def test_nothing_in_common_is_an_error(match):
    with pytest.raises(NothingMatchedError) as caught:
        match({"x.proto": "message A { string a = 1; }"}, {"y.proto": "message B { int64 b = 7; }"})
    assert "--map" in caught.value.hint


def test_what_both_sides_have_byte_for_byte_is_not_looked_into(match):
    matching = match(
        {"a.proto": "message A { string x = 1; }", "b.proto": "message B { string x = 1; } message C {}"},
        {"a.proto": "message A { string x = 1; }", "b.proto": "message B { string x = 1; } message D { int32 y = 1; }"},
    )
    assert set(matching.files) == {"a.proto", "b.proto"}
    assert set(pairs(matching)) == {"B", "B.x"}
    assert matching.to_reference("A.x") == "A.x"


class TestMapping:
    SUBJECT = "package p; message A { string x = 1; } message B { string x = 1; } enum E { ZERO = 0; }"
    REFERENCE = "package p; message A { string x = 1; } message C { int64 z = 9; } enum F { NIL = 0; ONE = 1; }"

    def test_it_comes_before_names_and_guesses(self, match):
        matching = match(self.SUBJECT, self.REFERENCE, {"p.B": "p.A", "p.A": "p.C"})
        assert {"p.B": "p.A", "p.A": "p.C"}.items() <= pairs(matching).items()
        assert matching.elements["p.B"].by == "mapping"
        assert not matching.elements["p.B"].is_guess

    def test_an_empty_name_overrules_a_guess(self, match):
        fields = "string id = 1; int64 size = 2;"
        sides = (f"message A {{ {fields} }} message S {{}}", f"message B {{ {fields} }} message S {{}}")
        assert "A" in pairs(match(*sides))
        assert "A" not in pairs(match(*sides, {"A": ""}))
        assert "A.id" not in pairs(match(*sides, {"A": ""}))

    def test_packages_and_files_can_be_mapped(self, match):
        matching = match(
            {"x.proto": "package one; message A { string s = 1; }"},
            {"y.proto": "package two; message A { int32 n = 7; }"},
            {"one": "two", "x.proto": "y.proto"},
        )
        assert pairs(matching)["one.A"] == "two.A"
        assert matching.files["x.proto"].by == "mapping"

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"p.A": "p.C", "p.B": "p.C"}, "both mapped to p.C"),
            ({"p.A": "p.B", "p.B": "p.A"}, "cyclic: p.A = p.B = p.A"),
            ({"p.A": "p.F"}, "p.A (message) and p.F (enum)"),
            ({"p.Aa": "p.C"}, "Nearest: p.A"),
            ({"p.A": "p.Cc"}, "Nearest: p.C"),
            ({"p": "q"}, "no package 'q'"),
            ({"a.proto": "b.proto"}, "Nearest: a.proto"),
        ],
    )
    def test_what_cannot_be_is_refused(self, match, mapping, message):
        with pytest.raises(MappingError) as caught:
            match(self.SUBJECT, self.REFERENCE, mapping)
        assert message in str(caught.value)

    def test_a_chain_is_no_ring(self, match):
        assert pairs(match(self.SUBJECT, self.REFERENCE, {"p.B": "p.A", "p.A": "p.C"}))["p.A"] == "p.C"

    def test_an_entry_that_was_carried_out_says_nothing_any_more(self, match):
        matching = match(self.REFERENCE, self.REFERENCE, {"p.B": "p.C", "old.proto": "a.proto", "o": "p"})
        assert pairs(matching)["p.C"] == "p.C"
