"""A server of the contract's RPCs that answers as a test says, and remembers what came."""

from dataclasses import dataclass, field

from xaiwire_server.rpc.methods import contract_rpcs
from xaiwire_server.rpc.refusal import Refusal
from xaiwire_server.wire.model import Served
from xaiwire_server.wire.port import Port


@dataclass(repr=False)
class Upstream:
    """The server.

    Attributes:
        answers: by the RPC's name: what it answers. A list of messages, which go one by one; an exception among them
            ends the call so. A function is called with the request and makes such a list, or an async iterator.
        requests: what came: the RPC's name and the message.
        metadata: what came beside it, in the same order.
        cancelled: how many calls were cancelled by the client.
        live: the RPCs' names whose streams of requests the answer's function reads itself.
    """

    answers: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    metadata: list = field(default_factory=list)
    cancelled: int = 0
    live: set = field(default_factory=set)
    address: str = ""

    def __post_init__(self):
        self._rpcs = contract_rpcs()
        self._port = Port(Served(self, None))

    async def start(self):
        await self._port.listen("127.0.0.1", 0)
        self.address = f"localhost:{self._port.port}"

    async def stop(self):
        await self._port.close(1)

    def find(self, path):
        return self._rpcs.get(path)

    async def responses(self, call, request):
        name = call.rpc.name
        try:
            if call.rpc.client_streams and name not in self.live:
                request = [message async for message in request]
            self.requests.append((name, request))
            self.metadata.append(dict(call.metadata))
            answer = self.answers[name]
            if callable(answer):
                answer = answer(request)
            if hasattr(answer, "__aiter__"):
                async for message in answer:
                    yield message
                return
            for message in answer:
                if isinstance(message, Exception):
                    raise message  # noqa: TRY301 - the test says so
                yield message
        except Refusal:
            raise
        except BaseException:
            self.cancelled += 1
            raise
