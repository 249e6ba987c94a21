"""Build a service's image, look into it and run it as locked down as in production.

python -m tests.image SERVICE      the service in that folder
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import tomllib
from pathlib import Path

from tests.image.contents import check_description, check_inside
from tests.image.engine import BASE, Engine, Failed, Missing, clear, find_engine
from tests.image.use import check_hardened, check_receipt, check_served
from tests.real.checks import Checks
from tests.real.service import BUILD, ROOT

REQUIRE_ALL = "KVITTO_REQUIRE_ALL"
SKIPS = ROOT / "tests" / "skips.toml"
OUTPUT = BUILD / "image"
IMAGE = "localhost/kvitto-image:first"
REVISION = "0123abc"
MIB = 1024 * 1024

MOST_ADDED_MIB = 300
"""What the service may add to its base; typst, fonts and languages are most of it."""


def main(service: Path) -> int:
    """Run; exit code 1 when a check fails, or where nothing builds and everything must run."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    try:
        engine = find_engine(OUTPUT / "storage")
    except Missing as missing:
        print(f"skipped: {missing}")
        return 1 if os.environ.get(REQUIRE_ALL) == "1" and not _is_listed(str(missing)) else 0
    checks = Checks()
    try:
        _check(engine, service, checks)
    except Failed as failed:
        checks.that("every command that must work does", str(failed))
    finally:
        clear(engine)
    print(checks.verdict)
    return 1 if checks.failed else 0


def _is_listed(reason: str) -> bool:
    """Whether somebody has written down that these checks may be passed over."""
    listed = tomllib.loads(SKIPS.read_text(encoding="utf-8")).get("skips", [])
    return {"test": "tests/image", "reason": reason} in listed


def _check(engine: Engine, service: Path, checks: Checks) -> None:
    began = time.monotonic()
    engine.make_base(OUTPUT / "base.tar")
    print(f"base of Debian packages in {time.monotonic() - began:.1f} s, stored by {engine.driver}")

    arguments = {"BASE": BASE, "VERSION": "1.2.3", "REVISION": REVISION}
    began = time.monotonic()
    built = engine.build(service, IMAGE, arguments=arguments)
    cold_s = time.monotonic() - began
    base_mib = engine.inspect(BASE)["Size"] / MIB
    added_mib = built["Size"] / MIB - base_mib
    print(f"image of {base_mib + added_mib:.0f} MiB, {added_mib:.0f} of them above its base")
    checks.that(
        f"the service adds at most {MOST_ADDED_MIB} MiB to its base",
        None if added_mib <= MOST_ADDED_MIB else f"{added_mib:.0f} MiB",
    )
    check_description(built, service, REVISION, checks)
    check_inside(engine, IMAGE, checks)
    check_hardened(engine, IMAGE, checks)
    check_receipt(engine, IMAGE, OUTPUT / "data", checks)
    check_served(engine, IMAGE, OUTPUT / "data", checks)
    _check_changes(engine, service, checks, cold_s, built["Digest"])


def _check_changes(
    engine: Engine, service: Path, checks: Checks, cold_s: float, digest: str
) -> None:
    """What a second build comes to, of the same source and after a change of the code."""
    arguments = {"BASE": BASE, "VERSION": "1.2.3", "REVISION": REVISION}
    # Elsewhere, and each file of now: a build may take up neither.
    copy = OUTPUT / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(service, copy, copy_function=shutil.copyfile)
    again = engine.build(copy, IMAGE + "-again", "--no-cache", arguments=arguments)
    checks.equal(
        "a second build from nothing has the same digest", expected=digest, found=again["Digest"]
    )
    engine.build(service, IMAGE + "-cached", "--layers", arguments=arguments)
    code = service / "src" / "receipts" / "__init__.py"
    code.write_text(code.read_text(encoding="utf-8") + "\n# One more line.\n", encoding="utf-8")
    began = time.monotonic()
    changed = engine.build(service, IMAGE + "-changed", "--layers", arguments=arguments)
    changed_s = time.monotonic() - began
    print(f"built from nothing in {cold_s:.1f} s, after a change of code in {changed_s:.1f} s")
    checks.that(
        "a change of the code changes the digest",
        "the digest is the same" if changed["Digest"] == digest else None,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
