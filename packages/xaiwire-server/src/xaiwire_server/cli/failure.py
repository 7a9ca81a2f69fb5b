"""Why a command cannot do what it was asked."""

__all__ = ["Failure"]


class Failure(Exception):  # noqa: N818 - of the user's wish, not of the program
    """The text says what, where, and what to do next."""
