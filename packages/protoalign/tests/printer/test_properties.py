"""Random files: whatever a descriptor pool accepts, printed and compiled by protoc, is what it was."""

from __future__ import annotations

from collections.abc import Callable
from importlib import util
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.contract.floats import as_float32
from protoalign.contract.pools import pool_of
from protoalign.errors import DescriptorError
from protoalign.printer import print_contract
from protoalign.prove import prove_round_trip

FILES_IN_A_RUN = 40


def load_writer() -> ModuleType:
    spec = util.spec_from_file_location("generated", Path(__file__).with_name("generated.py"))
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generated = load_writer()
SUPPRESSED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def filler(nasty: Contract, random: Random) -> Callable[[Message], None]:
    """Fills options messages with a random tree of the corpus's recursive custom option."""
    (group,) = nasty.groups
    pool = pool_of(nasty.by_name[name] for name in group)
    tree_class = GetMessageClass(pool.FindMessageTypeByName("nasty.options.Tree"))

    def grow(tree: Message, depth: int) -> None:
        for field in tree.DESCRIPTOR.fields:
            if field.name in ("any", "set", "by_name", "levels", "flags") or random.randrange(7):
                continue
            if field.message_type is None:
                value = VALUES[field.type](random)
                if field.is_repeated:
                    getattr(tree, field.name).extend([value, value][: random.randint(1, 2)])
                else:
                    setattr(tree, field.name, value)
            elif depth < 3:
                inner = getattr(tree, field.name)
                inner = inner.add() if field.is_repeated else inner
                inner.SetInParent()
                grow(inner, depth + 1)

    def fill(options: Message) -> None:
        tree = tree_class()
        grow(tree, 0)
        raw = tree.SerializeToString(deterministic=True)
        # The field with number 50000 is a tree in the options of every kind of element; as bytes it needs no class.
        options.MergeFromString(b"\x82\xb5\x18" + _varint(len(raw)) + raw)

    return fill


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))


DOUBLES = (0.0, -0.0, 0.1, 1.0, -1e22, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 1 / 3)
FLOATS = (
    0.0,
    -0.0,
    0.5,
    1.0,
    16777216.0,
    float("inf"),
    float("-inf"),
    float("nan"),
    as_float32(0.1),
    as_float32(1e-45),
)
VALUES: dict[int, Callable[[Random], object]] = {
    1: lambda random: random.choice(DOUBLES),
    2: lambda random: random.choice(FLOATS),
    3: lambda random: random.choice((0, 1, -1, -(1 << 63), (1 << 63) - 1)),
    4: lambda random: random.choice((0, 1, (1 << 64) - 1)),
    5: lambda random: random.choice((0, 1, -1, -(1 << 31), (1 << 31) - 1)),
    6: lambda random: random.choice((0, 1, (1 << 64) - 1)),
    8: lambda random: random.random() < 0.5,
    9: generated.random_text,
    12: lambda random: random.randbytes(random.randint(0, 6)),
    14: lambda random: random.choice((0, 1, 2, 3, -5)),
    17: lambda random: random.choice((0, 1, -1, -(1 << 31), (1 << 31) - 1)),
}


def batch(seed: int, nasty: Contract) -> list[FileDescriptorProto]:
    random = Random(seed)
    fill = filler(nasty, random)
    return [generated.Writer(random, index, random.choice((fill, None))).write() for index in range(FILES_IN_A_RUN)]


def round_trip(files: list[FileDescriptorProto], nasty: Contract) -> None:
    available = [ContractFile.of(file.descriptor) for file in nasty.files]
    kept: list[ContractFile] = []
    for file in files:
        candidate = ContractFile.of(file)
        contract = build_contract([candidate], Provenance("generated", "image"), available=available)
        try:
            pool_of(contract.by_name[name] for name in contract.import_order)
        except DescriptorError:
            continue
        kept.append(candidate)
    if not kept:
        return
    contract = build_contract(kept, Provenance("generated", "image"), available=available)
    texts = print_contract(contract)
    proof = prove_round_trip(contract, texts, compilers=("protoc",))
    beyond = [verdict for verdict in proof.refused if not _is_a_rule_of_protoc_alone(verdict.diagnostics)]
    assert not proof.different, "\n".join(f"{v}\n{texts[v.file]}" for v in proof.different)
    assert not beyond, "\n".join(f"{v}\n{texts[v.file]}" for v in beyond)
    again = build_contract(kept, Provenance("generated", "image"), available=available)
    assert print_contract(again) == texts


def _is_a_rule_of_protoc_alone(diagnostics: tuple[str, ...]) -> bool:
    """Whether protoc forbids what the runtime's pool lets pass: the generator's mistake, not the printer's."""
    rules = ("conflicts with", "default JSON name", "custom JSON name", "JSON name", "already defined", "reserved")
    return all(any(rule in line for rule in rules) for line in diagnostics)


@pytest.fixture(scope="session")
def corpus(nasty: Contract) -> Callable[[], Contract]:
    # Behind a function, because Hypothesis shows arguments in full.
    return lambda: nasty


# Hypothesis chooses seeds rather than every name and number: drawn one by one, a run would take minutes.
SEEDS = st.integers(0, (1 << 32) - 1)


@settings(max_examples=10, deadline=None, suppress_health_check=SUPPRESSED)
@given(seed=SEEDS)
def test_random_files_come_back_equal(seed: int, corpus: Callable[[], Contract]) -> None:
    round_trip(batch(seed, corpus()), corpus())


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=SUPPRESSED)
@given(seed=SEEDS)
def test_many_random_files_come_back_equal(seed: int, corpus: Callable[[], Contract]) -> None:
    round_trip(batch(seed, corpus()), corpus())
