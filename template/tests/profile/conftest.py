"""These tests need profilers: `nox -s debug` installs them, the other sessions leave them out."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("memray") else ["test_*.py"]
