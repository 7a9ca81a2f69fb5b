"""Plans of small contracts that protoc makes of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from protoalign.compare import Comparison, StructuralDiff, judge, structural_diff
from protoalign.contract import Contract
from protoalign.plan import Plan, build_plan
from protoalign.settings import PlanSettings, Settings

# `money` is what all others need; `shop` is there and wrong, `basket` is missing, `audit` is the subject's own.
REFERENCE = {
    "money.proto": """\
syntax = "proto3";
package shop;
message Money { int64 units = 1; string currency = 2; }
""",
    "shop.proto": """\
syntax = "proto3";
package shop;
import "money.proto";
message Order { string id = 1; optional int32 count = 2; Money price = 3; }
message GetOrder { string id = 1; }
service Shop {
  rpc Get(GetOrder) returns (Order);
  rpc Watch(GetOrder) returns (stream Order);
}
""",
    "basket.proto": """\
syntax = "proto3";
package shop;
import "money.proto";
message Basket { repeated Money prices = 1; }
enum State { STATE_UNSPECIFIED = 0; STATE_FULL = 1; }
service Baskets { rpc Fill(Basket) returns (Basket); }
""",
}
SUBJECT = {
    "money.proto": """\
syntax = "proto3";
package shop;
message Money { int64 units = 2; string currency = 1; }
""",
    "shop.proto": """\
syntax = "proto3";
package shop;
import "money.proto";
message Order { string id = 1; int32 count = 2; Money price = 3; string note = 4; }
message GetOrder { string id = 1; }
service Shop {
  rpc Get(GetOrder) returns (Order);
}
""",
    "audit.proto": """\
syntax = "proto3";
package shop;
message Entry { string text = 1; }
service Audit { rpc Log(Entry) returns (Entry); }
""",
}

Compile = Callable[[Mapping[str, str]], Contract]


@pytest.fixture(scope="session")
def compared(compile_contract: Compile) -> Callable[..., tuple[StructuralDiff, Comparison]]:
    """Two sets of texts, compared."""

    def compare_(
        subject: Mapping[str, str] = SUBJECT, reference: Mapping[str, str] = REFERENCE, settings: Settings | None = None
    ) -> tuple[StructuralDiff, Comparison]:
        diff = structural_diff(compile_contract(subject), compile_contract(reference), (settings or Settings()).mapping)
        return diff, judge(diff, settings or Settings())

    return compare_


@pytest.fixture(scope="session")
def plan_of(compared: Callable[..., tuple[StructuralDiff, Comparison]]) -> Callable[..., Plan]:
    """The plan for two sets of texts; `settings` takes what `PlanSettings` takes."""

    def plan(
        subject: Mapping[str, str] = SUBJECT,
        reference: Mapping[str, str] = REFERENCE,
        *,
        settings: Mapping[str, object] | None = None,
        all_settings: Settings | None = None,
        **options: object,
    ) -> Plan:
        chosen = all_settings or Settings(plan=PlanSettings(**(settings or {})))  # type: ignore[arg-type]
        diff, comparison = compared(subject, reference, chosen)
        return build_plan(diff, comparison, chosen, **options)  # type: ignore[arg-type]

    return plan


@pytest.fixture
def subject() -> dict[str, str]:
    return dict(SUBJECT)


@pytest.fixture
def reference() -> dict[str, str]:
    return dict(REFERENCE)
