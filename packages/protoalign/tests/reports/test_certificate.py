"""The renderings of certificates and proofs, and the published schema.

After a change of the model, `PROTOALIGN_WRITE_SCHEMA=1 pytest` on this file writes the schema anew.
"""

import inspect
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from markdown_it import MarkdownIt

from protoalign.contract import counts
from protoalign.prove import certificate as certificate_module
from protoalign.prove import model, proof
from protoalign.prove.certificate import CERTIFICATE_FORMAT, Certificate, certificate_of
from protoalign.prove.certificate_reader import parse_certificate, read_certificate
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import WaiverUse
from protoalign.reports.certificate_badge import render_certificate_badge
from protoalign.reports.certificate_json import render_certificate_json
from protoalign.reports.certificate_markdown import render_certificate_markdown
from protoalign.reports.prove_github import render_proof_github
from protoalign.reports.prove_text import render_proof_text

PUBLISHED = Path(__file__).parents[4] / "docs" / "reference" / "certificate.schema.json"
CONTRACTS = Path(__file__).parents[4] / "contracts"
DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
HOSTILE = "</title><script>|\x1b[31m`x` ]](http://x) \u202e &amp; *b* @ann"


# The schema


def documented(name, schema):
    """The schema of a dataclass with the descriptions of its docstring in place of the docstring."""
    defined = next(
        getattr(module, name) for module in (certificate_module, model, proof, counts) if hasattr(module, name)
    )
    summary, _, attributes = inspect.getdoc(defined).partition("\n\nAttributes:\n")
    described = {
        key: " ".join(text.split()).replace("None", "null")
        for key, text in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes.partition("\n\n")[0], re.MULTILINE)
    }
    properties = {}
    for key, value in schema["properties"].items():
        kept = {name: item for name, item in value.items() if name != "default"}
        least = {"minimum": 0} if value.get("type") == "integer" else {}
        properties[key] = {"description": described[key], **(DIGEST if key == "digest" else kept), **least}
    return {
        "type": "object",
        "description": " ".join(summary.split()),
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def make_schema():
    with pytest.MonkeyPatch.context() as patch:
        # The module imports it for type checkers only.
        patch.setattr(proof, "Counts", counts.Counts, raising=False)
        _, definitions = msgspec.json.schema_components([Certificate], ref_template="#/$defs/{name}")
    enums = {name: {"enum": made["enum"]} for name, made in definitions.items() if "enum" in made}
    defined = {name: documented(name, made) for name, made in definitions.items() if name not in enums}
    for made in defined.values():
        for key, value in made["properties"].items():
            reference = value.get("$ref", "").removeprefix("#/$defs/")
            if reference in enums:
                made["properties"][key] = {"description": value["description"], **enums[reference]}
    whole = defined.pop("Certificate")
    stage = defined["Stage"]
    del stage["properties"]["seconds"]
    stage["required"].remove("seconds")
    own = whole["properties"]
    properties = {
        "format": {"description": "The format's number.", "const": CERTIFICATE_FORMAT},
        "verdict": own.pop("verdict"),
        "digest": {
            "description": "over all but itself and the versions of tools: the SHA-256 of the rest as JSON with sorted"
            " keys, without white space and in ASCII.",
            **DIGEST,
        },
        **{key: own[key] for key in ("subject", "reference", "figures", "stages")},
        "skipped": {
            "description": "the stages that were skipped, each with the reason; empty where the verdict is `aligned`.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"stage": {"type": "string"}, "reason": {"type": "string"}},
                "required": ["stage", "reason"],
                "additionalProperties": False,
            },
        },
        **{key: own[key] for key in ("generated", "vectors", "waivers", "tools")},
    }
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A certificate by protoalign",
        "description": whole["description"],
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
        "if": {"properties": {"verdict": {"const": "aligned"}}},
        "then": {
            "properties": {
                "skipped": {"maxItems": 0},
                "stages": {"minItems": 1, "items": {"properties": {"status": {"const": "passed"}}}},
            }
        },
        "$defs": defined,
    }
    return json.loads(json.dumps(made))


@pytest.fixture(scope="module")
def schema():
    made = make_schema()
    if os.environ.get("PROTOALIGN_WRITE_SCHEMA"):
        PUBLISHED.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return made


def valid(data, schema):
    return jsonschema.Draft202012Validator(schema).is_valid(data)


# Certificates


@pytest.fixture(scope="module")
def proofs(aligned_proof):
    skipped = Stage(name="official package", status=StageStatus.SKIPPED, reason="left out with --skip official")
    failed = Stage(
        name="rpcs: go client stubs",
        status=StageStatus.FAILED,
        reason="1 RPC differs",
        figures=(Figure(name="rpcs", proved=1, total=2),),
        findings=("`/shop.Shop/Watch` has the streaming kind unary, in the reference server-stream",),
        seconds=0.5,
    )
    waiver = WaiverUse(
        rule="file-option",
        element="shop/v1/shop.proto",
        fingerprint="0a1b",
        message="`go_package` differs",
        reason="ours | theirs",
        expires="2031-01-01",
    )
    figures = (*aligned_proof.figures[:-1], Figure(name="rpcs", proved=1, total=2))
    return {
        "aligned": aligned_proof,
        "partial": replace(aligned_proof, stages=(*aligned_proof.stages, skipped), waivers=(waiver,)),
        "not aligned": replace(
            aligned_proof, stages=(*aligned_proof.stages, failed, skipped), figures=figures, waivers=(waiver,)
        ),
        "nothing": replace(aligned_proof, stages=(), figures=(), vectors=None, generated=(), tools={}),
        "hostile": replace(
            aligned_proof,
            stages=(
                replace(failed, name=HOSTILE, reason=HOSTILE, findings=(HOSTILE,) * 60, figures=()),
                replace(skipped, reason=HOSTILE),
            ),
            subject=replace(aligned_proof.subject, source=HOSTILE),
            reference=replace(aligned_proof.reference, source=HOSTILE, archive=HOSTILE),
            waivers=(replace(waiver, element=HOSTILE, message=HOSTILE, reason=HOSTILE),),
            tools={HOSTILE: HOSTILE},
        ),
    }


KINDS = ["aligned", "partial", "not aligned", "nothing", "hostile"]


@pytest.fixture(scope="module", params=KINDS)
def certificate(request, proofs):
    return certificate_of(proofs[request.param])


@pytest.fixture(scope="module")
def partial(proofs):
    return certificate_of(proofs["partial"])


def test_the_published_schema_is_that_of_the_model(schema):
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == schema


def test_the_schema_is_one(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


def test_json_fits_the_schema_and_comes_back(certificate, schema):
    text = render_certificate_json(certificate)
    jsonschema.validate(json.loads(text), schema, cls=jsonschema.Draft202012Validator)
    assert list(json.loads(text)) == list(schema["properties"])
    assert parse_certificate(text.encode(), where="it.json") == certificate
    assert text.isascii()


def test_the_schema_refuses_aligned_with_something_skipped(partial, schema):
    data = json.loads(render_certificate_json(partial))
    assert valid(data, schema)
    assert not valid({**data, "verdict": "aligned"}, schema)
    assert not valid({**data, "verdict": "aligned", "skipped": []}, schema)


def test_the_schema_refuses_what_the_reader_refuses(partial, schema):
    data = json.loads(render_certificate_json(partial))
    for key in data:
        assert not valid({name: value for name, value in data.items() if name != key}, schema)
        assert not valid({**data, key: "x" if key != "digest" else 1}, schema)
    assert not valid({**data, "seconds": 1}, schema)


def test_json_has_no_time_of_day_and_no_seconds(certificate):
    assert "second" not in render_certificate_json(certificate)


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.certificate.json")), ids=lambda path: path.name)
def test_this_repositorys_certificate_is_one_and_its_page_and_badge_are_its_own(path, schema):
    certificate = read_certificate(path)
    jsonschema.validate(json.loads(path.read_text()), schema, cls=jsonschema.Draft202012Validator)
    assert path.read_text() == render_certificate_json(certificate)
    page = render_certificate_markdown(certificate, path=f"{CONTRACTS.name}/{path.name}")
    assert path.with_suffix(".md").read_text(encoding="utf-8") == page
    assert path.with_suffix(".svg").read_text(encoding="utf-8") == render_certificate_badge(certificate)


# Markdown


def html_of(text):
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def test_the_page_says_the_verdict_first(proofs):
    pages = {kind: render_certificate_markdown(certificate_of(proofs[kind])) for kind in KINDS}
    assert pages["aligned"].startswith("# ✅ Aligned: `pypi:shop-sdk==1.4.0`\n")
    assert pages["partial"].startswith("# ⚠️ Partial: `pypi:shop-sdk==1.4.0`\n")
    assert pages["not aligned"].startswith("# ❌ Not aligned: `pypi:shop-sdk==1.4.0`\n")
    assert "no stage failed, and 1 stage was skipped, so alignment is not proved" in pages["partial"]
    assert "1 of 6 stages failed, 1 stage was skipped" in pages["not aligned"]
    assert "no stage was run" in pages["nothing"]


def test_the_page_has_figures_stages_digests_waivers_and_tools(partial):
    page = render_certificate_markdown(partial, path="contracts/shop.certificate.json")
    assert "| messages | 3 of 3 |" in page
    assert "| `official package` | ⚠️ skipped |  | left out with --skip official |" in page
    assert "| `wire: go` | ✅ passed | messages 3/3, enums 1/1, vectors 40/40 |  |" in page
    assert f"| wire vectors | `vectors`, 40 vectors for 3 messages | `sha256:{'c3' * 32}` |" in page
    assert f"| generated code | `sdk/_gen`, 5 files | `sha256:{'d4' * 32}` |" in page
    assert f"| reference's archive | `shop_sdk-1.4.0-py3-none-any.whl` | `sha256:{'b2' * 32}` |" in page
    assert "`go_package` differs | ours \\| theirs | 2031-01-01 |" in page
    assert "| `go` | 1.25.1 |" in page
    assert partial.digest in page
    assert "    protoalign prove --verify contracts/shop.certificate.json\n" in page


def test_findings_are_on_the_page(proofs):
    page = render_certificate_markdown(certificate_of(proofs["not aligned"]))
    assert "- `/shop.Shop/Watch` has the streaming kind unary, in the reference server-stream" in page


def test_all_rows_of_a_table_have_its_columns(certificate):
    page = render_certificate_markdown(certificate)
    columns = None
    for line in page.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
        if cells is not None and columns is not None:
            assert cells == columns, line
        columns = cells


def test_hostile_text_stays_text(proofs):
    page = render_certificate_markdown(certificate_of(proofs["hostile"]), path="a;rm -rf\n.json")
    html = html_of(page)
    assert "<script" not in html
    assert "<a " not in html
    assert "<em>" not in html
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "… and 10 more" in page
    assert "protoalign prove --verify 'a;rm -rf .json'\n" in page


# The badge


def test_the_badge_is_well_formed_and_has_a_title(certificate):
    root = ET.fromstring(render_certificate_badge(certificate))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    title = root.find("{http://www.w3.org/2000/svg}title").text
    assert certificate.verdict.value in title
    assert root.attrib["aria-label"] == title
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[1] == certificate.verdict.value
    assert int(root.attrib["width"]) < 600


def test_each_verdict_has_its_colour(proofs):
    found = {
        re.findall(r'fill="(#\w{6})"', render_certificate_badge(certificate_of(proofs[kind])))[1]
        for kind in ("aligned", "partial", "not aligned")
    }
    assert len(found) == 3


def test_the_badge_names_the_reference_and_how_much_was_skipped(partial):
    badge = render_certificate_badge(partial)
    assert ">contract: shop-sdk 1.4.0</text>" in badge
    assert "<title>contract: shop-sdk 1.4.0: partial, 1 stage skipped</title>" in badge


# Proofs at a terminal


def test_a_stage_is_a_line(proofs):
    lines = render_proof_text(proofs["partial"]).splitlines()
    assert lines[0] == (
        "structure                  passed     0.25 s  files 2/2, messages 3/3, enums 1/1, services 1/1, RPCs 2/2"
    )
    assert lines[4] == "official package           skipped            left out with --skip official"
    assert lines[-1] == (
        "partial: proto held against pypi:shop-sdk==1.4.0: no stage failed, and 1 stage was skipped,"
        " so alignment is not proved (4.2 s)"
    )
    assert "40 vectors for 3 messages" in lines


def test_findings_come_with_their_stage(proofs):
    text = render_proof_text(proofs["not aligned"])
    assert (
        "\nrpcs: go client stubs: 1 RPC differs\n"
        "  `/shop.Shop/Watch` has the streaming kind unary, in the reference server-stream\n"
    ) in text
    assert "1 finding accepted\n  shop/v1/shop.proto: `go_package` differs (ours | theirs)\n" in text


def test_what_is_stale_is_told(proofs):
    text = render_proof_text(proofs["aligned"], stale=["vectors: a.json is missing"])
    assert "on disk is not what this proof makes\n  vectors: a.json is missing\n" in text
    assert text.splitlines()[-1].startswith("stale: ")
    assert render_proof_text(proofs["not aligned"], stale=["x"]).splitlines()[-1].startswith("not aligned: ")


def test_colour_is_only_around_words(proofs):
    for each in proofs.values():
        plain = render_proof_text(each, color=False)
        assert "\x1b" not in plain
        assert "\u202e" not in plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", render_proof_text(each, color=True)) == plain


def test_github_annotates_findings_and_what_was_skipped(proofs):
    text = render_proof_github(proofs["not aligned"], stale=["vectors: a.json is missing"])
    assert "::error title=protoalign prove%3A rpcs%3A go client stubs::`/shop.Shop/Watch` has" in text
    assert "::warning title=protoalign prove%3A official package::skipped: left out with --skip official\n" in text
    assert "::error title=protoalign prove%3A stale::vectors: a.json is missing\n" in text


def test_hostile_findings_are_no_workflow_commands(proofs):
    lines = render_proof_github(proofs["hostile"]).splitlines()
    assert all("\x1b" not in line for line in lines)
    assert sum(line.startswith("::error ") for line in lines) == 10
