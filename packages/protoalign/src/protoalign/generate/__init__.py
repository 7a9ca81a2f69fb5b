"""A contract becomes code: messages and stubs by the languages' own plugins, service wrappers by ours."""

from protoalign.generate.engine import GenerateOptions, GenerateResult, generate
from protoalign.generate.freshness import freshness_diff
from protoalign.generate.outputs import FolderChange, OutputFolder

__all__ = ["FolderChange", "GenerateOptions", "GenerateResult", "OutputFolder", "freshness_diff", "generate"]
