"""An answer cut to what its request allows: stop sequences, the most tokens; and counted, with log probabilities."""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2, sample_pb2
from xaiwire_server.emulator.text.tokenizer import count_tokens, tokenize, truncated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xaiwire_server.emulator.answers.model import Delta

__all__ = ["Part", "Shaper", "log_probs"]

_Finish = sample_pb2.FinishReason
_ALTERNATIVES = (" the", " a", " and", " of", " to", ".", ",", " in", " that", " it")


@dataclass(slots=True)
class Part:
    """A part of an answer that goes out."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[chat_pb2.ToolCall, ...] = ()


class Shaper:
    """Cuts one answer as its parts come.

    Attributes:
        tokens: how many the answer has so far.
        reasoning_tokens: how many its reasoning has.
        finish: why the answer is over; None if it is not.
    """

    def __init__(self, stop: Sequence[str], max_tokens: int | None) -> None:
        """Begin.

        Args:
            stop: sequences at which the answer ends, without them.
            max_tokens: how many tokens it has at most; None is no limit.
        """
        self._stop = tuple(stop)
        self._room = math.inf if max_tokens is None else max_tokens
        self._held = ""
        self.tokens = 0
        self.reasoning_tokens = 0
        self.finish: _Finish | None = None

    def feed(self, delta: Delta) -> Part:
        """What goes out of a part that came; what could be the beginning of a stop sequence waits."""
        part = Part(reasoning=delta.reasoning, tool_calls=delta.tool_calls)
        if delta.reasoning:
            self.reasoning_tokens += count_tokens(delta.reasoning)
        if delta.text:
            part.text = self._cut(delta.text)
        for call in delta.tool_calls:
            if call.tool is not None:
                self.tokens += count_tokens(call.tool.value.name) + count_tokens(call.tool.value.arguments)
        if self.finish is None and delta.finish is not None:
            self.finish = delta.finish
        elif (
            self.finish is None
            and delta.tool_calls
            and any(call.type == chat_pb2.ToolCallType.CLIENT_SIDE_TOOL for call in delta.tool_calls)
        ):
            self.finish = _Finish.REASON_TOOL_CALLS
        return part

    def end(self) -> Part:
        """What is left when nothing more comes."""
        held, self._held = self._held, ""
        part = Part(text=self._limited(held) if held and self.finish is None else "")
        if self.finish is None:
            self.finish = _Finish.REASON_STOP
        return part

    def _cut(self, text: str) -> str:
        if not self._stop:
            return self._limited(text)
        whole = self._held + text
        self._held = ""
        places = [at for stop in self._stop if (at := whole.find(stop)) >= 0]
        if places:
            out = self._limited(whole[: min(places)])
            self.finish = self.finish or _Finish.REASON_STOP
            return out
        held = max((_overlap(whole, stop) for stop in self._stop), default=0)
        if held:
            self._held = whole[-held:]
            whole = whole[:-held]
        return self._limited(whole) if whole else ""

    def _limited(self, text: str) -> str:
        count = count_tokens(text)
        if count > self._room:
            text = truncated(text, int(self._room))
            count = int(self._room)
            self.finish = _Finish.REASON_MAX_LEN
        self._room -= count
        self.tokens += count
        return text


def _overlap(text: str, stop: str) -> int:
    """How many of the last characters of a text are the first of a stop sequence."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if stop.startswith(text[-length:]):
            return length
    return 0


def log_probs(text: str, top: int, seed: int) -> chat_pb2.LogProbs:
    """Log probabilities of a text's tokens: invented, but the same for the same text and seed.

    Args:
        text: the text.
        top: how many of the likeliest tokens are given for each; the chosen one is the first of them.
        seed: changes the numbers.
    """
    content: list[chat_pb2.LogProb] = []
    for token in tokenize(text):
        chosen = -2.0 * _fraction(f"{seed} {token.id}")
        likeliest = [chat_pb2.TopLogProb(token=token.text, logprob=chosen, bytes=token.data)] if top else []
        others = [other for other in _ALTERNATIVES if other != token.text][: max(0, top - 1)]
        for rank, other in enumerate(others, 1):
            logprob = _single(chosen - rank - _fraction(f"{seed} {token.id} {other}"))
            likeliest.append(chat_pb2.TopLogProb(token=other, logprob=logprob, bytes=other.encode()))
        content.append(chat_pb2.LogProb(token=token.text, logprob=chosen, bytes=token.data, top_logprobs=likeliest))
    return chat_pb2.LogProbs(content=content)


def _fraction(text: str) -> float:
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
    return _single(number / 2**32)


def _single(number: float) -> float:
    """As a float of 32 bits has it."""
    return float(struct.unpack("f", struct.pack("f", number))[0])
