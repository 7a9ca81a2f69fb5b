"""The JSON report and its published schema.

After a change of the model, `PROTOALIGN_WRITE_SCHEMA=1 pytest` on this file writes the schema anew.
"""

import inspect
import json
import os
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from protoalign.compare import model
from protoalign.compare.model import IMPACTS, SEVERITIES, Comparison
from protoalign.reports.json import FORMAT, render, to_data

PUBLISHED = Path(__file__).parents[4] / "docs" / "reference" / "comparison.schema.json"
COUNT = {"type": "integer", "minimum": 0}
SCORE = {"type": "number", "minimum": 0, "maximum": 1}


def documented(name: str, schema: dict) -> dict:
    """The schema of a dataclass with the descriptions of its docstring in place of the docstring."""
    summary, _, attributes = inspect.getdoc(getattr(model, name)).partition("\n\nAttributes:\n")
    described = {
        key: " ".join(text.split())
        for key, text in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    }
    properties = {
        key: {**({"description": described[key]} if key in described else {}), **value}
        for key, value in schema["properties"].items()
    }
    return {**schema, "description": " ".join(summary.split()), "properties": properties}


def make_schema() -> dict:
    _, definitions = msgspec.json.schema_components([Comparison], ref_template="#/$defs/{name}")
    defined = {name: documented(name, schema) for name, schema in definitions.items()}
    comparison = defined.pop("Comparison")
    defined["FileResult"]["properties"]["score"] = {"description": "`aligned` by `elements`", **SCORE}
    defined["FileResult"]["required"].append("score")
    envelope = {
        "format": {"description": "The format's number.", "const": FORMAT},
        "tool": {
            "type": "object",
            "properties": {"name": {"const": "protoalign"}, "version": {"type": "string"}},
            "required": ["name", "version"],
        },
        "outcome": {
            "description": "What it comes to; only `findings` and `incomplete` make the command fail.",
            "enum": ["aligned", "accepted", "findings", "incomplete"],
        },
        "fail_on": {
            "description": "The lowest severity that makes the comparison fail.",
            "enum": [*SEVERITIES, "never"],
        },
        "complete": {"description": "Whether both sides could be read in full.", "type": "boolean"},
        "score": {"description": "The aligned part of all elements.", **SCORE},
        "counts": {
            "type": "object",
            "properties": {
                "findings": COUNT,
                "failing": COUNT,
                "waived": COUNT,
                "by_impact": {"type": "object", "properties": dict.fromkeys(IMPACTS, COUNT), "required": [*IMPACTS]},
                "by_severity": {
                    "type": "object",
                    "properties": dict.fromkeys(SEVERITIES, COUNT),
                    "required": [*SEVERITIES],
                },
            },
            "required": ["findings", "failing", "waived", "by_impact", "by_severity"],
        },
    }
    properties = {**envelope, **comparison["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A comparison by protoalign",
        "description": comparison["description"],
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "$defs": defined,
    }


@pytest.fixture(scope="module")
def schema():
    made = make_schema()
    if os.environ.get("PROTOALIGN_WRITE_SCHEMA"):
        PUBLISHED.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return made


def test_the_published_schema_is_that_of_the_model(schema):
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == schema


def test_the_schema_is_one(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    for definition in schema["$defs"].values():
        assert all("description" in described for described in definition["properties"].values())


@pytest.mark.parametrize("name", ["mixed", "hostile", "aligned", "incomplete"])
def test_output_fits_the_schema_and_has_nothing_else(schema, name, request):
    data = json.loads(render(request.getfixturevalue(name)))
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
    assert list(data) == list(schema["properties"])
    for finding in data["findings"]:
        assert list(finding) == list(schema["$defs"]["Finding"]["properties"])


def test_the_schema_refuses_what_is_wrong(schema, mixed):
    data = to_data(mixed)
    data["findings"][0]["impact"] = "huge"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


def test_text_and_data_are_the_same(mixed, hostile):
    for comparison in (mixed, hostile):
        text = render(comparison)
        assert json.loads(text) == to_data(comparison)
        assert text.isascii()


def test_a_comparison_comes_back_whole(mixed):
    """What `Comparison` holds can be read back from the JSON."""
    data = json.loads(render(mixed))
    assert msgspec.convert({key: data[key] for key in Comparison.__slots__}, Comparison) == mixed


def test_counts_and_outcome(mixed):
    data = to_data(mixed, fail_on="error")
    assert data["outcome"] == "findings"
    assert data["counts"]["failing"] == 2
    assert data["counts"]["by_severity"] == {"error": 2, "warning": 1, "info": 1}
    assert data["score"] == 0.9
    assert data["complete"] is True


def test_a_score_below_1_is_never_rounded_up_to_it(make_comparison, make_finding):
    data = to_data(make_comparison(make_finding(), elements=10_000_000))
    assert data["score"] < 1
