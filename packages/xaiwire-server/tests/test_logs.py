"""The log of the servers."""

import json
import logging

import pytest

from xaiwire_server.cli.logs import set_up_logs


@pytest.fixture
def logged(capsys):
    """What a bug leaves in the log; the log is as before behind the test."""
    loggers = [logging.getLogger(name) for name in ("xaiwire_server", "uvicorn", "uvicorn.error")]
    before = [(each.handlers[:], each.level, each.propagate, each.filters[:]) for each in loggers]

    def bug(form):
        set_up_logs(form)
        key = "xai-secret-key"
        try:
            raise ValueError(f"a bug near a key of {len(key)} letters")  # noqa: TRY301 - it is what is logged
        except ValueError:
            logging.getLogger("xaiwire_server.gateway").exception("a bug")
        return capsys.readouterr().err

    yield bug
    for each, (handlers, level, propagate, filters) in zip(loggers, before, strict=True):
        each.handlers[:], each.propagate, each.filters[:] = handlers, propagate, filters
        each.setLevel(level)


@pytest.mark.parametrize("form", ["none", "text", "json"])
def test_a_traceback_has_no_values_of_variables(logged, form):
    text = logged(form)
    assert "a bug near a key of 14 letters" in text
    assert "Traceback" in text
    assert "xai-secret-key" not in text
    if form == "json":
        assert json.loads(text)["event"] == "a bug"


def test_answers_that_break_off_are_no_errors_of_the_server(logged, capsys):
    logged("text")
    capsys.readouterr()
    logging.getLogger("uvicorn.error").error("ASGI callable returned without completing response.")
    assert capsys.readouterr().err == ""
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert "Exception in ASGI application" in capsys.readouterr().err
