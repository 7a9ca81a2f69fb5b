"""Comments out of the docstrings of gRPC modules."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.sources import grpc_docstrings
from protoalign.sources.grpc_docstrings import comments_of_grpc_modules

MODULE = '''"""Client and server classes corresponding to protobuf-defined services."""
import grpc


class OrdersStub(object):
    """Missing associated documentation comment in .proto file."""

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.Get = channel.unary_unary('/shop.v1.Orders/Get')


class OrdersServicer(object):
    """Orders of a shop.

    They are `kept` for a year:
      - indented
    \\"\\"\\" and \\\\ are escaped.
    """

    def Get(self, request, context):
        """Gets one.
        """
        raise NotImplementedError('Method not implemented!')

    def List(self, request, context):
        """Missing associated documentation comment in .proto file."""
        raise NotImplementedError('Method not implemented!')

    def Gone(self, request, context):
        """No RPC of that name."""
        raise NotImplementedError('Method not implemented!')


def add_OrdersServicer_to_server(servicer, server):
    generic_handler = grpc.method_handlers_generic_handler('shop.v1.Orders', {})


 # This class is part of an EXPERIMENTAL API.
class Orders(object):
    """Orders of a shop."""
'''


def orders(package: str = "shop.v1") -> bytes:
    file = FileDescriptorProto(name=f"{package}/orders.proto", package=package)
    file.service.add(name="Other")
    service = file.service.add(name="Orders")
    for name in ("List", "Get"):
        service.method.add(name=name)
    return file.SerializeToString()


def test_docstrings_become_comments_with_their_place() -> None:
    service, rpc = comments_of_grpc_modules([("pkg/orders_pb2_grpc.py", MODULE.encode())], [orders()])
    assert (service.file, service.path) == ("shop.v1/orders.proto", (6, 1))
    assert service.leading == (
        ' Orders of a shop.\n\n They are `kept` for a year:\n   - indented\n """ and \\ are escaped.\n'
    )
    assert service.provenance == "pkg/orders_pb2_grpc.py:18"
    assert (rpc.path, rpc.leading, rpc.provenance) == ((6, 1, 2, 1), " Gets one.\n", "pkg/orders_pb2_grpc.py:26")


def test_the_module_says_which_service_it_means() -> None:
    comments = comments_of_grpc_modules([("m.py", MODULE.encode())], [orders("other.v1"), orders(), orders()])
    assert {comment.file for comment in comments} == {"shop.v1/orders.proto"}
    assert comments_of_grpc_modules([("m.py", MODULE.encode())], [orders("other.v1"), b"\xff"]) == ()


def test_of_equal_comments_the_first_is_kept() -> None:
    other = MODULE.replace("Gets one.", "Gets another.")
    comments = comments_of_grpc_modules(
        [("a.py", MODULE.encode()), ("b.py", MODULE.encode()), ("c.py", other.encode())], [orders()]
    )
    assert [comment.provenance.partition(":")[0] for comment in comments] == ["a.py", "a.py", "c.py"]


@pytest.mark.parametrize("name", ["Get", "Gét"])
def test_the_quick_way_and_the_syntax_tree_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method = '''
    def Get(self, request_iterator, context):
        """ A "quoted"
    word — ünïcode.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')
'''.replace("Get", name)
    text = f'class OrdersServicer(object):\n    """About orders."""\n{method}\n\nX = "/shop.v1.Orders/Get"\n'
    quick = comments_of_grpc_modules([("m.py", text.encode())], [orders()])
    assert grpc_docstrings._generated_docstrings(text.partition("\n\nX")[0].encode()) is not None or name != "Get"
    monkeypatch.setattr(grpc_docstrings, "_generated_docstrings", lambda _piece: None)
    assert comments_of_grpc_modules([("m.py", text.encode())], [orders()]) == quick
    assert [comment.path for comment in quick] == ([(6, 1), (6, 1, 2, 1)] if name == "Get" else [(6, 1)])


def test_docstrings_that_look_like_code() -> None:
    text = MODULE.replace("    They are `kept`", "class Fake:\ndef f():\n    They are `kept`")
    comments = comments_of_grpc_modules([("m.py", text.encode())], [orders()])
    assert [comment.path for comment in comments] == [(6, 1), (6, 1, 2, 1)]
    assert "class Fake:" in comments[0].leading


@pytest.mark.parametrize(
    "text",
    [
        "class OrdersServicer(:\n '/shop.v1.Orders/Get'",
        "class OrdersServicer" + "(" * 9000 + "'/shop.v1.Orders/Get'",
        "if 1:\n  '''\nclass OrdersServicer'''\n'/shop.v1.Orders/Get'\n",
        "class OrdersServicer: '/shop.v1.Orders/Get'\0",
    ],
)
def test_modules_that_do_not_parse_are_named(text: str) -> None:
    notes: list[str] = []
    assert comments_of_grpc_modules([("pkg/m.py", text.encode())], [orders()], notes.append) == ()
    assert notes == ["pkg/m.py does not parse, so its docstrings give no comments"]
