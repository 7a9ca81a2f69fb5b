"""Each rule has two tiny trees that differ in what it is about, and exactly the findings that are listed with them.

The reference page of the rules is made of the table and of what the findings of the trees say.
`python packages/protoalign/tests/compare/rules/test_fixtures.py` writes lists and page anew: read what it changes.
"""

from datetime import date
from pathlib import Path

import pytest

from protoalign.compare import IMPACTS, compare
from protoalign.compare.rules import RULES
from protoalign.settings import Settings, read_settings
from protoalign.sources import load

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"
LIST = "findings.txt"
PAGE = Path(__file__).parents[5] / "docs" / "reference" / "rules.md"

INTRODUCTION = f"""\
# Rules

Each difference between two contracts is judged by one of {len(RULES)} rules, the most specific one that fits.
A rule has an impact, which says what breaks, and a severity, which `[severities]` in
[protoalign.toml](settings.md) can change or switch off. `--fail-on` and `fail_on` choose the lowest severity that makes
a comparison fail.

Below, each rule is followed by what a finding of it says of two small trees that differ in this. The page is written
from the table of rules and from those trees, which lie in `packages/protoalign/tests/fixtures/rules`.

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


def findings_of(folder):
    settings_file = folder / "protoalign.toml"
    settings = read_settings(settings_file) if settings_file.exists() else Settings()
    subject, reference = (load(f"proto:{folder / side}") for side in ("subject", "reference"))
    return compare(subject, reference, settings).findings


def listed(findings):
    return "".join(f"{finding.rule} {finding.element}\n" for finding in findings)


def test_each_rule_has_its_fixture_and_each_fixture_its_rule():
    assert {rule.id for rule in RULES} == {folder.name for folder in FIXTURES.iterdir()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_fixture(rule):
    findings = findings_of(FIXTURES / rule.id)
    assert listed(findings) == (FIXTURES / rule.id / LIST).read_text(encoding="utf-8")
    own = [finding for finding in findings if finding.rule == rule.id]
    assert own
    for finding in own:
        assert (finding.impact, finding.severity) == (rule.impact, rule.severity)
    for finding in findings:
        assert finding.message
        assert not finding.message.endswith(".")
        assert finding.consequence.endswith(".")
        assert finding.fix.endswith(".")
        for text in (finding.message, finding.consequence, finding.fix):
            assert "{" not in text.replace("`{}`", "")
            assert "``" not in text
            assert "  " not in text


def test_fixtures_are_up_to_date_for_ever():
    """The waiver's fixture has to stay expired, and no other fixture may depend on the day."""
    dated = [folder.name for folder in FIXTURES.iterdir() if "expires" in _settings_text(folder)]
    assert dated == ["waiver-expired"]
    settings = read_settings(FIXTURES / "waiver-expired" / "protoalign.toml")
    assert all(waiver.expires < date(2021, 1, 1) for waiver in settings.waivers)


def _settings_text(folder):
    path = folder / "protoalign.toml"
    return path.read_text(encoding="utf-8") if path.exists() else ""


# ---- the page -------------------------------------------------------------------------------------------------------


def page():
    parts = [INTRODUCTION]
    for impact in IMPACTS:
        parts.append(f"\n## {impact}\n")
        parts.extend(section(rule) for rule in RULES if rule.impact == impact)
    return "".join(parts)


def section(rule):
    example = next(finding for finding in findings_of(FIXTURES / rule.id) if finding.rule == rule.id)
    lines = (
        f"\n### {rule.id}\n",
        f"{rule.purpose} Severity: {rule.severity}.\n",
        f"> {example.element}: {example.message}.",
        f"> {example.consequence} *{example.fix}*\n",
    )
    return "\n".join(lines)


def test_the_page_is_what_the_table_and_the_fixtures_say():
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    for each in RULES:
        (FIXTURES / each.id / LIST).write_text(listed(findings_of(FIXTURES / each.id)), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
