"""What a project looks like to somebody who is about to align it, and the settings file that follows from it."""

from protoalign.survey.folder import find_tree, named_tree
from protoalign.survey.guesses import inferred_entries
from protoalign.survey.model import FolderSurvey, MapEntry, Survey
from protoalign.survey.project import survey_project
from protoalign.survey.template import settings_text

__all__ = [
    "FolderSurvey",
    "MapEntry",
    "Survey",
    "find_tree",
    "inferred_entries",
    "named_tree",
    "settings_text",
    "survey_project",
]
