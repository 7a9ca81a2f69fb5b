"""The settings file `protoalign.toml`: what it may say, and reading it."""

from protoalign.settings.model import (
    CheckSettings,
    FailOn,
    GeneratedSettings,
    GenerateSettings,
    GoTarget,
    PlanSettings,
    Priority,
    ProveSettings,
    PythonTarget,
    Settings,
    SeverityChoice,
    SourceSettings,
    Waiver,
)
from protoalign.settings.reader import FILE_OPTIONS, SETTINGS_NAME, find_settings, read_settings

__all__ = [
    "FILE_OPTIONS",
    "SETTINGS_NAME",
    "CheckSettings",
    "FailOn",
    "GenerateSettings",
    "GeneratedSettings",
    "GoTarget",
    "PlanSettings",
    "Priority",
    "ProveSettings",
    "PythonTarget",
    "Settings",
    "SeverityChoice",
    "SourceSettings",
    "Waiver",
    "find_settings",
    "read_settings",
]
