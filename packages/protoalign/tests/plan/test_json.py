"""The plan as JSON and its published schema.

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

from protoalign.compare import model as comparison_model
from protoalign.plan import Plan, model, outline
from protoalign.reports.plan_json import FORMAT, plan_data, render_plan_json
from protoalign.reports.plan_text import render_plan_text

PUBLISHED = Path(__file__).parents[4] / "docs" / "reference" / "plan.schema.json"
NOT_IN_JSON = {"Record", "RecordedItem", "RecordedAction"}


def documented(name, schema):
    """The schema of a dataclass with the descriptions of its docstring in place of the docstring."""
    defined = next(getattr(module, name) for module in (model, outline, comparison_model) if hasattr(module, name))
    summary, _, attributes = inspect.getdoc(defined).partition("\n\nAttributes:\n")
    described = {
        key: " ".join(text.split())
        for key, text in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    }
    properties = {key: {"description": described[key], **value} for key, value in schema["properties"].items()}
    return {
        **schema,
        "description": " ".join(summary.split()),
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def make_schema():
    _, definitions = msgspec.json.schema_components([Plan], ref_template="#/$defs/{name}")
    defined = {name: documented(name, made) for name, made in definitions.items() if name not in NOT_IN_JSON}
    plan = defined.pop("Plan")
    del plan["properties"]["record"]
    properties = {
        "format": {"description": "The format's number.", "const": FORMAT},
        "tool": {
            "description": "What wrote it.",
            "type": "object",
            "properties": {"name": {"const": "protoalign"}, "version": {"type": "string"}},
            "required": ["name", "version"],
            "additionalProperties": False,
        },
        **plan["properties"],
        "has_work": {"description": "Whether anything is to be done.", "type": "boolean"},
    }
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan by protoalign",
        "description": plan["description"],
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
        "$defs": defined,
    }
    return json.loads(json.dumps(made))


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


def test_plans_fit_the_schema(schema, plan_of, subject, reference):
    fresh = plan_of(date="2026-01-01", current_version="0.1.5")
    aligned = subject | {"money.proto": reference["money.proto"]}
    followed = plan_of(aligned, reference, before=fresh.record)
    assert followed.finished
    for plan in (fresh, followed, plan_of(reference, reference)):
        jsonschema.validate(json.loads(render_plan_json(plan)), schema, cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_is_wrong(schema, plan_of):
    data = json.loads(render_plan_json(plan_of()))
    data["files"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


def test_no_definition_is_left_over(schema):
    used = set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema)))
    assert used == set(schema["$defs"])


def test_json_has_no_memory(plan_of):
    assert "record" not in plan_data(plan_of())


def test_the_text_in_short(plan_of, reference):
    text = render_plan_text(plan_of())
    assert "8 actions for 2 wire, 1 presence, " in text
    assert [line.split()[1] for line in text.splitlines() if line[:1].isdigit() and ".proto" in line] == [
        "money.proto",
        "shop.proto",
        "basket.proto",
        "audit.proto",
    ]
    assert render_plan_text(plan_of(reference, reference)) == "tree to tree: 100% aligned\nnothing to do\n"
