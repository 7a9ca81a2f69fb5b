from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from protoalign.reports.junit import NOT_IN_XML, render


def cases(comparison, **options):
    root = ET.fromstring(render(comparison, **options).encode())
    return root, {case.get("name"): case for case in root.iter("testcase")}


def test_a_finding_is_a_failed_case_of_its_files_suite(mixed):
    root, found = cases(mixed, fail_on="warning")
    assert [suite.get("name") for suite in root] == ["acme/v1/money.proto", "acme/v1/shop.proto"]
    failure = found["acme.v1.Order.id: field-number"].find("failure")
    assert failure.get("message") == mixed.findings[0].message
    assert "/acme.v1.Shop/Get (request)" in failure.text
    assert "subject: acme/v1/shop.proto:4:3 string id = 2;" in failure.text


def test_numbers_add_up(mixed):
    root, found = cases(mixed)
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "3",
        "errors": "0",
        "skipped": "2",
    }
    assert len(found) == 6


def test_a_file_without_failures_has_a_passed_case(aligned, mixed):
    _, found = cases(aligned)
    assert all(len(case) == 0 for case in found.values())
    root, found = cases(aligned)
    assert root.get("tests") == "2"
    assert root.get("failures") == "0"
    _, found = cases(mixed)
    assert found["aligned"].get("classname") == "acme/v1/money.proto"


def test_what_does_not_fail_is_skipped_with_the_reason(mixed):
    _, found = cases(mixed, fail_on="error")
    assert "below the level" in found["acme.v1.Shop.List: rpc-missing"].find("skipped").get("message")
    waived = found["acme.v1.Order.ours: field-extra"].find("skipped")
    assert waived.get("message") == "waived: ours on purpose (until 2031-01-31)"


def test_what_could_not_be_read_is_an_error(incomplete):
    root, found = cases(incomplete)
    assert root.get("errors") == "1"
    assert found["acme/v1/broken.proto"].find("error").text == "does not compile: line 3"


def test_hostile_text_stays_text(hostile):
    root, _ = cases(hostile)
    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "error",
    }


@given(st.text(st.characters()))
def test_what_xml_cannot_hold_is_found(text):
    kept = NOT_IN_XML.sub("", text)
    element = ET.fromstring(ET.tostring(_element(kept)))
    assert element.text == kept.replace("\r\n", "\n").replace("\r", "\n") or (element.text is None and not kept)


def _element(text):
    element = ET.Element("a")
    element.text = text
    return element
