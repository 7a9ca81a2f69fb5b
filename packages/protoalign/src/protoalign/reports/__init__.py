"""A comparison as text: one module per output format, each a pure function.

`render_comparison` takes the format by name and imports only that format's module.
"""

from protoalign.reports.options import RenderOptions, SideBySide
from protoalign.reports.registry import FORMATS, ReportFormat, render_comparison

__all__ = ["FORMATS", "RenderOptions", "ReportFormat", "SideBySide", "render_comparison"]
