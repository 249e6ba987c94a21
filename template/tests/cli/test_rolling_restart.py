"""Instances are replaced one after the other under load: no request fails, nothing comes twice."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import httpx
from tests.cli.test_serve import address_of
from tests.service import as_lines, findings_of, open_shards, ride

if TYPE_CHECKING:
    import subprocess

    from tests.service import Service

CLIENTS = 3
INSTANCES = 2
DRAIN_S = "1"
"""Longer than the balancer takes to look elsewhere."""

LOOKS_EVERY_S = 0.05


class Balancer:
    """Sends requests to instances that say that they are ready, as a load balancer does."""

    def __init__(self) -> None:
        """Know no instance yet."""
        self._ready: dict[str, bool] = {}
        self._turn = count()
        self._done = threading.Event()
        self._looker = threading.Thread(target=self._look)

    def add(self, address: str) -> None:
        """Ask an instance from now on."""
        self._ready[address] = False

    def remove(self, address: str) -> None:
        """Ask it no more."""
        del self._ready[address]

    def wait_for(self, instances: int) -> None:
        """Until so many are ready."""
        give_up = time.monotonic() + 30
        while sum(self._ready.values()) < instances:
            assert time.monotonic() < give_up
            time.sleep(LOOKS_EVERY_S)

    def pick(self) -> str:
        """One that is ready, in turn."""
        ready = [address for address, is_ready in list(self._ready.items()) if is_ready]
        return ready[next(self._turn) % len(ready)]

    def __enter__(self) -> Balancer:
        self._looker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._looker.join()

    def _look(self) -> None:
        while not self._done.wait(LOOKS_EVERY_S):
            for address in list(self._ready):
                try:
                    answer = httpx.get(f"{address}/health/ready")
                except httpx.TransportError:
                    is_ready = False
                else:
                    is_ready = answer.status_code == 200
                if address in self._ready:
                    self._ready[address] = is_ready


class Load:
    """Clients that send one event after the other."""

    def __init__(self, balancer: Balancer) -> None:
        """Send by a balancer."""
        self._balancer = balancer
        self._numbers = count(1)
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(CLIENTS)]
        self.outcomes: list[str] = []

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        headers = {"content-type": "application/cloudevents+json"}
        with httpx.Client(timeout=20) as client:
            while not self._done.is_set():
                content = as_lines([ride(next(self._numbers))])[0]
                address = self._balancer.pick()
                try:
                    answer = client.post(f"{address}/events", content=content, headers=headers)
                    self.outcomes.append(answer.json()["events"][0]["outcome"])
                except (httpx.TransportError, KeyError) as failure:
                    self.outcomes.append(f"failed: {failure!r}")


def test_instances_are_replaced_under_load_without_one_failed_request(service: Service) -> None:
    running: list[tuple[subprocess.Popen[str], str]] = []
    with ExitStack() as processes, Balancer() as balancer:

        def start() -> None:
            # Nobody reads their lines meanwhile, and a pipe takes only so many.
            quiet = {"RECEIPTS_API__DRAIN_S": DRAIN_S, "RECEIPTS_LOG__LEVEL": "error"}
            process = processes.enter_context(service.start("serve", "--port", "0", **quiet))
            running.append((process, address_of(process)))
            balancer.add(running[-1][1])

        for _ in range(INSTANCES):
            start()
        balancer.wait_for(INSTANCES)
        with Load(balancer) as load:
            for _ in range(INSTANCES):
                process, address = running.pop(0)
                process.terminate()
                assert process.wait(30) == 0
                balancer.remove(address)
                start()
                balancer.wait_for(INSTANCES)
        for process, _ in running:
            process.terminate()
        for process, _ in running:
            process.wait(30)

    assert len(load.outcomes) > 50
    assert set(load.outcomes) == {"accepted"}
    with open_shards(service) as stores:
        assert list(findings_of(stores)) == []
        assert stores.shards[0].claims() == len(load.outcomes)
