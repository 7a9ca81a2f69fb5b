"""Rules on services and RPCs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Difference, Node

__all__ = ["RULES"]


def _is_idempotency(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail == "idempotency_level"


def _is_http_binding(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail.startswith("(google.api.http)")


def _is_moved(difference: Difference, context: RuleContext) -> bool:
    if difference.subject is None or difference.reference is None:
        return False
    parent = context.subject.parent(difference.subject)
    counterpart = context.counterpart(parent, of_subject=True)
    return counterpart is None or counterpart.name != context.reference.parent(difference.reference).name


def _called_path(difference: Difference, _context: RuleContext) -> str:
    called, known = (_path(node) for node in (difference.subject, difference.reference))
    return f"Your client calls `{called}`; the server knows `{known}` and answers UNIMPLEMENTED."


def _path(node: Node | None) -> str:
    if node is None:
        return ""
    service, _, method = node.name.rpartition(".")
    return f"/{node.name}/…" if node.kind == "service" else f"/{service}/{method}"


def _streaming(difference: Difference, side: str) -> str:
    whose = "requests" if difference.aspect == "client streaming" else "responses"
    value = difference.subject_value if side == "subject" else difference.reference_value
    return f"a stream of {whose}" if value else f"a single {whose[:-1]}"


def _streaming_message(difference: Difference, _context: RuleContext) -> str:
    node = difference.node
    return (
        f"rpc `{node.simple_name}` has {_streaming(difference, 'subject')},"
        f" in the reference {_streaming(difference, 'reference')}"
    )


def _client_streaming_consequence(difference: Difference, _context: RuleContext) -> str:
    if difference.subject_value:
        return "Your client may send several requests; the server ends the call with an error at the second."
    return "Your client can send only one request of what is to be a stream, so a conversation cannot go on."


def _server_streaming_consequence(difference: Difference, _context: RuleContext) -> str:
    if difference.subject_value:
        return "Your client waits for a stream, where the server sends one response; generated methods differ in kind."
    return "Your client takes one response; at the second that the server sends, it ends the call with an error."


def _type_consequence(difference: Difference, _context: RuleContext) -> str:
    if difference.aspect == "input":
        writer, reader, where = "your client", "the server", "request"
    else:
        writer, reader, where = "the server", "your client", "response"
    written, read = difference.subject_value, difference.reference_value
    if difference.aspect == "output":
        written, read = read, written
    return (
        f"The {where} that {writer} sends as `{written}` is parsed by {reader} as `{read}`: fields are taken by their"
        " numbers, and what does not fit is lost or makes the call fail."
    )


RULES = (
    Rule(
        id="service-missing",
        impact="missing",
        severity="error",
        purpose="The reference has a service that the subject lacks.",
        kinds=("service",),
        aspects=("missing",),
        message="service `{name}` is missing",
        consequence="None of its RPCs can be called.",
        fix="Add the service as the reference has it.",
    ),
    Rule(
        id="service-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has a service that the reference lacks.",
        kinds=("service",),
        aspects=("extra",),
        message="the reference has no service `{name}`",
        consequence="Every call to it ends with UNIMPLEMENTED.",
        fix="Remove the service, or list it under `own` if you serve it yourself.",
    ),
    Rule(
        id="service-renamed",
        impact="rpc-path",
        severity="error",
        purpose="A service has another name.",
        kinds=("service",),
        aspects=("name",),
        message="the service is called `{subject_name}`, in the reference `{reference_name}`",
        consequence=_called_path,
        fix="Rename the service to `{reference_name}`.",
    ),
    Rule(
        id="rpc-missing",
        impact="missing",
        severity="error",
        purpose="A service of the reference has an RPC that the subject's lacks.",
        kinds=("rpc",),
        aspects=("missing",),
        message="rpc `{name}` is missing",
        consequence="It cannot be called.",
        fix="Add the RPC with its request and response types.",
    ),
    Rule(
        id="rpc-extra",
        impact="extra",
        severity="warning",
        purpose="A service has an RPC that the reference's lacks.",
        kinds=("rpc",),
        aspects=("extra",),
        message="the reference has no rpc `{name}`",
        consequence="Every call of it ends with UNIMPLEMENTED.",
        fix="Remove the RPC.",
    ),
    Rule(
        id="rpc-moved",
        impact="rpc-path",
        severity="error",
        purpose="An RPC belongs to another service.",
        kinds=("rpc",),
        aspects=("name",),
        applies=_is_moved,
        message="rpc `{name}` belongs to another service than in the reference",
        consequence=_called_path,
        fix="Move the RPC to the service that the reference has it in.",
    ),
    Rule(
        id="rpc-renamed",
        impact="rpc-path",
        severity="error",
        purpose="An RPC has another name.",
        kinds=("rpc",),
        aspects=("name",),
        message="the rpc is called `{subject_name}`, in the reference `{reference_name}`",
        consequence=_called_path,
        fix="Rename the RPC to `{reference_name}`.",
    ),
    Rule(
        id="rpc-request-type",
        impact="rpc-path",
        severity="error",
        purpose="An RPC has another request type.",
        kinds=("rpc",),
        aspects=("input",),
        message="rpc `{name}` takes {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Take {reference}.",
    ),
    Rule(
        id="rpc-response-type",
        impact="rpc-path",
        severity="error",
        purpose="An RPC has another response type.",
        kinds=("rpc",),
        aspects=("output",),
        message="rpc `{name}` returns {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Return {reference}.",
    ),
    Rule(
        id="rpc-client-streaming",
        impact="rpc-path",
        severity="error",
        purpose="An RPC's requests are a stream on one side only.",
        kinds=("rpc",),
        aspects=("client streaming",),
        message=_streaming_message,
        consequence=_client_streaming_consequence,
        fix="Declare the request as the reference does.",
    ),
    Rule(
        id="rpc-server-streaming",
        impact="rpc-path",
        severity="error",
        purpose="An RPC's responses are a stream on one side only.",
        kinds=("rpc",),
        aspects=("server streaming",),
        message=_streaming_message,
        consequence=_server_streaming_consequence,
        fix="Declare the response as the reference does.",
    ),
    Rule(
        id="rpc-idempotency",
        impact="source",
        severity="warning",
        purpose="An RPC is declared idempotent or free of side effects by one side only.",
        kinds=("rpc",),
        aspects=("option",),
        applies=_is_idempotency,
        message="the idempotency level of rpc `{name}` is {subject}, in the reference {reference}",
        consequence="Clients and proxies that go by it retry calls that must not be repeated, or do not retry those"
        " that may be; Connect sends calls without side effects as GET.",
        fix="Declare the idempotency level as the reference does.",
    ),
    Rule(
        id="rpc-http-binding",
        impact="json",
        severity="warning",
        purpose="An RPC's HTTP binding, `google.api.http`, differs.",
        kinds=("rpc",),
        aspects=("option",),
        applies=_is_http_binding,
        message="the HTTP binding of rpc `{name}` differs from the reference's",
        consequence="gRPC calls are as before; REST gateways and their clients use another path, verb or body.",
        fix="Copy the reference's `google.api.http` option.",
    ),
    Rule(
        id="rpc-body",
        impact="cosmetic",
        severity="info",
        purpose="An RPC ends with `{}` on one side and with `;` on the other.",
        kinds=("rpc",),
        aspects=("body",),
        message="rpc `{name}` ends with {subject}, in the reference with {reference}",
        consequence="Only descriptors tell the two apart; nothing that runs does.",
        fix="End it as the reference does.",
    ),
)
