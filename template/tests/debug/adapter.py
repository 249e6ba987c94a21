"""A client of the Debug Adapter Protocol, as an editor has one; the standard library alone.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATIENCE_S = 60
"""How long a debugger may take before its test gives it up."""

Message = dict[str, Any]


class Refused(Exception):
    """The adapter refused a request, in its own words."""


class NoSuchEvent(Exception):
    """The program or its adapter ended before the event came."""


class Adapter:
    """One conversation with a debug adapter."""

    def __init__(self, reads: IO[bytes], writes: IO[bytes]) -> None:
        self._reads = reads
        self._writes = writes
        self._sent = 0
        self._answers: dict[int, Message] = {}
        self._events: list[Message] = []

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request and do not wait; answers with its number."""
        self._sent += 1
        request = {
            "seq": self._sent,
            "type": "request",
            "command": command,
            "arguments": arguments,
        }
        body = json.dumps(request).encode()
        self._writes.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._writes.flush()
        return self._sent

    def answer(self, number: int) -> Message:
        """The answer to a request.

        Raises:
            Refused: The adapter says why it did not do it.
        """
        while number not in self._answers:
            self._take()
        answer = self._answers.pop(number)
        if not answer["success"]:
            raise Refused(f"{answer['command']}: {answer.get('message')}")
        body: Message = answer.get("body") or {}
        return body

    def ask(self, command: str, **arguments: Any) -> Message:
        """Send a request and wait for its answer."""
        return self.answer(self.send(command, **arguments))

    def event(self, *names: str) -> Message:
        """The next event of one of these names; events before it stay to be asked for.

        Raises:
            NoSuchEvent: None came.
        """
        while True:
            for place, event in enumerate(self._events):
                if event["event"] in names:
                    del self._events[place]
                    return event
            self._take()

    def locals(self) -> tuple[Message, dict[str, str]]:
        """Where the program stands after it stopped, and its local variables as text."""
        stopped = self.event("stopped", "terminated")
        if stopped["event"] == "terminated":
            raise NoSuchEvent("The program ended and reached no breakpoint.")
        thread = stopped["body"]["threadId"]
        frame: Message = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        scope = self.ask("scopes", frameId=frame["id"])["scopes"][0]
        variables = self.ask("variables", variablesReference=scope["variablesReference"])
        shown = {each["name"]: each["value"] for each in variables["variables"]}
        return {**frame, "thread": thread}, shown

    def _take(self) -> None:
        length = None
        while (line := self._reads.readline()).strip():
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
        if length is None:
            waiting = [each["event"] for each in self._events]
            raise NoSuchEvent(f"The adapter hung up; events nobody asked for: {waiting}.")
        message: Message = json.loads(self._reads.read(length))
        if message["type"] == "response":
            self._answers[message["request_seq"]] = message
        elif message["type"] == "event":
            self._events.append(message)


@contextmanager
def started_adapter(folder: Path, environment: Mapping[str, str]) -> Iterator[Adapter]:
    """debugpy's adapter as a process, as an editor starts it for `launch`."""
    with subprocess.Popen(
        [sys.executable, "-m", "debugpy.adapter"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        too_late = threading.Timer(PATIENCE_S, process.kill)
        too_late.start()
        try:
            assert process.stdout is not None
            assert process.stdin is not None
            yield Adapter(process.stdout, process.stdin)
        finally:
            too_late.cancel()
            process.terminate()


@contextmanager
def connected_adapter(host: str, port: int) -> Iterator[Adapter]:
    """The adapter that a listening process has, as an editor reaches it for `attach`."""
    with (
        socket.create_connection((host, port), timeout=PATIENCE_S) as connection,
        connection.makefile("rb") as reads,
        connection.makefile("wb") as writes,
    ):
        yield Adapter(reads, writes)
