"""The reference page of the rules is what the table says.

`python packages/protoalign/tests/compare/rules/test_page.py` writes the page.
"""

from pathlib import Path

from protoalign.compare.model import IMPACTS
from protoalign.compare.rules import RULES

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "rules.md"

INTRODUCTION = f"""\
# Rules

Each difference between two contracts is judged by one of {len(RULES)} rules, the most specific one that fits.
A rule has an impact, which says what breaks, and a severity, which `[severities]` in
[protoalign.toml](settings.md) can change or switch off. `--fail-on` and `fail_on` choose the lowest severity that makes
a comparison fail.

This page is written from the table of rules; a test holds the two against each other.

| impact | what breaks |
| --- | --- |
| `rpc-path` | a call goes to another path, has another streaming kind, or carries another message |
| `wire` | bytes are read as something else, skipped, or refused |
| `presence` | an unset field and its zero value cannot be told apart on one side |
| `missing` | the reference has it, the subject has not |
| `extra` | the subject has it, the reference has not; also entries of the settings that name nothing |
| `json` | JSON and text format differ, binary data does not |
| `source` | generated code, type names in Any, or what tools make of an option differ, encoded fields do not |
| `cosmetic` | nothing that runs can tell |

A finding says for each way that bytes go what happens: in requests your client writes and the server reads, in
responses it is the other way round. It names the RPCs through which the element goes that way. An element that no RPC
reaches is told as data that is written and read.

Some decisions:

- Integers of one encoding, such as `int32` and `int64`, have impact `wire` though most values arrive: the finding says
  which do not.
- Packed and expanded lists are read by every complete parser. The bytes differ, so the impact is `wire`, with severity
  `warning`.
- An enum that is open on one side and closed on the other has impact `wire`: a number that the enum does not name is
  kept here and put aside there.
- A missing reservation breaks nothing today, so its severity is `warning`.
- A renamed field is one finding, which tells both names in JSON.
- `own` never hides what collides on the wire: a field of yours on a number of the reference's stays a finding.
"""


def page():
    sections = [INTRODUCTION]
    for impact in IMPACTS:
        rows = [f"| `{rule.id}` | {rule.severity} | {rule.purpose} |" for rule in RULES if rule.impact == impact]
        sections.append(
            "\n".join((f"## {impact}", "", "| rule | severity | about |", "| --- | --- | --- |", *rows)) + "\n"
        )
    return "\n".join(sections)


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
