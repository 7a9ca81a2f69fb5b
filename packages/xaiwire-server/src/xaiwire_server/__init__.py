"""Servers of the xAI API: an offline emulator that any client of the API can talk to."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("xaiwire-server")
