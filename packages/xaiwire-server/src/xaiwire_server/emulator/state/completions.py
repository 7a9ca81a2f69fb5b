"""Answers that are kept, and answers that are made later."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protobuf import Oneof

from xaiwire.proto import chat_pb2
from xaiwire_server.emulator.clock import seconds
from xaiwire_server.rpc.refusal import not_found

if TYPE_CHECKING:
    from xaiwire import StatusCode
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.database import Database

__all__ = ["Completions", "Deferred", "DeferredAnswers"]

KEPT = seconds(30 * 24 * 3600)
"""How long an answer is kept; the API's documentation says 30 days."""

DEFERRED_KEPT = seconds(24 * 3600)
"""How long a deferred answer waits to be fetched; the API's documentation says 24 hours."""


class Completions:
    """Answers that were kept because their requests said so."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        team_id: str,
        messages: list[chat_pb2.Message],
        response: chat_pb2.GetChatCompletionResponse,
    ) -> None:
        """Keep an answer, with the whole conversation before it."""
        now = self._clock.now()
        history = chat_pb2.GetCompletionsRequest(messages=messages)
        self._database.write(
            "INSERT INTO completions (id, team_id, messages, response, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
            (response.id, team_id, history.to_binary(), response.to_binary(), now, now + KEPT),
        )

    def get(self, team_id: str, response_id: str) -> chat_pb2.GetChatCompletionResponse:
        """An answer.

        Raises:
            Refusal: NOT_FOUND.
        """
        return chat_pb2.GetChatCompletionResponse.from_binary(self._row(team_id, response_id)[1])

    def history(self, team_id: str, response_id: str) -> list[chat_pb2.Message]:
        """The conversation that an answer ends, the answer included.

        Raises:
            Refusal: NOT_FOUND.
        """
        before, content = self._row(team_id, response_id)
        messages = chat_pb2.GetCompletionsRequest.from_binary(before).messages
        response = chat_pb2.GetChatCompletionResponse.from_binary(content)
        return [*messages, *(_said(output) for output in response.outputs[:1])]

    def delete(self, team_id: str, response_id: str) -> None:
        """Delete an answer.

        Raises:
            Refusal: NOT_FOUND.
        """
        self._row(team_id, response_id)
        self._database.write("DELETE FROM completions WHERE id = ?", (response_id,))

    def purge(self) -> int:
        """Delete what has expired; how many."""
        return self._database.write("DELETE FROM completions WHERE expires <= ?", (self._clock.now(),))

    def _row(self, team_id: str, response_id: str) -> tuple[bytes, bytes]:
        row = self._database.row(
            "SELECT messages, response FROM completions WHERE id = ? AND team_id = ? AND expires > ?",
            (response_id, team_id, self._clock.now()),
        )
        if row is None:
            raise not_found("response", response_id)
        return row[0], row[1]


def _said(output: chat_pb2.CompletionOutput) -> chat_pb2.Message:
    said = output.message or chat_pb2.CompletionMessage()
    text: Oneof[Literal["text"], str] = Oneof("text", said.content)
    return chat_pb2.Message(
        role=chat_pb2.MessageRole.ROLE_ASSISTANT,
        content=[chat_pb2.Content(content=text)] if said.content else [],
        tool_calls=list(said.tool_calls),
        encrypted_content=said.encrypted_content,
    )


@dataclass(frozen=True, slots=True)
class Deferred:
    """An answer that is made later.

    Attributes:
        id: what it is asked for by.
        team_id: whose it is.
        request: what it answers.
        response: the answer; None if there is none yet.
        error: why there will never be one.
        ready: from when on it is handed out.
        expires: until when.
    """

    id: str
    team_id: str
    request: bytes
    response: bytes | None
    error: tuple[int, str] | None
    ready: int
    expires: int


class DeferredAnswers:
    """Answers that are made later. Each is handed out once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def start(self, team_id: str, request: chat_pb2.GetCompletionsRequest, delay: int) -> str:
        """Promise an answer.

        Args:
            team_id: whose it is.
            request: what is to be answered.
            delay: how long it takes at least, in microseconds.

        Returns:
            Its id.
        """
        now = self._clock.now()
        identity = str(uuid.uuid4())
        self._database.write(
            "INSERT INTO deferred (id, team_id, request, ready, expires) VALUES (?, ?, ?, ?, ?)",
            (identity, team_id, request.to_binary(), now + delay, now + DEFERRED_KEPT),
        )
        return identity

    def answer(self, identity: str, response: chat_pb2.GetChatCompletionResponse) -> None:
        """An answer is there."""
        self._database.write("UPDATE deferred SET response = ? WHERE id = ?", (response.to_binary(), identity))

    def fail(self, identity: str, code: StatusCode, message: str) -> None:
        """An answer will not be there."""
        self._database.write(
            "UPDATE deferred SET error_code = ?, error_message = ? WHERE id = ?", (int(code), message, identity)
        )

    def get(self, team_id: str, identity: str) -> Deferred:
        """What has become of an answer.

        Raises:
            Refusal: NOT_FOUND; also where it has been handed out.
        """
        row = self._database.row(f"{_SELECT} WHERE id = ? AND team_id = ? AND NOT taken", (identity, team_id))
        if row is None:
            raise not_found("deferred request", identity)
        return _deferred(row)

    def take(self, identity: str) -> None:
        """An answer has been handed out."""
        self._database.write("UPDATE deferred SET taken = 1, response = NULL WHERE id = ?", (identity,))

    def open(self) -> list[Deferred]:
        """Those that have no answer yet."""
        rows = self._database.rows(f"{_SELECT} WHERE response IS NULL AND error_code IS NULL AND NOT taken")
        return [_deferred(row) for row in rows]


_SELECT = "SELECT id, team_id, request, response, error_code, error_message, ready, expires FROM deferred"


def _deferred(row: tuple[object, ...]) -> Deferred:
    identity, team_id, request, response, code, message, ready, expires = row
    error = None if code is None else (code, message)
    return Deferred(identity, team_id, request, response, error, ready, expires)  # type: ignore[arg-type]
