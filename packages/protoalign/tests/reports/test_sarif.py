import json
from dataclasses import replace

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from protoalign.compare.rules import RULES
from protoalign.reports.sarif import render, to_sarif


@pytest.fixture(params=["mixed", "hostile", "aligned", "incomplete"])
def log(request):
    return json.loads(render(request.getfixturevalue(request.param), base="sdk/proto"))


def test_it_is_sarif(log):
    """The model is generated from a schema of SARIF 2.1.0, and refuses unknown keys."""
    for result in log["runs"][0]["results"]:
        for suppression in result.get("suppressions", ()):
            # The model is that of a draft, in which this key had another name.
            assert suppression.pop("status") == "accepted"
    SarifLog.model_validate(log)


def test_the_model_refuses_what_is_not_sarif(mixed):
    log = to_sarif(mixed)
    log["runs"][0]["results"][0]["level"] = "info"
    with pytest.raises(ValueError, match="level"):
        SarifLog.model_validate(log)


def test_each_result_names_its_rule(mixed):
    run = to_sarif(mixed)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    purposes = {rule.id: rule.purpose for rule in RULES}
    assert rules[0]["shortDescription"]["text"] == purposes[rules[0]["id"]]


def test_a_result_points_at_the_subject_and_relates_to_the_reference(mixed):
    result = to_sarif(mixed, base="sdk/proto/")["runs"][0]["results"][0]
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "sdk/proto/acme/v1/shop.proto"},
        "region": {"startLine": 4, "startColumn": 3, "snippet": {"text": "string id = 2;"}},
    }
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"] == {"uri": "acme/shop_pb2.py", "uriBaseId": "REFERENCE"}
    assert result["properties"]["rpcs"] == ["/acme.v1.Shop/Get", "/acme.v1.Shop/List"]


def test_a_finding_without_a_place_points_at_the_folder(mixed):
    by_rule = {result["ruleId"]: result for result in to_sarif(mixed, base="sdk/proto")["runs"][0]["results"]}
    location = by_rule["order"]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "sdk/proto/"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "acme/v1/money.proto"
    assert "physicalLocation" not in to_sarif(mixed)["runs"][0]["results"][3]["locations"][0]


def test_the_fingerprint_is_the_findings(mixed):
    results = to_sarif(mixed)["runs"][0]["results"]
    assert results[0]["partialFingerprints"] == {"protoalign/v1": mixed.findings[0].fingerprint}


def test_a_waived_finding_is_suppressed_with_its_reason(mixed):
    results = to_sarif(mixed)["runs"][0]["results"]
    assert [result["ruleId"] for result in results if "suppressions" in result] == ["field-extra"]
    assert results[-1]["suppressions"][0]["justification"] == "ours on purpose (until 2031-01-31)"


def test_an_incomplete_run_is_no_success(incomplete, aligned):
    invocation = to_sarif(incomplete)["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "acme/v1/broken.proto" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert to_sarif(aligned)["runs"][0]["invocations"] == [{"executionSuccessful": True}]


def test_paths_become_uris(make_comparison, make_finding):
    finding = make_finding()
    place = replace(finding.subject, location="my protos/naïve#1.proto")
    log = to_sarif(make_comparison(replace(finding, subject=place)))
    uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20protos/na%C3%AFve%231.proto"
