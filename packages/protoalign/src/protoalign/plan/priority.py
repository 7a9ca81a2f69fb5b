"""How urgent a file's work is, from what its findings reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from protoalign.plan.model import PRIORITIES

if TYPE_CHECKING:
    from protoalign.compare import Finding, StructuralDiff
    from protoalign.settings import Priority

__all__ = ["called_paths", "priority_of", "rpc_path"]

MANY = 0.1
"""The part of the reference's RPCs from which on a file reaches many of them."""

BREAKING = frozenset({"rpc-path", "wire", "presence"})
MISREADING = frozenset({"wire", "presence"})
HARMLESS = frozenset({"json", "source", "cosmetic"})


def rpc_path(full_name: str) -> str:
    """The path under which an RPC is called."""
    service, _, name = full_name.rpartition(".")
    return f"/{service}/{name}"


def called_paths(diff: StructuralDiff) -> frozenset[str]:
    """The paths that the subject calls and the reference answers: the same RPC under the same full name."""
    return frozenset(
        rpc_path(name)
        for name, match in diff.matching.elements.items()
        if match.reference.kind == "rpc" and match.reference.name == name
    )


def priority_of(
    file: str,
    findings: Collection[Finding],
    *,
    rpcs: Collection[str],
    called: frozenset[str],
    needed_by: Collection[str],
    chosen: Mapping[str, Priority],
) -> tuple[Priority, str]:
    """A file's priority and the reason for it.

    One point each for: it reaches an RPC; it reaches at least a tenth of all RPCs; something about it breaks calls; a
    call that the subject makes today is misread without anybody noticing; two files or more need its types. Four
    points are critical, three high, two medium. What only concerns JSON, source code or looks gives no points.

    Args:
        file: the file's name.
        findings: its findings.
        rpcs: the paths of the reference's RPCs.
        called: see `called_paths`.
        needed_by: the files that need it.
        chosen: file to priority, from the settings.
    """
    if file in chosen:
        return chosen[file], "set in the settings"
    weighty = [finding for finding in findings if finding.impact not in HARMLESS]
    if not weighty:
        return "low", "nothing that a call would notice" if findings else "nothing to do"
    reached = {reach.path for finding in weighty for reach in finding.reaches}
    broken = {reach.path for finding in weighty if finding.impact in BREAKING for reach in finding.reaches}
    misread = called & {reach.path for finding in weighty if finding.impact in MISREADING for reach in finding.reaches}
    known = reached.intersection(rpcs)
    is_wide = bool(known) and len(known) >= MANY * len(rpcs)
    points = sum((bool(reached), is_wide, bool(broken), bool(misread), len(needed_by) >= 2))
    reasons = [f"reaches {len(known)} of {len(rpcs)} RPCs" if known else "reaches no RPC of the reference"]
    if misread:
        reasons.append(f"misreads {len(misread)} that {'are' if len(misread) > 1 else 'is'} called today")
    elif broken & known:
        reasons.append(f"breaks {len(broken & known)}")
    if needed_by:
        reasons.append(f"{len(needed_by)} {'files need' if len(needed_by) > 1 else 'file needs'} it")
    return PRIORITIES[max(0, len(PRIORITIES) - max(points, 1))], ", ".join(reasons)
