"""The logger xaiwire: one line for each attempt, one for each retry, and nothing that is nobody's business."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from fake_channels import Answer, Rig, ok, refused

from xaiwire import errors
from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire._services import files
from xaiwire._transport.model import Endpoint, Failure
from xaiwire.errors import StatusCode

GET = files_pb.RetrieveFileRequest(file_id="private-id")
FILE = files_pb.File(id="f-1", filename="private-name")


@pytest.fixture(params=("blocking", "aio"))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rig_of(kind: str, *answers: Answer) -> Rig:
    return Rig(
        kind,
        *answers,
        metadata={"api": {"authorization": "Bearer private-key"}},
        endpoints={"api": Endpoint(host="api.x.ai", port=443, secure=True)},
    )


def test_each_attempt_is_a_debug_line(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xaiwire")
    rig_of(kind, refused(seconds=0.25), ok(FILE, seconds=0.5)).unary(files.GET, GET)
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "xaiwire"]
    path = "/xai_api.Files/RetrieveFile to api.x.ai"
    assert lines == [
        ("DEBUG", f"{path}, attempt 1: UNAVAILABLE after 250.0 ms, request id not given"),
        ("INFO", f"{path}: attempt 1 failed with UNAVAILABLE; the next one follows in 0.10 s"),
        ("DEBUG", f"{path}, attempt 2: OK after 850.0 ms, request id r-1"),
    ]


def test_at_info_only_retries_are_told(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "xaiwire")
    rig_of(kind, refused(), ok(FILE)).unary(files.GET, GET)
    assert [record.levelname for record in caplog.records if record.name == "xaiwire"] == ["INFO"]


def test_what_ends_a_call_is_told_by_its_class(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xaiwire")
    with pytest.raises(KeyboardInterrupt):
        rig_of(kind, Answer(failure=KeyboardInterrupt("private"))).unary(files.GET, GET)
    assert "attempt 1: ended by KeyboardInterrupt after" in caplog.text


def test_a_response_that_cannot_be_read_is_told(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xaiwire")
    with pytest.raises(errors.InternalError):
        rig_of(kind, Answer((b"\xff",))).unary(files.GET, GET)
    assert "ended by InternalError" in caplog.text


def test_nothing_private_is_told(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, "xaiwire")
    told = Failure(StatusCode.UNAVAILABLE, "private words of the server")
    answers = (Answer(failure=told, trailers=(("grpc-status", "14"), ("x-note", "private"))), ok(FILE))
    rig_of(kind, *answers).unary(files.GET, GET, metadata={"x-secret": "private"})
    with pytest.raises(errors.NotFoundError):
        rig_of(kind, refused(StatusCode.NOT_FOUND)).unary(files.GET, GET)
    assert len(caplog.records) == 4
    assert "private" not in caplog.text


def test_without_logging_nothing_imports_it() -> None:
    code = """
import sys
from xaiwire._calls.blocking import Caller
from xaiwire._logging import DEBUG, logger_for
before = "logging" in sys.modules
print(before, logger_for(DEBUG), "opentelemetry" in sys.modules)
sys.modules.pop("logging", None)
print(logger_for(DEBUG))
import logging
logging.getLogger("xaiwire").setLevel(10)
print(logger_for(DEBUG).handlers)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second, third = run.stdout.splitlines()
    assert first.endswith("None False")
    assert second == "None"
    assert third == "[<NullHandler (NOTSET)>]"


def test_without_logging_there_is_no_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    from xaiwire._logging import DEBUG, logger_for

    monkeypatch.delitem(sys.modules, "logging")
    assert logger_for(DEBUG) is None
