"""What people read: a few whole files, which protoc also has to find equal."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from protoalign.contract import Contract, build_contract
from protoalign.printer import PrintOptions, print_contract
from protoalign.prove import prove_round_trip
from protoalign.sources.compilers import find_tool

CompileTexts = Callable[[Mapping[str, str]], Contract]

GOLDEN = {
    "an API": """
        syntax = "proto3";

        package shop.v1;

        import "google/protobuf/timestamp.proto";

        option go_package = "example.com/shop/v1";
        option java_multiple_files = true;

        service Shop {
          rpc Buy(Order) returns (Receipt) {}
          rpc Watch(Order) returns (stream Receipt);
        }

        message Order {
          reserved 4, 6 to 9;
          reserved "coupon";

          enum State {
            STATE_UNSPECIFIED = 0;
            STATE_OPEN = 1;
          }

          message Line {
            string item = 1;
            optional int32 count = 2;
          }

          string id = 1;
          repeated Line lines = 2;
          map<string, string> labels = 3;

          oneof pay_with {
            string card = 5;
            Receipt credit = 10;
          }

          State state = 11 [deprecated = true];
          google.protobuf.Timestamp at = 12;
        }

        message Receipt {
          string id = 1 [
            json_name = "ID",
            deprecated = true
          ];
        }
    """,
    "custom options": """
        syntax = "proto2";

        package acme;

        import "google/protobuf/descriptor.proto";

        option (owner) = {
          team: "storage"
          rank: 3
        };

        message Rules {
          optional string team = 1;
          optional int32 rank = 2;
          repeated Rules also = 3;
        }

        message M {
          optional int32 a = 1 [(rules).rank = 7];
          optional int32 b = 2 [
            default = 5,
            (rules) = {
              team: "t"
              also: {rank: 1}
              also: {
                also: {}
              }
            },
            (weight) = -inf
          ];
        }

        extend google.protobuf.FileOptions {
          optional Rules owner = 50000;
        }

        extend google.protobuf.FieldOptions {
          optional Rules rules = 50000;
          optional double weight = 50001;
        }
    """,
    "proto2": """
        syntax = "proto2";

        message Legacy {
          extensions 100 to max;

          optional float ratio = 1 [default = 0.1];

          optional group Part = 2 {
            required bytes raw = 3 [default = "\\000\\377\\""];
          }
        }

        extend Legacy {
          repeated int32 numbers = 100 [packed = true];
        }
    """,
    "edition 2024": """
        edition = "2024";

        package modern;

        import option "google/protobuf/go_features.proto";

        option features.(pb.go).api_level = API_OPAQUE;
        option features.default_symbol_visibility = LOCAL_ALL;

        export message Shown {
          reserved old_name;

          Hidden hidden = 1 [features.message_encoding = DELIMITED];
        }

        local message Hidden {
          int32 count = 1 [features.field_presence = IMPLICIT];
        }
    """,
}


@pytest.mark.parametrize("title", GOLDEN)
def test_text_as_a_careful_person_writes_it_stays_as_it_is(title: str, compile_texts: CompileTexts) -> None:
    text = dedent(GOLDEN[title]).lstrip("\n")
    contract = compile_texts({"golden.proto": text})
    printed = print_contract(contract)
    assert printed["golden.proto"] == text
    proof = prove_round_trip(contract, printed)
    assert proof.proved, "\n".join(proof.summary())
    assert not proof.refused


@pytest.mark.parametrize("title", GOLDEN)
def test_buf_format_leaves_the_text_as_it_is(title: str, tmp_path: Path) -> None:
    (tmp_path / "golden.proto").write_text(dedent(GOLDEN[title]).lstrip("\n"))
    command = [find_tool("buf"), "format", "--diff", "--exit-code", tmp_path]
    formatted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr


def test_a_header_stands_on_top(compile_texts: CompileTexts) -> None:
    contract = compile_texts({"a.proto": 'syntax = "proto3";\n'})
    options = PrintOptions(header="Printed by protoalign.\nDo not edit.")
    assert print_contract(contract, options)["a.proto"] == (
        '// Printed by protoalign.\n// Do not edit.\n\nsyntax = "proto3";\n'
    )


def test_imports_are_printed_on_request_without_what_every_compiler_has(compile_texts: CompileTexts) -> None:
    both = compile_texts(
        {
            "a.proto": 'syntax = "proto3";\nimport "b.proto";\nimport "google/protobuf/any.proto";\n',
            "b.proto": 'syntax = "proto3";\n',
        }
    )
    contract = build_contract(both.files[:1], both.provenance, available=both.files)
    assert sorted(print_contract(contract)) == ["a.proto"]
    assert sorted(print_contract(contract, imports=True)) == ["a.proto", "b.proto"]
