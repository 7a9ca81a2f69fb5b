"""Real packages: every file printed, compiled by protoc and buf, equal to the original."""

import pytest

from protoalign.contract import Counts
from protoalign.errors import PackageIndexError
from protoalign.printer import PrintOptions, print_contract
from protoalign.prove import prove_round_trip
from protoalign.sources import load

pytestmark = [pytest.mark.slow, pytest.mark.network]

XAI = "xai-sdk==1.4.0"

# Name and version, files, and how many of them buf has to find equal; the others it refuses to compile.
PACKAGES = {
    XAI: 14,
    "googleapis-common-protos==1.76.0": 0,
    "opentelemetry-proto==1.45.2": 0,
    "grpcio-reflection==1.85.1": 0,
    "etcd3==0.12.0": 0,
    "onnx==1.23.2": 0,
    "qdrant-client==1.20.0": 0,
    "flyteidl==1.16.8": 0,
}


def contract_of(requirement):
    try:
        return load(f"pypi:{requirement}")
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


@pytest.mark.parametrize("requirement", PACKAGES)
def test_round_trip(requirement):
    contract = contract_of(requirement)
    proof = prove_round_trip(contract, print_contract(contract, PrintOptions()))
    print(proof.summary())


def test_the_reference_holds_what_the_facts_say():
    counts = contract_of(XAI).counts
    assert counts == Counts(
        files=14, messages=108, enums=19, services=10, rpcs=40, fields=409, enum_values=79, extensions=0
    )
