"""The reference's RPCs held against those that generated code makes or serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, Rpc, Stage, StageStatus

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["ReferenceRpcs", "RpcResult", "judge_rpcs", "reference_rpcs", "streaming_text"]

STREAMING = {
    (False, False): "unary",
    (True, False): "client streaming",
    (False, True): "server streaming",
    (True, True): "bidirectional streaming",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRpcs:
    """The services of a contract.

    Attributes:
        services: full name of each service to its RPCs, in declaration order.
    """

    services: Mapping[str, tuple[Rpc, ...]]

    @property
    def all(self) -> tuple[Rpc, ...]:
        """The RPCs of all services."""
        return tuple(rpc for rpcs in self.services.values() for rpc in rpcs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcResult:
    """What one place in one runtime's code proves.

    Attributes:
        stage: the stage.
        services: full names of the services whose RPCs are all there, as the reference has them, and no others.
        rpcs: the paths of the RPCs that are as the reference has them.
    """

    stage: Stage
    services: frozenset[str]
    rpcs: frozenset[str]


def reference_rpcs(contract: Contract) -> ReferenceRpcs:
    """The RPCs of a contract's own files."""
    services: dict[str, tuple[Rpc, ...]] = {}
    for file in contract.files:
        package = file.descriptor.package
        for service in file.descriptor.service:
            name = f"{package}.{service.name}" if package else service.name
            services[name] = tuple(
                Rpc(
                    path=f"/{name}/{method.name}",
                    input=method.input_type.removeprefix("."),
                    output=method.output_type.removeprefix("."),
                    client_streaming=method.client_streaming,
                    server_streaming=method.server_streaming,
                )
                for method in service.method
            )
    return ReferenceRpcs(services=services)


def streaming_text(rpc: Rpc) -> str:
    """The streaming kind in words."""
    return STREAMING[rpc.client_streaming, rpc.server_streaming]


def judge_rpcs(
    name: str,
    reference: ReferenceRpcs,
    found: Iterable[Rpc] | None,
    *,
    errors: Iterable[str] = (),
    seconds: float = 0.0,
) -> RpcResult:
    """Hold the RPCs of one place against the reference's.

    Args:
        name: the stage's name.
        reference: the reference's RPCs.
        found: those of the place; None where the runtime reports nothing of it.
        errors: what went wrong while the place was looked at.
        seconds: how long it took.
    """
    findings = FewFindings()
    for error in errors:
        findings.add(error)
    listed = sorted(set(found or ()))
    if found is None and reference.services:
        findings.add("the runtime reports no RPCs of this place")
    by_path: dict[str, list[Rpc]] = {}
    for rpc in listed:
        by_path.setdefault(rpc.path, []).append(rpc)
    wanted = {rpc.path: rpc for rpc in reference.all}
    extra = [rpc for rpc in listed if rpc.path not in wanted]
    proved: set[str] = set()
    for path, rpc in wanted.items():
        there = by_path.get(path, [])
        wrong = list(_wrong(rpc, there)) if there else [_missing(rpc, extra)]
        for line in wrong:
            findings.add(line)
        if not wrong:
            proved.add(path)
    for rpc in extra:
        findings.add(f"{rpc.path} is not in the reference")
    services = frozenset(
        service
        for service, rpcs in reference.services.items()
        if all(rpc.path in proved for rpc in rpcs) and not any(_service(rpc.path) == service for rpc in extra)
    )
    if found is None:
        services = frozenset()
    figures = (
        Figure(name="services", proved=len(services), total=len(reference.services)),
        Figure(name="rpcs", proved=len(proved), total=len(wanted)),
    )
    status = StageStatus.FAILED if findings else StageStatus.PASSED
    stage = Stage(name=name, status=status, figures=figures, findings=findings.lines(), seconds=seconds)
    return RpcResult(stage=stage, services=services, rpcs=frozenset(proved))


def _wrong(wanted: Rpc, there: Iterable[Rpc]) -> Iterator[str]:
    for rpc in there:
        if rpc.input != wanted.input:
            yield f"{wanted.path}: the request is {rpc.input or 'unknown'}, not {wanted.input}"
        if rpc.output != wanted.output:
            yield f"{wanted.path}: the response is {rpc.output or 'unknown'}, not {wanted.output}"
        if streaming_text(rpc) != streaming_text(wanted):
            yield f"{wanted.path}: it is {streaming_text(rpc)}, not {streaming_text(wanted)}"


def _missing(wanted: Rpc, extra: Iterable[Rpc]) -> str:
    """That an RPC is missing; with the path that it seems to have instead, where one of the others fits."""
    method, service = _method(wanted.path), _service(wanted.path).rpartition(".")[2]
    namesakes = [rpc for rpc in extra if _method(rpc.path) == method]
    here = [rpc for rpc in namesakes if _service(rpc.path).rpartition(".")[2] == service]
    renamed = [
        rpc
        for rpc in extra
        if _service(rpc.path) == _service(wanted.path) and (rpc.input, rpc.output) == (wanted.input, wanted.output)
    ]
    for likely in (here, renamed, namesakes):
        if len(likely) == 1:
            return f"{wanted.path} is missing; {likely[0].path} seems to stand for it"
    return f"{wanted.path} is missing"


def _service(path: str) -> str:
    return path.lstrip("/").rpartition("/")[0]


def _method(path: str) -> str:
    return path.rpartition("/")[2]
