"""What is the blocking channel's own: its pool, threads, forks and signals."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import h2.events
import pytest
from peers import PATH, Script, envelope, grpcio_server, options, raw_server, scripted

from xaiwire._transport import blocking, blocking_connection
from xaiwire._transport.blocking import Channel
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import Failure


def channel_to(address: str, **more: Any) -> Channel:
    return Channel(parse_host(address), options(**more))


def call(channel: Channel, message: bytes = b"", timeout: float = 10.0) -> bytes | None:
    exchange = channel.start(PATH, (), message, time.monotonic() + timeout)
    answer = exchange.receive()
    assert exchange.receive() is None
    return answer


def answers(script: Script) -> None:
    while True:
        script.answer(script.request(), b"answer")


def idle(channel: Channel) -> list[blocking_connection.Connection]:
    return channel._pools[os.getpid()].idle


def test_calls_one_after_the_other_share_a_connection():
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        for _ in range(20):
            assert call(channel) == b"answer"
        channel.close()
        assert server.accepted == 1


def test_calls_at_the_same_time_have_connections_of_their_own():
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        exchanges = [channel.start(PATH, (), b"", None) for _ in range(5)]
        for exchange in exchanges:
            assert exchange.receive() == b"answer"
            assert exchange.receive() is None
        assert server.accepted == 5
        assert len(idle(channel)) == 5
        assert call(channel) == b"answer"
        assert server.accepted == 5
        channel.close()


def test_idle_connections_are_few(monkeypatch):
    monkeypatch.setattr(blocking, "MOST_IDLE", 2)
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        exchanges = [channel.start(PATH, (), b"", None) for _ in range(5)]
        for exchange in exchanges:
            while exchange.receive() is not None:
                pass
        assert len(idle(channel)) == 2
        channel.close()


def test_idle_connections_are_not_kept_for_long(monkeypatch):
    monkeypatch.setattr(blocking, "LONGEST_IDLE", 0.0)
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        call(channel)
        call(channel)
        assert server.accepted == 2
        channel.close()


def test_a_call_on_a_silent_connection_goes_along_with_a_ping(monkeypatch):
    monkeypatch.setattr(blocking, "PROBE_AFTER", 0.0)
    pinged = threading.Event()

    def handler(script: Script) -> None:
        script.answer(script.request())
        stream = script.request()
        script.wait(h2.events.PingReceived)
        pinged.set()
        script.answer(stream, b"second")
        script.drain()

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address)
        call_empty(channel)
        assert call(channel) == b"second"
        assert pinged.is_set()
        channel.close()


def call_empty(channel: Channel) -> None:
    assert channel.start(PATH, (), b"", None).receive() is None


def test_a_connection_that_the_network_forgot_is_noticed_soon(monkeypatch):
    monkeypatch.setattr(blocking, "PROBE_AFTER", 0.0)

    def handler(script: Script) -> None:
        script.answer(script.request())
        script.drain()

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address, keepalive_interval=60.0, keepalive_timeout=0.1)
        call_empty(channel)
        with pytest.raises(Failure, match="does not answer a ping"):
            call(channel)
        channel.close()


def test_a_dead_connection_is_replaced_even_if_only_sending_shows_it(monkeypatch):
    monkeypatch.setattr(blocking_connection.Connection, "alive", lambda self: True)
    go_on = threading.Event()

    def first(script: Script) -> None:
        script.answer(script.request(), b"first")
        assert go_on.wait(5)
        script.goaway(1)

    with raw_server(scripted(first, answers)) as server:
        channel = channel_to(server.address)
        assert call(channel) == b"first"
        go_on.set()
        while idle(channel)[0].http2.usable:
            idle(channel)[0].take_if_ready()
        assert call(channel) == b"answer"
        assert server.accepted == 2
        channel.close()


def test_a_request_that_cannot_be_written_goes_over_another_connection(monkeypatch):
    monkeypatch.setattr(blocking_connection.Connection, "alive", lambda self: True)
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        assert call(channel) == b"answer"
        idle(channel)[0].interrupt()
        assert call(channel) == b"answer"
        assert server.accepted == 2
        channel.close()


def test_a_response_that_was_given_up_is_read_before_the_next_call():
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        for _ in range(10):
            script.data(stream, envelope(b"x" * 5000))
        script.wait(h2.events.StreamReset)
        script.answer(script.request(), b"next")
        script.drain()

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address)
        exchange = channel.start(PATH, (), b"", None)
        exchange.receive()
        exchange.close()
        assert call(channel) == b"next"
        assert server.accepted == 1
        channel.close()


def test_a_large_response_that_was_given_up_costs_its_connection(monkeypatch):
    monkeypatch.setattr(blocking, "CHEAP", 1000)

    def first(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"x" * 5000))
        script.drain()

    with raw_server(scripted(first, answers)) as server:
        channel = channel_to(server.address)
        exchange = channel.start(PATH, (), b"", None)
        exchange.receive()
        exchange.close()
        assert call(channel) == b"answer"
        assert server.accepted == 2
        channel.close()


def test_endless_leftovers_cost_the_connection(monkeypatch):
    monkeypatch.setattr(blocking_connection, "MOST_LEFTOVERS", 0)
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        call(channel)
        call(channel)
        assert server.accepted == 2
        channel.close()


def test_threads():
    with grpcio_server(lambda request, context: request) as address:
        channel = channel_to(address)
        wrong: list[object] = []

        def work(number: int) -> None:
            for turn in range(50):
                message = b"%d-%d" % (number, turn)
                if call(channel, message) != message:
                    wrong.append(message)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        assert len(idle(channel)) <= 16
        channel.close()


def test_close_ends_calls_of_other_threads():
    began = threading.Event()

    def handler(script: Script) -> None:
        script.headers(script.request())
        began.set()
        script.drain()

    failures: list[Failure] = []

    def work() -> None:
        try:
            channel.start(PATH, (), b"", None).receive()
        except Failure as failure:
            failures.append(failure)

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address)
        thread = threading.Thread(target=work)
        thread.start()
        assert began.wait(5)
        time.sleep(0.05)
        channel.close()
        thread.join(5)
        assert not thread.is_alive()
    assert [failure.code.name for failure in failures] == ["CANCELLED"]


def test_close_tells_the_server():
    told = threading.Event()

    def handler(script: Script) -> None:
        script.answer(script.request())
        script.wait(h2.events.ConnectionTerminated)
        told.set()

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address)
        call_empty(channel)
        channel.close()
        assert told.wait(5)


def test_a_server_that_does_not_read_ends_with_the_deadline():
    def handler(script: Script) -> None:
        script.h2.update_settings({4: 1 << 30})
        script.h2.increment_flow_control_window(1 << 30)
        script.flush()
        time.sleep(0.5)

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address, max_send_bytes=1 << 30)
        began = time.monotonic()
        with pytest.raises(Failure) as raised:
            channel.start(PATH, (), (bytes(1 << 20) for _ in range(500)), time.monotonic() + 0.2)
        assert raised.value.code.name == "DEADLINE_EXCEEDED"
        assert time.monotonic() - began < 2
        channel.close()


def test_a_silent_server_that_does_not_read_is_given_up():
    def handler(script: Script) -> None:
        script.h2.update_settings({4: 1 << 30})
        script.h2.increment_flow_control_window(1 << 30)
        script.flush()
        time.sleep(0.6)

    with raw_server(scripted(handler)) as server:
        channel = channel_to(server.address, keepalive_interval=0.1, keepalive_timeout=0.1)
        with pytest.raises(Failure, match="does not answer a ping"):
            channel.start(PATH, (), (bytes(1 << 20) for _ in range(500)), None).receive()
        channel.close()


def test_without_poll_select_does(monkeypatch):
    monkeypatch.setattr(blocking_connection, "_HAS_POLL", False)
    with grpcio_server(lambda requests, context: b"%d" % sum(map(len, requests)), kind="stream_unary") as address:
        channel = channel_to(address)
        exchange = channel.start(PATH, (), (bytes(1 << 20) for _ in range(30)), time.monotonic() + 20)
        assert exchange.receive() == b"31457280"
        exchange.close()
        channel.close()


def test_a_second_address_is_tried(monkeypatch):
    import socket

    with raw_server(scripted(answers)) as server:
        port = int(server.address.rpartition(":")[2])

        def addresses(*args: object, **more: object) -> list[Any]:
            return [
                (99, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
            ]

        monkeypatch.setattr(socket, "getaddrinfo", addresses)
        channel = channel_to("localhost:1")
        assert call(channel) == b"answer"
        channel.close()


def test_connecting_takes_no_longer_than_the_deadline(monkeypatch):
    def slow(host: str, port: int, limit: float) -> Any:
        time.sleep(max(limit - time.monotonic(), 0))
        raise TimeoutError

    monkeypatch.setattr(blocking_connection, "_connected", slow)
    with pytest.raises(Failure) as raised:
        call(channel_to("localhost:1"), timeout=0.05)
    assert raised.value.code.name == "DEADLINE_EXCEEDED"
    with pytest.raises(Failure, match="no connection to localhost:1 in time") as raised:
        call(channel_to("localhost:1", connect_timeout=0.05))
    assert raised.value.code.name == "UNAVAILABLE"


def test_a_deadline_that_is_over_before_connecting():
    with pytest.raises(Failure) as raised:
        call(channel_to("localhost:1"), timeout=-1)
    assert raised.value.code.name == "DEADLINE_EXCEEDED"


def program(text: str, address: str, **more: Any) -> subprocess.Popen[str]:
    head = f"""
        import os, signal, sys, threading, time
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from peers import PATH, options
        from xaiwire._transport.blocking import Channel
        from xaiwire._transport.endpoint import parse_host
        channel = Channel(parse_host({address!r}), options())
        def call():
            exchange = channel.start(PATH, (), b"", time.monotonic() + 10)
            answer = exchange.receive()
            assert exchange.receive() is None
            return answer
    """
    source = textwrap.dedent(head) + textwrap.dedent(text)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork():
    with raw_server(scripted(answers)) as server:
        child = program(
            """
            assert call() == b"answer"
            # A lock that a thread of the parent holds is held for ever in the child.
            channel._pools[os.getpid()].lock.acquire()
            pid = os.fork()
            if pid == 0:
                assert call() == b"answer"
                assert call() == b"answer"
                os._exit(0)
            channel._pools[os.getpid()].lock.release()
            assert os.waitpid(pid, 0)[1] == 0
            for _ in range(3):
                assert call() == b"answer"
            print("fine")
            """,
            server.address,
        )
        out, err = child.communicate(timeout=30)
        assert (out, err) == ("fine\n", "")
        assert server.accepted == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_call_that_is_under_way_stays_with_the_process_that_began_it():
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"one"))
        script.wait(h2.events.StreamReset, stream)
        script.drain()

    with raw_server(scripted(handler, answers)) as server:
        child = program(
            """
            exchange = channel.start(PATH, (), b"", time.monotonic() + 10)
            assert exchange.receive() == b"one"
            pid = os.fork()
            if pid == 0:
                try:
                    exchange.receive()
                except Exception as error:
                    assert "process" in str(error), error
                    assert error.code.name == "CANCELLED"
                    exchange.close()
                    assert call() == b"answer"
                    os._exit(0)
                os._exit(1)
            assert os.waitpid(pid, 0)[1] == 0
            assert exchange._connection.http2.usable
            exchange.close()
            print("fine")
            """,
            server.address,
        )
        out, err = child.communicate(timeout=30)
        assert (out, err) == ("fine\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_that_begins_anew_closes_what_it_inherited_and_says_nothing():
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"one"))
        time.sleep(0.3)
        script.data(stream, envelope(b"two"))
        script.headers(stream, headers=(("grpc-status", "0"),), end=True)
        script.drain()

    with raw_server(scripted(handler, answers)) as server:
        child = program(
            """
            exchange = channel.start(PATH, (), b"", time.monotonic() + 10)
            assert exchange.receive() == b"one"
            pid = os.fork()
            if pid == 0:
                assert call() == b"answer"
                exchange.close()
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            assert exchange.receive() == b"two"
            assert exchange.receive() is None
            print("fine")
            """,
            server.address,
        )
        out, err = child.communicate(timeout=30)
        assert (out, err) == ("fine\n", "")


def test_ctrl_c_ends_a_blocking_call_at_once():
    def handler(script: Script) -> None:
        script.headers(script.request())
        script.drain()

    with raw_server(scripted(handler, answers)) as server:
        child = program(
            """
            began = time.monotonic()
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                channel.start(PATH, (), b"", None).receive()
            except KeyboardInterrupt:
                assert time.monotonic() - began < 2
                assert call() == b"answer"
                print("fine")
            """,
            server.address,
        )
        out, err = child.communicate(timeout=30)
        assert (out, err) == ("fine\n", "")


def test_ctrl_c_ends_an_upload_at_once():
    def handler(script: Script) -> None:
        script.wait(h2.events.RequestReceived)
        time.sleep(0.6)

    with raw_server(scripted(handler)) as server:
        child = program(
            """
            began = time.monotonic()
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                channel.start(PATH, (), (bytes(100000) for _ in range(100)), None)
            except KeyboardInterrupt:
                assert time.monotonic() - began < 2
                print("fine")
            """,
            server.address,
        )
        out, err = child.communicate(timeout=30)
        assert (out, err) == ("fine\n", "")


def test_an_interruption_costs_the_connection(monkeypatch):
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        call(channel)
        exchange = channel.start(PATH, (), b"", None)
        with monkeypatch.context() as patch:
            patch.setattr(blocking_connection.Connection, "read", interrupt)
            with pytest.raises(KeyboardInterrupt):
                exchange.receive()
            with pytest.raises(Failure, match="given up"):
                exchange.receive()
        with monkeypatch.context() as patch:
            patch.setattr(blocking_connection.Connection, "write", interrupt)
            with pytest.raises(KeyboardInterrupt):
                channel.start(PATH, (), b"", None)
        assert not idle(channel)
        assert not channel._pools[os.getpid()].busy
        assert call(channel) == b"answer"
        channel.close()


def interrupt(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_channel_that_is_closed_while_it_connects(monkeypatch):
    dial = blocking_connection.dial

    def closing_dial(*args: Any) -> blocking_connection.Connection:
        connection = dial(*args)
        channel.close()
        return connection

    monkeypatch.setattr(blocking_connection, "dial", closing_dial)
    with raw_server(scripted(answers)) as server:
        channel = channel_to(server.address)
        with pytest.raises(Failure) as raised:
            call(channel)
        assert raised.value.code.name == "CANCELLED"


def test_another_process_closes_what_it_inherited_and_says_nothing(monkeypatch):
    def handler(script: Script) -> None:
        script.answer(script.request(), b"answer")
        stream = script.request()
        script.headers(stream)
        heard.append(script.sock.recv(100))

    heard: list[bytes] = []
    with raw_server(scripted(handler, answers)) as server:
        channel = channel_to(server.address)
        call(channel)
        exchange = channel.start(PATH, (), b"", None)
        real = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: real + 1)
        with pytest.raises(Failure, match="process"):
            exchange.receive()
        assert call(channel) == b"answer"
        assert list(channel._pools) == [real + 1]
        channel.close()
    assert heard in ([b""], [])
