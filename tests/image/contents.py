"""What an image says of itself, and what lies in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.image.engine import Engine
from tests.real.checks import Checks

SEARCH = """
import os
hidden = {"proc", "sys", "dev"}
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in hidden]
    for name in [*folders, *files]:
        path = os.path.join(folder, name)
        if name in {"uv", "uv_cache.json", ".cache", "pip.conf", "uv.toml"} or (
            path.startswith("/app/") and os.lstat(path).st_uid != 0
        ) or path in {"/build", "/opt/uv"}:
            print(path)
"""


def check_description(built: dict[str, Any], service: Path, revision: str, checks: Checks) -> None:
    """User, command, labels and what else a cluster reads from an image."""
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text(encoding="utf-8"))
    described = built["Config"]
    for promise, expected, found in (
        ("it runs as a number that is not root", "65532:65532", described.get("User")),
        ("it starts the command, without a shell", ["receipts"], described.get("Entrypoint")),
        ("it serves unless told otherwise", ["serve"], described.get("Cmd")),
        ("it is stopped by SIGTERM", "SIGTERM", described.get("StopSignal")),
        ("it names its port", {"8080/tcp": {}}, described.get("ExposedPorts")),
    ):
        checks.equal(promise, expected=expected, found=found)
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in described["Labels"].items()
        if name.startswith("org.opencontainers.image.")
    }
    checks.equal(
        "its labels say what it is made of",
        expected={"title": answers["service_name"], "version": "1.2.3", "revision": revision},
        found=labels,
    )


def check_inside(engine: Engine, image: str, checks: Checks) -> None:
    """No cache, no installer, no file that the service could change."""
    told = engine.run(
        image, "-c", SEARCH, options=["--user=0", "--cap-add=DAC_READ_SEARCH", _PYTHON]
    )
    checks.equal("the search of the image ends well", expected=(0, ""), found=told[::2])
    checks.equal(
        "no cache, no installer, no index of its own is left in it, and root owns its code",
        expected="",
        found=told.output,
    )


_PYTHON = "--entrypoint=python"
