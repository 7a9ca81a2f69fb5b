"""Proof that printed text means what the contract says, by compilers that we did not write."""

from protoalign.prove.differences import Difference
from protoalign.prove.round_trip import FileVerdict, RoundTrip, prove_round_trip

__all__ = ["Difference", "FileVerdict", "RoundTrip", "prove_round_trip"]
