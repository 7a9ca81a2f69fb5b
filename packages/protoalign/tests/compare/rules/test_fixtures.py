"""Each rule has two tiny trees that differ in what it is about, and exactly the findings that are listed with them.

`python packages/protoalign/tests/compare/rules/test_fixtures.py` writes the lists anew: read what it changes.
"""

from datetime import date
from pathlib import Path

import pytest

from protoalign.compare import compare
from protoalign.compare.rules import RULES
from protoalign.settings import Settings, read_settings
from protoalign.sources import load

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"
LIST = "findings.txt"


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


if __name__ == "__main__":
    for each in RULES:
        (FIXTURES / each.id / LIST).write_text(listed(findings_of(FIXTURES / each.id)), encoding="utf-8")
