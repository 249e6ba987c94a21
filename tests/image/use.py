"""An image in use: hardened as in production, it issues, serves, and stops when it is told to."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.image.engine import HARDENED, SMALL, Engine
from tests.real.checks import Checks

USER = 65532
NAME = "kvitto-served"
READY_WITHIN_S = 30
STOPPED_WITHIN_S = 60
"""An API in production has as long, see the manifests."""

PDF = "/tmp/it.pdf"  # noqa: S108  in the container
TOKENS = "--env=RECEIPTS_API__TOKENS=/srv/data/tokens.json"
KINDS = {"json": "application/json", "html": "text/html", "pdf": "application/pdf"}

TRY = """
import json, os
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
refused = []
for path in ("/x", "/app/x", "/srv/x", "/srv/config/x"):
    try:
        open(path, "w")
    except OSError:
        refused.append(path)
open("/tmp/x", "w").close()
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
    "no_new_privileges": int(status["NoNewPrivs"]),
    "filtered": int(status["Seccomp"]),
    "refused": refused,
}))
"""


class Served(NamedTuple):
    """A container that serves."""

    address: str
    ready_after_s: float


def check_hardened(engine: Engine, image: str, checks: Checks) -> None:
    """A container may do nothing but its work."""
    told = engine.run(image, "-c", TRY, options=["--entrypoint=python"])
    expected = {
        "user": USER,
        "capabilities": 0,
        "no_new_privileges": 1,
        "filtered": 2,
        "refused": ["/x", "/app/x", "/srv/x", "/srv/config/x"],
    }
    found = json.loads(told.output) if told.exit_code == 0 else told.errors
    checks.equal(
        "it runs without any right, on a root that it cannot change", expected=expected, found=found
    )


def check_receipt(engine: Engine, image: str, data: Path, checks: Checks) -> None:
    """One receipt, from its event to its PDF, each command in a container of its own."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    shutil.chown(data, USER, USER)
    volume = [f"--volume={data}:/srv/data"]
    event = engine.run(image, "sample", "--count", "1", "--line", "rides").output
    issued = engine.run(image, "issue", "-", "--json", options=volume, given=event)
    checks.equal("a receipt is issued in it", expected=0, found=issued.exit_code)
    document_id = _newest(engine, image, data)
    page = engine.run(image, "show", document_id, "--format", "html", options=volume)
    checks.that("it is shown as a page", None if document_id in page.output else page.errors)
    made = engine.run(image, "show", document_id, "--format", "pdf", "-o", PDF, options=volume)
    checks.equal(
        "its PDF is made on a root that cannot be written",
        expected=(0, ""),
        found=(made.exit_code, made.errors),
    )
    verified = engine.run(image, "verify", "--all", options=volume)
    checks.equal("it is verified", expected=0, found=verified.exit_code)


def check_served(engine: Engine, image: str, data: Path, checks: Checks) -> None:
    """It becomes ready, answers who may ask, and ends with 0 when it is asked to stop."""
    options = [f"--volume={data}:/srv/data", TOKENS]
    scope = ["--scope", "receipts:read", "--days", "1"]
    token = engine.run(image, "tokens", "new", "reader", *scope, options=options).output.strip()
    with _served(engine, image, data) as served:
        if served is None:
            checks.that(f"it is ready within {READY_WITHIN_S} s", _logs(engine))
            return
        print(f"ready {served.ready_after_s:.2f} s after its start")
        receipt = f"{served.address}/receipts/{_newest(engine, image, data)}"
        for suffix, kind in KINDS.items():
            status, content_type = _ask(f"{receipt}.{suffix}", token)
            checks.equal(
                f"it serves the receipt as {suffix}",
                expected=(200, kind),
                found=(status, content_type.partition(";")[0]),
            )
        checks.equal(
            "without a token it serves nothing", expected=401, found=_ask(f"{receipt}.json")[0]
        )
        began = time.monotonic()
        engine.podman("stop", f"--time={STOPPED_WITHIN_S}", NAME)
        print(f"stopped {time.monotonic() - began:.2f} s after SIGTERM")
        code = engine.podman("wait", NAME).output.strip()
        checks.equal("SIGTERM ends it with exit code 0", expected="0", found=code)
        checks.that("its log is JSON, a line each", _no_json(_logs(engine)))


def _newest(engine: Engine, image: str, data: Path) -> str:
    """Id of the newest document in the store."""
    listed = engine.run(image, "list", "--limit", "1", options=[f"--volume={data}:/srv/data"])
    return listed.output.partition(" ")[0] or "no document"


@contextmanager
def _served(engine: Engine, image: str, data: Path) -> Iterator[Served | None]:
    """The image, serving; None where it is not ready in time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [f"--env=RECEIPTS_API__PORT={port}", TOKENS, f"--volume={data}:/srv/data"]
    how = ["run", "--detach", f"--name={NAME}", "--network=host", *HARDENED, *SMALL, *settings]
    began = time.monotonic()
    subprocess.run([*engine.podman_command(), *how, image], stdout=subprocess.DEVNULL, check=True)
    address = f"http://127.0.0.1:{port}"
    try:
        ready = _await_ready(address, began + READY_WITHIN_S)
        yield Served(address, time.monotonic() - began) if ready else None
    finally:
        engine.podman("rm", "--force", "--time=0", NAME)


def _await_ready(address: str, give_up: float) -> bool:
    while time.monotonic() < give_up:
        try:
            if _ask(f"{address}/health/ready")[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _ask(address: str, token: str | None = None) -> tuple[int, str]:
    """Status and content type of an answer."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    asked = urllib.request.Request(address, headers=headers)  # noqa: S310  our own
    # This machine's own address is not for the proxy that the environment may name.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(asked, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"]
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers["Content-Type"] or ""


def _logs(engine: Engine) -> str:
    """What the container wrote to standard error."""
    return engine.podman("logs", NAME).errors


def _no_json(lines: str) -> str | None:
    """The first line of a log that is no JSON object; None where all are, and one is."""
    if not lines.strip():
        return "it has no line"
    for line in lines.splitlines():
        try:
            if not isinstance(json.loads(line), dict):
                return line
        except ValueError:
            return line
    return None
