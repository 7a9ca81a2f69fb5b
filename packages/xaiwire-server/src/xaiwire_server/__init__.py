"""Servers of the xAI API: a gateway for clients of OpenAI's API, and an offline emulator."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("xaiwire-server")
