"""A Dask cluster draws the same bytes, also when a worker is killed; what is not there is said."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from geodata import XuequError
from simulate.ensemble import cluster
from simulate.ensemble.blocks import solve_files
from simulate.ensemble.running import Where, run_ensemble
from tests.simulate.ensemble.towns import (
    bytes_of,
    command,
    finished_blocks,
    market_in,
    more_classes,
    until,
)
from tests.tiny import write_tiny

DRAWS = 1000


def started(folder: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    log = (folder / f"{name}.log").open("wb")
    with log:
        return subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=log, stderr=log, cwd=folder)


def start_worker(folder: Path, name: str) -> subprocess.Popen[bytes]:
    # without a nanny, so that a killed one stays dead
    words = ("--scheduler-file", "scheduler.json", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
    return started(folder, name, "worker", *words, "--no-dashboard", "--local-directory", name)


@dataclass
class Cluster:
    """A scheduler, and workers when they are asked for: processes of this machine."""

    folder: Path
    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", "scheduler.json")
    scheduler = started(folder, "scheduler", "scheduler", *words)
    written = folder / "scheduler.json"
    there = Cluster(folder=folder, address="", workers=[])
    try:
        until(lambda: written.is_file() and bool(written.read_text(encoding="utf-8")))
        there.address = json.loads(written.read_text(encoding="utf-8"))["address"]
        yield there
    finally:
        for process in (*there.workers, scheduler):
            process.kill()
            process.wait()


@contextmanager
def listening(*, answers: bytes = b"") -> Iterator[str]:
    """Give the address of something that takes connections and is no scheduler."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = there.accept()
                    connection.sendall(answers)

        if answers:
            threading.Thread(target=answer, daemon=True).start()
        yield f"tcp://127.0.0.1:{there.getsockname()[1]}"


PROBE = """
import sys
from geodata import XuequError
from simulate.ensemble.cluster import connected
for address in sys.argv[1:]:
    try:
        with connected(address, answer_s=1):
            print("connected")
    except XuequError as error:
        print(error)
"""


# in this order: the scheduler has no workers yet
def test_a_scheduler_that_is_not_there_or_silent_or_without_workers_is_said(running: Cluster) -> None:
    with listening() as silent, listening(answers=b"HTTP/1.1 400 Bad Request\r\n\r\n") as other:
        addresses = ("tcp://127.0.0.1:1", silent, other, "no address at all", running.address)
        done = subprocess.run(
            [sys.executable, "-c", PROBE, *addresses], capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    said = done.stdout.splitlines()
    assert len(said) == 5, said
    for address, line in zip(addresses, said[:4], strict=False):
        assert f"no Dask scheduler answers at {address}" in line
    assert f"the Dask scheduler at {running.address} has no worker" in said[4]


def test_a_worker_and_then_the_command_are_killed_and_the_bytes_are_those_of_threads(
    running: Cluster, tmp_path: Path
) -> None:
    running.workers += [start_worker(running.folder, f"worker-{number}") for number in (1, 2)]
    project, scenario, out = write_tiny(tmp_path / "town"), more_classes(tmp_path), tmp_path / "cluster"
    asked = (project, "--scenario", scenario, "--draws", str(DRAWS), "--keep-draws", "--lang", "en")
    drawing = command(*asked, "--scheduler", running.address, "--out", out)
    until(lambda: finished_blocks(out) >= 1 or drawing.poll() is not None)
    running.workers[0].kill()  # SIGKILL
    running.workers[0].wait()
    after = finished_blocks(out)
    # the other one goes on
    until(lambda: finished_blocks(out) >= after + 3 or drawing.poll() is not None)
    drawing.kill()  # SIGKILL
    _, errors = drawing.communicate()
    assert "Traceback" not in errors
    finished = finished_blocks(out)
    assert after + 3 <= finished < 2 * DRAWS // 50, errors

    resumed = command("--resume", out, "--scheduler", running.address, "--lang", "en")
    said, errors = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, errors
    assert "Traceback" not in errors
    assert f"{2 * DRAWS - 50 * finished:,} seasons drawn" in said
    threads = tmp_path / "threads"
    run_ensemble(
        project, [scenario], lang="en", draws=DRAWS, keep=True, out=threads, where=Where(threads=2)
    )
    assert bytes_of(out) == bytes_of(threads)


def test_nothing_is_written_where_no_scheduler_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write_tiny(tmp_path / "town")
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    with pytest.raises(XuequError, match=r"needs the library distributed: pip install 'xuequ.cluster.'"):
        run_ensemble(project, lang="en", draws=2, where=Where(scheduler="tcp://127.0.0.1:1"))
    assert not (project / "runs").exists()


def test_a_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    market = market_in(tmp_path / "town")
    here = version("xuequ")
    assert cluster.solve_there(market, 0, 2, keep=False, chances=False, xuequ=here) == solve_files(
        market, 0, 2
    )
    with (
        pytest.raises(XuequError, match=f"a Dask worker has xuequ {here}, this is"),
        cluster._errors_told("tcp://x"),
    ):
        cluster.solve_there(market, 0, 2, keep=False, chances=False, xuequ="0.0.1")


class KilledWorker(Exception):  # noqa: N818 - the name that distributed has
    """What distributed raises when workers die on one task."""


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (cluster.CancelledError(), "the Dask scheduler at tcp://x was lost"),
        (ModuleNotFoundError("no", name="simulate"), "a Dask worker lacks simulate"),
        (KilledWorker(), "Dask workers died again and again on one block"),
    ],
)
def test_what_goes_wrong_on_a_cluster_is_said(raised: BaseException, words: str) -> None:
    with pytest.raises(XuequError, match=words), cluster._errors_told("tcp://x"):
        raise raised


def test_any_other_failure_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), cluster._errors_told("tcp://x"):
        raise ZeroDivisionError


def test_a_market_travels_as_bytes(tmp_path: Path) -> None:
    import cloudpickle

    market = market_in(tmp_path / "town")
    there = cluster.opened(cloudpickle.dumps(market))
    assert solve_files(there, 0, 2) == solve_files(market, 0, 2)


class Nobody:
    """A client whose workers have all gone."""

    def nthreads(self) -> dict[str, int]:
        return {}

    def submit(self, *_: object, **__: object) -> None:
        return None

    def get_executor(self, **_: object) -> None:
        return None


def test_a_cluster_whose_workers_have_all_gone_is_given_up_in_the_end() -> None:
    patient = cluster._workers(Nobody(), "tcp://x", [], False, False, 60.0)  # type: ignore[arg-type]
    patient.check()
    assert patient.ahead() == 2
    hasty = cluster._workers(Nobody(), "tcp://x", [], False, False, -1.0)  # type: ignore[arg-type]
    with pytest.raises(XuequError, match="has no worker"):
        hasty.check()
