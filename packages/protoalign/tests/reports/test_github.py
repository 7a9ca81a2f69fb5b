import re
from dataclasses import replace

from protoalign.reports.github import SHOWN_OF_A_KIND, render

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^,:]*,?)*)::(.*)")


def test_an_annotation_names_its_line(mixed):
    first = render(mixed, base="./sdk/proto").splitlines()[0]
    assert first == (
        "::error file=sdk/proto/acme/v1/shop.proto,line=4,col=3,title=wire%3A acme.v1.Order.id [field-number]::"
        "`id` has the number 2, the reference's has 1.%0AThe server reads your `id` as the length of `name`."
        "%0AFix: Give `id` the number 1.%0AReaches 2 RPCs, request: `/acme.v1.Shop/Get` and 1 more"
    )


def test_severities_become_kinds(mixed):
    kinds = [match.group(1) for line in render(mixed).splitlines() if (match := COMMAND.fullmatch(line))]
    assert kinds == ["error", "error", "warning", "notice"]


def test_a_finding_without_a_place_names_no_file(mixed):
    notice = next(line for line in render(mixed, base="proto").splitlines() if line.startswith("::notice"))
    assert "file=" not in notice


def test_the_last_line_is_the_verdict(mixed, aligned):
    assert render(mixed).splitlines()[-1].startswith("protoalign: not aligned: 4 findings")
    assert render(aligned) == "protoalign: aligned: no findings; 40 of 40 elements in 2 files aligned (100%)\n"


def test_what_github_would_drop_is_in_the_log(make_comparison, make_finding):
    findings = [make_finding(element=f"acme.v1.Order.f{number}") for number in range(SHOWN_OF_A_KIND + 5)]
    findings.append(make_finding(severity="warning", element="acme.v1.Order.last"))
    lines = render(make_comparison(*findings)).splitlines()
    assert sum(line.startswith("::error ") for line in lines) == SHOWN_OF_A_KIND
    assert sum(line.startswith("::warning ") for line in lines) == 1
    start = lines.index("::group::5 more, which GitHub does not show as annotations")
    assert lines[start + 6] == "::endgroup::"
    assert "acme.v1.Order.f10" in lines[start + 1]


def test_what_could_not_be_read_comes_first(incomplete):
    first = render(incomplete).splitlines()[0]
    assert first == "::error title=subject could not be read in full::acme/v1/broken.proto: does not compile: line 3"


def test_foreign_text_gives_no_commands(hostile):
    lines = render(hostile, base="proto").splitlines()
    allowed = re.compile(r"::(group|endgroup)::.*|protoalign: .*|error wire .*|subject could not be read in full: .*")
    for line in lines:
        assert COMMAND.fullmatch(line) or allowed.fullmatch(line), line
        assert "##[" not in line
    assert sum(line.startswith("::") for line in lines) == SHOWN_OF_A_KIND + 2


def test_separators_in_paths_are_escaped(make_comparison, make_finding):
    finding = make_finding()
    place = replace(finding.subject, location="a,b:c%d.proto")
    assert "file=a%2Cb%3Ac%25d.proto," in render(make_comparison(replace(finding, subject=place)))
