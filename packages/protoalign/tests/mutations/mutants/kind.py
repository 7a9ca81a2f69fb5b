"""What a kind of mutation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from mutants.draft import Draft, NotApplicableError

from protoalign.compare import Impact
from protoalign.contract import Contract
from protoalign.errors import ProtoalignError

# A random choice may be one that protobuf's rules forbid, such as a name that is taken.
ATTEMPTS = 12


@dataclass(frozen=True)
class Kind:
    """One kind of mutation.

    Attributes:
        name: what it does, in words.
        change: does it to a draft; raises `NotApplicableError` where there is nothing to do it to.
        impacts: at least one finding has one of these.
        findings: how many findings there are that are not cosmetic, where that is the same for every mutant.
        adds: whether it only adds something, which a check for breaking changes need not report.
    """

    name: str
    change: Callable[[Draft, Random], None]
    impacts: frozenset[Impact]
    findings: int | None = None
    adds: bool = False

    def mutate(self, contract: Contract, random: Random) -> Contract | None:
        """A mutant of the contract that protobuf's rules allow; None where this kind is not applicable to it."""
        for _ in range(ATTEMPTS):
            before = random.getstate()
            draft = Draft(contract)
            try:
                self.change(draft, random)
                mutant = draft.contract()
            except NotApplicableError:
                if random.getstate() == before:
                    # Nothing was left to chance, so that another attempt would end here, too.
                    return None
                continue
            except ProtoalignError:
                continue
            if mutant.digest != contract.digest:
                return mutant
        return None


def kind(name: str, change: Callable[[Draft, Random], None], *impacts: Impact, **rest: object) -> Kind:
    return Kind(name, change, frozenset(impacts), **rest)
