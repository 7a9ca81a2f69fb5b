"""Real packages: every file printed, compiled by protoc and buf, equal to the original."""

import pytest

from protoalign.contract import Counts
from protoalign.errors import PackageIndexError
from protoalign.printer import print_contract
from protoalign.prove import prove_round_trip
from protoalign.sources import LoadOptions, load

pytestmark = [pytest.mark.slow, pytest.mark.network]

XAI = "xai-sdk==1.4.0"

# Where a package holds different copies of a file, those to take.
COPIES = {"mlflow-skinny==3.16.1": ("mlflow/protos/databricks_exception_with_details_pb2.py:52",)}

# Name and version of each package, and how many files it holds.
PACKAGES = {
    XAI: 14,
    "googleapis-common-protos==1.76.0": 63,
    "opentelemetry-proto==1.45.2": 10,
    "grpcio-reflection==1.85.1": 1,
    "etcd3==0.12.0": 3,  # an sdist, in the style of 2018
    "onnx==1.23.2": 3,
    "qdrant-client==1.20.0": 9,
    "flyteidl==1.16.8": 63,
    "s2clientprotocol==5.0.17.98310.0": 10,  # proto2
    "steam==1.4.4": 64,  # proto2 in an older style, with custom options of its own
    "mlflow-skinny==3.16.1": 27,  # two branches for two runtimes in each module
    "yandexcloud==0.413.0": 1076,
    "protobuf==7.36.2": 14,  # owns the files that every compiler brings
}


def contract_of(requirement, **options):
    try:
        return load(f"pypi:{requirement}", LoadOptions(**options))
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


@pytest.mark.parametrize("requirement", PACKAGES)
def test_round_trip(requirement):
    contract = contract_of(requirement, copies=COPIES.get(requirement, ()))
    assert contract.counts.files == PACKAGES[requirement]
    proof = prove_round_trip(contract, print_contract(contract))
    for compiler in ("protoc", "buf"):
        verdicts = proof.of(compiler)
        assert len(verdicts) == PACKAGES[requirement]
        assert [str(verdict) for verdict in verdicts.values() if verdict.status != "equal"] == []


def test_the_reference_holds_what_the_facts_say():
    contract = contract_of(XAI)
    assert contract.counts == Counts(
        files=14, messages=108, enums=19, services=10, rpcs=40, fields=409, enum_values=79, extensions=0
    )
    # The package ships two copies of each file and keeps 9 service and 39 RPC comments in its gRPC modules.
    assert {len(places) for places in contract.provenance.copies.values()} == {2}
    assert sorted(len(comment.path) for comment in contract.comments) == [2] * 9 + [4] * 39


def test_wheel_and_sdist_of_a_release_hold_one_contract():
    assert contract_of(f"{XAI}#sdist").digest == contract_of(f"{XAI}#wheel").digest


def test_what_a_package_lacks_is_named_and_can_be_left_out():
    """temporalio ships modules whose imports it does not ship."""
    from protoalign.errors import UnresolvedImportsError

    with pytest.raises(UnresolvedImportsError) as caught:
        contract_of("temporalio==1.35.0")
    assert "temporal/api/cluster/v1/message.proto" in caught.value.missing["temporal/api/enums/v1/cluster.proto"]
    contract = contract_of("temporalio==1.35.0", partial=True)
    assert set(contract.provenance.left_out) >= {"temporal/api/cluster/v1/message.proto"}
    assert prove_round_trip(contract, print_contract(contract)).proved
