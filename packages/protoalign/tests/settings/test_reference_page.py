"""docs/reference/settings.md names every key, and its example is a settings file."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from protoalign.settings import (
    CheckSettings,
    GeneratedSettings,
    GenerateSettings,
    GoTarget,
    PlanSettings,
    ProveSettings,
    PythonTarget,
    Settings,
    SourceSettings,
    Waiver,
)
from protoalign.settings.tables import Table

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "settings.md"
NAMES_IN_THE_FILE = {"with_sources": "with", "mapping": "map"}
TABLES = {"subject", "reference", "map", "severities", "waivers", "plan", "check", "generate", "prove"}
SUBTABLES = {"python", "go"}
CLASSES = (
    Settings,
    SourceSettings,
    Waiver,
    PlanSettings,
    CheckSettings,
    GeneratedSettings,
    GenerateSettings,
    PythonTarget,
    GoTarget,
    ProveSettings,
)


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("of", CLASSES)
def test_every_key_is_documented(page, of):
    for field in fields(of):
        name = NAMES_IN_THE_FILE.get(field.name, field.name)
        if of is Settings and name in TABLES:
            assert re.search(rf"^## .*`\[+{name}\]+`", page, re.MULTILINE), name
        elif of is GenerateSettings and name in SUBTABLES:
            assert f"### `[generate.{name}]`" in page
        elif name != "path":
            assert f"| `{name}` |" in page, name


def test_every_documented_default_is_the_real_one(page):
    for default in (PlanSettings(), CheckSettings(), ProveSettings(), Settings()):
        for field in fields(default):
            value = getattr(default, field.name)
            if isinstance(value, bool | float | str):
                shown = str(value).lower() if isinstance(value, bool) else f'"{value}"' if value == "" else str(value)
                row = next(line for line in page.splitlines() if line.startswith(f"| `{field.name}` |"))
                assert shown in row.split(" | ")[2], field.name


def test_the_example_is_read_and_names_every_key(page, read):
    text = page.split("```toml\n")[1].split("```")[0]
    settings = read(text)
    assert settings.mapping["xai.v1.ValidateKeyRequest"] == ""
    assert settings.check.generated[0].command == ("buf", "generate")
    mistakes: list[str] = []
    top = Table(tomllib.loads(text), mistakes)
    assert set(top.data) == {NAMES_IN_THE_FILE.get(field.name, field.name) for field in fields(Settings)} - {"path"}
