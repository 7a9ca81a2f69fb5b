"""Judged differences as ordered, estimated, tickable work; progress is told by comparing again."""

from protoalign.plan.build import build_plan
from protoalign.plan.model import (
    Action,
    ChangeTogether,
    Check,
    DoneAction,
    Effort,
    FilePlan,
    FinishedItem,
    Phase,
    Plan,
    Progress,
    Risk,
    SideSummary,
    Step,
    VersionBump,
    WorkItem,
)
from protoalign.plan.record import Record, RecordedAction, RecordedItem, record_as_data, record_of_data

__all__ = [
    "Action",
    "ChangeTogether",
    "Check",
    "DoneAction",
    "Effort",
    "FilePlan",
    "FinishedItem",
    "Phase",
    "Plan",
    "Progress",
    "Record",
    "RecordedAction",
    "RecordedItem",
    "Risk",
    "SideSummary",
    "Step",
    "VersionBump",
    "WorkItem",
    "build_plan",
    "record_as_data",
    "record_of_data",
]
