"""File options of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from protoalign.contract import Contract
from protoalign.errors import PrintError
from protoalign.printer import PrintOptions, contract_with_file_options, print_contract
from protoalign.prove import prove_round_trip

CompileTexts = Callable[[Mapping[str, str]], Contract]


@pytest.fixture
def contract(compile_texts: CompileTexts) -> Contract:
    return compile_texts({"dir/a.proto": 'syntax = "proto3";\npackage p.q;\noption go_package = "old";\n'})


def test_options_are_added_and_replaced_and_provable(contract: Contract) -> None:
    options: dict[str, str | bool] = {
        "go_package": "example.com/{dir}/{stem};{package}",
        "java_multiple_files": "true",
        "cc_enable_arenas": False,
        "optimize_for": "CODE_SIZE",
    }
    texts = print_contract(contract, PrintOptions(file_options=options))
    assert 'option go_package = "example.com/dir/a;p.q";' in texts["dir/a.proto"]
    assert "option java_multiple_files = true;" in texts["dir/a.proto"]
    assert "option cc_enable_arenas = false;" in texts["dir/a.proto"]
    assert "option optimize_for = CODE_SIZE;" in texts["dir/a.proto"]
    changed = contract_with_file_options(contract, options)
    assert print_contract(changed) == texts
    assert prove_round_trip(changed, texts, compilers=("protoc",)).proved
    assert not prove_round_trip(contract, texts, compilers=("protoc",)).proved


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("go_pakage", "x", "Did you mean go_package"),
        ("features", "x", "is no file option that takes a single value"),
        ("uninterpreted_option", "x", "is no file option that takes a single value"),
        ("java_multiple_files", "yes", "takes true or false"),
        ("go_package", True, "takes a string"),
        ("optimize_for", "FAST", "takes one of SPEED, CODE_SIZE, LITE_RUNTIME"),
    ],
)
def test_a_wrong_option_is_refused_with_the_nearest_name(name: str, value: str | bool, message: str) -> None:
    with pytest.raises(PrintError, match=message):
        PrintOptions(file_options={name: value})
