"""The round trip: equal, different and refused, each for the right file."""

from __future__ import annotations

import json

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.contract import Contract, ContractFile, Provenance, build_contract, well_known_files
from protoalign.errors import CompileError, PrintError
from protoalign.printer import print_contract
from protoalign.prove import FileVerdict, RoundTrip, prove_round_trip
from protoalign.prove.compilation import compile_what_compiles
from protoalign.sources.compilers import tool_version

TREE = {
    "base.proto": 'syntax = "proto3";\npackage p;\nmessage Base { int32 a = 1; }\n',
    "user.proto": 'syntax = "proto3";\npackage p;\nimport "base.proto";\nmessage User { Base base = 1; }\n',
    "other.proto": 'syntax = "proto3";\npackage q;\nmessage Other { string b_c = 1; }\n',
}
IMPORTS = {"base.proto": (), "user.proto": ("base.proto",), "other.proto": ()}


def contract_of(tree: dict[str, str], *, own: tuple[str, ...] = ()) -> Contract:
    imports = {name: IMPORTS.get(name, ()) for name in tree}
    compiled = compile_what_compiles("protoc", tree, imports).compiled
    files = [ContractFile.parse(serialized) for serialized in compiled.values()]
    mine = [file for file in files if not own or file.name in own]
    return build_contract(mine, Provenance("tree", "tree"), available=files)


@pytest.fixture
def contract() -> Contract:
    return contract_of(TREE)


def statuses(proof: RoundTrip, compiler: str) -> dict[str, str]:
    return {name: verdict.status for name, verdict in proof.of(compiler).items()}


def test_printed_text_is_equal_by_both_compilers(contract: Contract) -> None:
    proof = prove_round_trip(contract, print_contract(contract))
    assert proof.proved
    assert len(proof.equal) == 6
    assert not proof.different
    assert not proof.refused
    proof.raise_unless_proved()
    assert list(proof.summary()) == [
        f"proved by {compiler} {tool_version(compiler)}: 3 of 3 files compile to the same descriptor"
        for compiler in ("protoc", "buf")
    ]
    assert json.loads(json.dumps(proof.as_json()))["proved"] is True


@pytest.mark.parametrize("compiler", ["protoc", "buf"])
def test_a_difference_is_found_and_named(contract: Contract, compiler: str) -> None:
    texts = print_contract(contract)
    texts["other.proto"] = texts["other.proto"].replace("string b_c = 1;", 'int32 b_c = 1 [json_name = "x"];')
    proof = prove_round_trip(contract, texts, compilers=(compiler,))
    assert statuses(proof, compiler) == {"base.proto": "equal", "other.proto": "different", "user.proto": "equal"}
    (verdict,) = proof.different
    assert [str(difference) for difference in verdict.differences] == [
        "message_type Other / field b_c / type: TYPE_STRING in the contract, TYPE_INT32 after compiling",
        "message_type Other / field b_c / json_name: absent in the contract, 'x' after compiling",
    ]
    assert not proof.proved
    with pytest.raises(PrintError, match=r"other\.proto: different by"):
        proof.raise_unless_proved()


@pytest.mark.parametrize("compiler", ["protoc", "buf"])
def test_a_refused_file_takes_along_only_what_imports_it(contract: Contract, compiler: str) -> None:
    texts = print_contract(contract)
    texts["base.proto"] = texts["base.proto"].replace("int32 a = 1;", "int32 a = ;")
    proof = prove_round_trip(contract, texts, compilers=(compiler,))
    assert statuses(proof, compiler) == {"base.proto": "refused", "other.proto": "equal", "user.proto": "refused"}
    verdicts = proof.of(compiler)
    assert verdicts["base.proto"].diagnostics[0].startswith("base.proto:6:")
    assert "base.proto" in verdicts["user.proto"].diagnostics[0]
    assert not proof.proved
    with pytest.raises(CompileError, match=r"base\.proto:6:"):
        proof.raise_unless_proved()


def test_a_missing_text_is_refused_not_forgotten(contract: Contract) -> None:
    texts = print_contract(contract)
    del texts["other.proto"]
    proof = prove_round_trip(contract, texts)
    assert statuses(proof, "protoc")["other.proto"] == "refused"
    assert statuses(proof, "buf")["other.proto"] == "refused"
    assert not proof.proved


def test_nothing_is_no_proof() -> None:
    assert not RoundTrip(()).proved
    with pytest.raises(CompileError, match="no file to prove"):
        RoundTrip(()).raise_unless_proved()


def test_a_refusal_by_one_compiler_leaves_the_other_ones_proof() -> None:
    equal = FileVerdict("a.proto", "protoc", "equal")
    refused = FileVerdict("a.proto", "buf", "refused", diagnostics=("a.proto:1:1:message sets",))
    assert RoundTrip((equal, refused)).proved
    assert "a.proto: refused by buf: a.proto:1:1:message sets" in RoundTrip((equal, refused)).summary()
    assert not RoundTrip((FileVerdict("a.proto", "protoc", "different"), equal)).proved


def test_imports_of_others_are_printed_for_the_compilers() -> None:
    contract = contract_of(TREE, own=("user.proto",))
    proof = prove_round_trip(contract, print_contract(contract))
    assert proof.proved
    assert set(proof.of("buf")) == {"user.proto"}


def test_well_known_files_that_the_contract_owns_are_compiled_from_its_text() -> None:
    contract = build_contract(well_known_files(), Provenance("runtime", "wheel"))
    texts = print_contract(contract)
    assert prove_round_trip(contract, texts).proved
    texts["google/protobuf/empty.proto"] = texts["google/protobuf/empty.proto"].replace(
        "message Empty {}", "message Empty {\n  int32 a = 1;\n}"
    )
    proof = prove_round_trip(contract, texts)
    assert {verdict.file for verdict in proof.different} == {"google/protobuf/empty.proto"}
    assert len(proof.different) == 2


def test_files_that_clash_are_proved_apart() -> None:
    copies = []
    for name in ("v1/a.proto", "v2/a.proto"):
        file = FileDescriptorProto(name=name, package="same", syntax="proto3")
        file.message_type.add(name="M")
        copies.append(ContractFile.of(file))
    contract = build_contract(copies, Provenance("two", "wheel"))
    assert len(contract.groups) == 2
    proof = prove_round_trip(contract, print_contract(contract))
    assert proof.proved
    assert len(proof.equal) == 4


def test_buf_reads_only_files_that_are_named_proto() -> None:
    file = FileDescriptorProto(name="a.protodevel", syntax="proto3")
    user = FileDescriptorProto(name="b.proto", syntax="proto3", dependency=["a.protodevel"])
    plain = FileDescriptorProto(name="buf.yaml", syntax="proto3")
    contract = build_contract(map(ContractFile.of, (file, user, plain)), Provenance("odd", "image"))
    proof = prove_round_trip(contract, print_contract(contract))
    assert set(statuses(proof, "protoc").values()) == {"equal"}
    assert set(statuses(proof, "buf").values()) == {"refused"}
    assert "named" not in proof.of("buf")["b.proto"].diagnostics[0]
    assert proof.proved


@pytest.mark.parametrize("name", ["--plugin=x.proto", "@file.proto", " blank.proto", "ab:c.proto", "a;b.proto"])
def test_a_file_name_is_never_a_flag_of_a_compiler(name: str) -> None:
    contract = build_contract(
        [ContractFile.of(FileDescriptorProto(name=name, syntax="proto3"))], Provenance("odd", "image")
    )
    proof = prove_round_trip(contract, print_contract(contract))
    assert len(proof.equal) == 2, list(proof.summary())


def test_names_that_no_folder_can_hold_together_are_refused() -> None:
    tree = {
        "a.proto": 'syntax = "proto3";\n',
        "a.proto/b.proto": 'syntax = "proto3";\n',
        "c.proto": 'syntax = "proto3";\n',
    }
    compilation = compile_what_compiles("protoc", tree, {})
    assert "c.proto" in compilation.compiled
    assert any("cannot be written" in line for lines in compilation.refused.values() for line in lines)


def test_an_unknown_compiler_is_an_error(contract: Contract) -> None:
    with pytest.raises(ValueError, match="no compiler named cc"):
        prove_round_trip(contract, print_contract(contract), compilers=("cc",))


@pytest.mark.parametrize("compiler", ["protoc", "buf"])
def test_what_compilers_write_differently_counts_as_equal(compiler: str) -> None:
    text = (
        'syntax = "proto2";\npackage p;\n'
        "message M {\n  optional float f = 1 [default = 3.4028235e38];\n  optional float g = 2 [default = 0.1];\n"
        "  optional double d = 3 [default = 1e-5];\n  extensions 100 to 200;\n"
        "  extend M {\n    optional int32 in_message = 100;\n  }\n}\n"
        "extend M {\n  optional int32 at_top = 101;\n}\n"
    )
    contract = contract_of({"a.proto": text})
    proof = prove_round_trip(contract, {"a.proto": text}, compilers=(compiler,))
    assert proof.proved, list(proof.summary())


def test_descriptors_from_buf_and_protoc_have_one_digest() -> None:
    digests = set()
    for compiler in ("protoc", "buf"):
        compiled = compile_what_compiles(compiler, TREE, IMPORTS).compiled
        files = [ContractFile.parse(serialized) for serialized in compiled.values()]
        digests.add(build_contract(files, Provenance(compiler, "tree")).digest)
    assert len(digests) == 1
