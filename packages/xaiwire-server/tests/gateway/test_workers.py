"""Several processes on one port."""

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import httpx2
import pytest
from processes import GatewayProcess, run, until, valkey_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for the workers in /proc")

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def start(tmp_path, xaiwire_emulator):
    started = []

    def begin(*flags, **options):
        arguments = ("--workers", "2", "--upstream", xaiwire_emulator.address, "--log", "json", *flags)
        started.append(GatewayProcess(tmp_path, *arguments, **options))
        return started[-1]

    yield begin
    for each in started:
        children = each.children if each.process.poll() is None else []
        each.close()
        for child in children:
            until(lambda child=child: not is_alive(child))


def is_alive(process_id):
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def logged(gateway, event):
    lines = (json.loads(line) for line in gateway.log.splitlines() if line.startswith("{"))
    return [line for line in lines if line.get("event") == event]


def figures(gateway):
    with gateway.http() as http:
        text = http.get("/metrics").text
    found = (line for line in text.splitlines() if line.startswith("xaiwire_gateway_requests_total{"))
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in found}


def test_all_answer_and_their_figures_are_summed_up(start):
    gateway = start()
    assert len(gateway.children) == 2
    # Each connection may come to another worker.
    for _ in range(12):
        with gateway.http() as http:
            assert http.post(CHAT, json=BODY).status_code == 200
    assert figures(gateway)['xaiwire_gateway_requests_total{route="chat.completions",status="200"}'] == 12
    assert gateway.end() == 0
    assert len(logged(gateway, "stopped")) == 2
    assert "Traceback" not in gateway.log


def test_one_that_dies_is_replaced(start):
    gateway = start()
    first, second = gateway.children
    os.kill(first, signal.SIGKILL)
    until(lambda: len(gateway.children) == 2 and first not in gateway.children)
    assert second in gateway.children
    (line,) = logged(gateway, "a worker has died; another one takes its place")
    assert (line["exit_code"], line["level"]) == (-9, "error")
    with gateway.http() as http:
        assert http.post(CHAT, json=BODY).status_code == 200
    assert gateway.end() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(start, tmp_path, number):
    gateway = start(env={"TMPDIR": str(tmp_path)})
    children = gateway.children
    assert list(tmp_path.glob("xaiwire-gateway-*/*.db"))
    gateway.end(number)
    for child in children:
        until(lambda child=child: not is_alive(child))
    assert list(tmp_path.glob("xaiwire-gateway-*")) == []
    with pytest.raises(httpx2.ConnectError), gateway.http() as http:
        http.get("/healthz")


def test_streams_end_when_all_stop(start):
    gateway = start("--grace", "20")
    words = " ".join(f"word{at}" for at in range(300))
    body = {"model": "grok-3", "messages": [{"role": "user", "content": words}], "stream": True}
    with gateway.http() as http, http.stream("POST", CHAT, json=body) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("data: ")
        gateway.send(signal.SIGTERM)
        rest = [line for line in lines if line]
    assert rest[-1] == "data: [DONE]"
    assert gateway.process.wait(20) == 0


def test_ctrl_c_twice_does_not_wait(start, xaiwire_emulator):
    xaiwire_emulator.fault("GetCompletion", delay=60.0)
    gateway = start("--grace", "60")
    children = gateway.children
    with gateway.http() as http, http.stream("POST", CHAT, json=BODY | {"stream": True}, timeout=1) as answer:
        gateway.send(signal.SIGINT)
        until(lambda: logged(gateway, "stopping"))
        begun = time.monotonic()
        assert gateway.end(signal.SIGINT) == 130
        assert time.monotonic() - begun < 5
        assert answer.status_code == 200
    assert not any(is_alive(child) for child in children)


def test_sighup_reaches_all(tmp_path, start):
    file = tmp_path / "gateway.toml"
    file.write_text("")
    gateway = start("--config", str(file))
    file.write_text("strict = true")
    gateway.send(signal.SIGHUP)
    until(lambda: len(logged(gateway, "the configuration was read anew")) == 2)
    for _ in range(6):
        with gateway.http() as http:
            assert http.post(CHAT, json=BODY | {"odd": 1}).status_code == 400
    file.write_text("strikt = true")
    gateway.send(signal.SIGHUP)
    (line,) = until(lambda: logged(gateway, "the configuration was not read anew; the old one stays"))
    assert "strikt: there is no such setting" in line["reason"]
    assert gateway.end() == 0


def test_a_port_that_is_taken_is_said_so(start):
    gateway = start()
    port = gateway.url.rpartition(":")[2]
    for workers in ("1", "2"):
        ended = run("gateway", "--port", port, "--workers", workers)
        assert ended.returncode == 2
        assert f"127.0.0.1:{port}: another program listens there" in ended.stderr


def test_they_share_budgets_in_a_store(start):
    digest = hashlib.sha256(b"team").hexdigest()
    key = {"hash": f"sha256:{digest}", "upstream_key_env": "TEAM_KEY", "requests_per_minute": 6}
    with valkey_server() as valkey:
        environment = {"XAIWIRE_GATEWAY_KEYS": json.dumps({"team": key}), "TEAM_KEY": "xai-emulator-key"}
        gateway = start("--store", valkey.url, env=environment)
        statuses = []
        for _ in range(9):
            with gateway.http("team") as http:
                statuses.append(http.post(CHAT, json=BODY).status_code)
        assert statuses == [200] * 6 + [429] * 3
        assert gateway.end() == 0


def test_one_that_cannot_start_ends_all():
    # The process that looks after them makes no traces itself.
    environment = {"OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"}
    ended = run("gateway", "--port", "0", "--workers", "2", "--traces", "otlp", env=environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "xaiwire-server: observe.traces: " in ended.stderr
    assert "Traceback" not in ended.stderr
