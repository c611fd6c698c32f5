"""Solve blocks on a Dask cluster: the same task function, the same bytes, workers may come, go and die."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from geodata.errors import XuequError
from geodata.messages import say
from simulate.ensemble.blocks import Files, solve_files
from simulate.ensemble.solving import Workers

if TYPE_CHECKING:
    from distributed import Client

    from simulate.ensemble.market import Market

ANSWER_S = 10.0
"""How long a scheduler may take to answer, and to have a first worker."""
NO_WORKER_S = 60.0
"""How long to go on without any worker: killed ones are often started again."""


class OtherVersionError(Exception):
    """A worker has another version of xuequ: its draws may differ."""


@contextmanager
def connected(address: str, *, answer_s: float = ANSWER_S) -> Iterator[Client]:
    """Connect to a Dask scheduler that has a worker.

    Parameters
    ----------
    address : str
        Such as tcp://10.0.0.5:8786.
    answer_s : float
        Seconds to wait for the scheduler, and then for a worker.

    Raises
    ------
    XuequError
        If distributed is not installed, the scheduler does not answer, or it has no worker.
    """
    with _quiet():
        client = _client(address, answer_s)
        try:
            yield client
        finally:
            client.close(timeout=2)


@contextmanager
def on_cluster(
    client: Client,
    markets: Sequence[Market],
    *,
    keep: bool,
    chances: bool,
    no_worker_s: float = NO_WORKER_S,
) -> Iterator[Workers]:
    """Solve blocks on the workers of a Dask scheduler.

    Parameters
    ----------
    client : distributed.Client
        As `connected` gives it.
    markets : sequence of Market
        One a scenario. Each is sent to the scheduler once, as a task that any worker can do again: data
        that are only scattered would be lost with the last worker that holds them.
    keep, chances : bool
        As `simulate.ensemble.blocks.solve_block` takes them.
    no_worker_s : float
        Seconds to wait for a worker when all have gone.

    Raises
    ------
    XuequError
        If a worker lacks xuequ or has another version, or the scheduler or all workers are lost.
    """
    address = str(client.scheduler.address) if client.scheduler else ""
    with _errors_told(address):
        yield _workers(client, address, markets, keep, chances, no_worker_s)


def opened(data: bytes) -> Market:
    """Return a market from its bytes: the task that puts it into a worker's memory."""
    import cloudpickle

    market: Market = cloudpickle.loads(data)
    return market


def solve_there(market: Market, first: int, last: int, *, keep: bool, chances: bool, xuequ: str) -> Files:
    """Solve a block on a worker: `solve_files`, by the same version.

    Raises
    ------
    OtherVersionError
        If the worker has another version of xuequ than the command.
    """
    here = version("xuequ")
    if here != xuequ:
        raise OtherVersionError(here)
    return solve_files(market, first, last, keep=keep, chances=chances)


def _client(address: str, answer_s: float) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise XuequError(
            say("--scheduler needs the library distributed: pip install 'xuequ[cluster]'")
        ) from error
    try:
        _need_an_answer(address, answer_s)
        client = Client(address, timeout=answer_s, set_as_default=False, name="xuequ")
    except (OSError, ValueError, TimeoutError) as error:
        raise XuequError(
            say(
                "no Dask scheduler answers at {address}: start one (dask scheduler) and workers (dask "
                "worker {address}), or leave --scheduler out to use this machine",
                address=address,
            )
        ) from error
    try:
        client.wait_for_workers(1, timeout=answer_s)
    except TimeoutError as error:
        client.close(timeout=2)
        raise _no_workers(address) from error
    return client


def _need_an_answer(address: str, answer_s: float) -> None:
    """Raise if nobody, or something else than a scheduler, answers.

    `Client` waits for ever for what takes the connection and says nothing; its timeout is of the connection
    alone.
    """
    from distributed.core import connect

    async def greet() -> None:
        comm = await asyncio.wait_for(connect(address, timeout=answer_s), answer_s + 1)
        await comm.close()

    # on a thread of its own: in a notebook a loop runs on this one already
    with ThreadPoolExecutor(1) as pool:
        greeted = pool.submit(asyncio.run, greet())
        # what is no scheduler may answer anything, a length of many terabytes for one
        if (error := greeted.exception()) is not None:
            raise OSError("no scheduler answers") from error


def _workers(
    client: Client,
    address: str,
    markets: Sequence[Market],
    keep: bool,
    chances: bool,
    no_worker_s: float,
) -> Workers:
    import cloudpickle

    held = [client.submit(opened, cloudpickle.dumps(one), pure=False) for one in markets]
    executor = client.get_executor(pure=False)
    asked = {"keep": keep, "chances": chances, "xuequ": version("xuequ")}

    def submit(scenario: int, first: int, last: int) -> Future[Files]:
        future: Future[Files] = executor.submit(solve_there, held[scenario], first, last, **asked)
        return future

    seen = time.monotonic()

    def check() -> None:
        nonlocal seen
        if _threads(client):
            seen = time.monotonic()
        elif time.monotonic() - seen > no_worker_s:
            raise _no_workers(address)

    return Workers(submit=submit, ahead=_kept(lambda: 2 * max(_threads(client), 1)), check=check)


def _threads(client: Client) -> int:
    """Return how many threads the workers have together; 0 while the scheduler is not there."""
    try:
        return sum(client.nthreads().values())
    except (OSError, TimeoutError):
        return 0


def _kept(ask: Callable[[], int], seconds: float = 5.0) -> Callable[[], int]:
    """Return a function that asks again only after some seconds: the scheduler is far away."""
    known, asked = 0, float("-inf")

    def answer() -> int:
        nonlocal known, asked
        if time.monotonic() - asked > seconds:
            known, asked = ask(), time.monotonic()
        return known

    return answer


def _no_workers(address: str) -> XuequError:
    return XuequError(
        say(
            "the Dask scheduler at {address} has no worker: start some with dask worker {address}; "
            "finished blocks are kept, and xuequ ensemble --resume goes on",
            address=address,
        )
    )


@contextmanager
def _errors_told(address: str) -> Iterator[None]:
    """Turn what goes wrong on a cluster into an error that says what to do."""
    try:
        yield
    except CancelledError as error:
        raise XuequError(
            say(
                "the Dask scheduler at {address} was lost; finished blocks are kept: go on with xuequ "
                "ensemble --resume",
                address=address,
            )
        ) from error
    except OtherVersionError as error:
        raise XuequError(
            say(
                "a Dask worker has xuequ {there}, this is {here}: install the same version on every "
                "machine",
                there=str(error),
                here=version("xuequ"),
            )
        ) from error
    except ImportError as error:
        raise XuequError(
            say(
                "a Dask worker lacks {module}: install the same version of xuequ, with all that it needs, "
                "on every machine",
                module=error.name or "xuequ",
            )
        ) from error
    except Exception as error:
        if type(error).__name__ != "KilledWorker":
            raise
        raise XuequError(
            say(
                "Dask workers died again and again on one block, perhaps for lack of memory; finished "
                "blocks are kept: go on with xuequ ensemble --resume"
            )
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the cluster's own log lines off the terminal; markets may be large."""
    loggers = [
        logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.core")
    ]
    before: list[tuple[logging.Logger, int]] = [(one, one.level) for one in loggers]
    config: Any = None
    try:
        import dask
        import distributed  # noqa: F401 - its settings first, or they go with ours

        config = dask.config.set({"distributed.admin.large-graph-warning-threshold": "100 GB"})
    except ImportError:
        pass
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)
        if config is not None:
            config.__exit__(None, None, None)
