"""The generated wrappers talk to a server of the same contract that was made by other means."""

import asyncio

import pytest
from connectrpc.code import Code
from connectrpc.errors import ConnectError


def test_every_streaming_kind(shop, server):
    from acme_shop._gen.acme.shop.v1.shop_pb import Thing
    from acme_shop._services.connect import ConnectCaller
    from acme_shop._services.shop import Shop

    with ConnectCaller(server.address, metadata={"authorization": "Bearer key"}) as caller:
        client = Shop(caller)
        assert client.find(name="book", metadata=[("x-trace-bin", b"\x00\xff")]).name == "book"
        assert server.metadata["authorization"] == "Bearer key"
        assert server.metadata["x-trace-bin"] == b"\x00\xff"
        assert client.find(like=Thing(name="alike")).name == "alike"
        assert [thing.name for thing in client.watch(name="w")] == ["w0", "w1", "w2"]
        assert client.store(Thing(name=str(number)) for number in range(5)).count == 5
        assert [thing.name for thing in client.trade([Thing(name="ab"), Thing(name="cd")])] == ["ba", "dc"]
        assert client.clear() is not None
        assert [thing.name for thing in client.list_all()] == ["0a", "0b", "1a", "1b", "2a", "2b"]


def test_every_streaming_kind_in_an_event_loop(shop, server):
    from acme_shop._gen.acme.shop.v1.shop_pb import Thing
    from acme_shop._services.connect import AsyncConnectCaller
    from acme_shop._services.shop import AsyncShop

    async def things():
        for name in ("ab", "cd"):
            yield Thing(name=name)

    async def calls():
        async with AsyncConnectCaller(server.address) as caller:
            client = AsyncShop(caller)
            assert (await client.find(name="book")).name == "book"
            assert [thing.name async for thing in client.watch(name="w")] == ["w0", "w1", "w2"]
            assert (await client.store(things())).count == 2
            assert (await client.store([Thing(), Thing(), Thing()])).count == 3
            assert [thing.name async for thing in client.trade(things())] == ["ba", "dc"]
            assert [thing.name async for thing in client.list_all(page_token="1")] == ["1a", "1b", "2a", "2b"]

    asyncio.run(calls())


def test_an_error_of_the_server_and_a_deadline(shop, server):
    from acme_shop._services.connect import ConnectCaller
    from acme_shop._services.shop import Shop

    with ConnectCaller(server.address) as caller:
        with pytest.raises(ConnectError) as not_found:
            Shop(caller).find(name="nothing")
        assert not_found.value.code is Code.NOT_FOUND
        with pytest.raises(ConnectError) as too_late:
            Shop(caller).find(name="slow", timeout=0.2)
        assert too_late.value.code is Code.DEADLINE_EXCEEDED


def test_closing_a_stream_cancels_the_call(shop, server):
    from acme_shop._services.connect import AsyncConnectCaller, ConnectCaller
    from acme_shop._services.shop import AsyncShop, Shop

    with ConnectCaller(server.address) as caller:
        stream = Shop(caller).watch(name="for ever")
        next(stream)
        stream.close()
        assert server.cancelled.wait(5)
    server.cancelled.clear()

    async def first_of_many():
        async with AsyncConnectCaller(server.address) as caller:
            stream = AsyncShop(caller).watch(name="for ever")
            await anext(stream)
            await stream.aclose()
            assert await asyncio.to_thread(server.cancelled.wait, 5)

    asyncio.run(first_of_many())


def test_a_page_that_comes_twice_ends_with_an_error(shop, server):
    from acme_shop._services.calls import RepeatedPageError
    from acme_shop._services.connect import ConnectCaller
    from acme_shop._services.shop import Shop

    with ConnectCaller(server.address) as caller, pytest.raises(RepeatedPageError, match="page_token"):
        list(Shop(caller).list_all(page_token="7"))


def test_what_a_call_does_not_take_is_refused(shop, server):
    from acme_shop._services.connect import ConnectCaller
    from acme_shop._services.shop import Shop

    with ConnectCaller(server.address) as caller:
        with pytest.raises(TypeError, match=r"/acme\.shop\.v1\.Shop/Find does not take 'naem'"):
            Shop(caller).find(naem="book")
        with pytest.raises(ValueError, match="above 0"):
            Shop(caller).find(name="book", timeout=-1)
        with pytest.raises(ValueError, match="only names that end in -bin take bytes"):
            Shop(caller).find(name="book", metadata={"x-trace": b"1"})


def test_a_closed_caller_says_so(shop, server):
    from acme_shop._services.connect import AsyncConnectCaller, ConnectCaller
    from acme_shop._services.shop import AsyncShop, Shop

    with ConnectCaller(server.address) as caller:
        pass
    with pytest.raises(RuntimeError, match="ConnectCaller is closed"):
        Shop(caller).find(name="book")

    async def after_closing():
        async with AsyncConnectCaller(server.address) as caller:
            pass
        with pytest.raises(RuntimeError, match="AsyncConnectCaller is closed"):
            await AsyncShop(caller).find(name="book")

    asyncio.run(after_closing())


def test_metadata_of_a_call_takes_the_place_of_the_caller_s(shop, server):
    from acme_shop._services.connect import ConnectCaller
    from acme_shop._services.shop import Shop

    with ConnectCaller(server.address, metadata={"Authorization": "Bearer old"}) as caller:
        Shop(caller).find(name="book", metadata={"authorization": "Bearer new"})
        assert server.metadata["authorization"] == "Bearer new"


def test_an_error_in_making_requests_comes_back_as_it_is(shop, server):
    from acme_shop._gen.acme.shop.v1.shop_pb import Thing
    from acme_shop._services.connect import AsyncConnectCaller, ConnectCaller
    from acme_shop._services.shop import AsyncShop, Shop

    def broken():
        yield Thing(name="a")
        raise LookupError("mine")

    with ConnectCaller(server.address) as caller:
        with pytest.raises(LookupError, match="mine"):
            Shop(caller).store(broken())
        with pytest.raises(LookupError, match="mine"):
            list(Shop(caller).trade(broken()))

    async def calls():
        async with AsyncConnectCaller(server.address) as caller:
            with pytest.raises(LookupError, match="mine"):
                await AsyncShop(caller).store(broken())

    asyncio.run(calls())


def test_a_cancelled_task_and_a_limit_of_asyncio(shop, server):
    from acme_shop._services.connect import AsyncConnectCaller
    from acme_shop._services.shop import AsyncShop

    async def calls():
        async with AsyncConnectCaller(server.address) as caller:
            task = asyncio.create_task(AsyncShop(caller).find(name="slow"))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await AsyncShop(caller).find(name="slow")

    asyncio.run(calls())
