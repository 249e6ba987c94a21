"""These tests need a debugger: `nox -s debug` installs it, the other sessions leave them out."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("debugpy") else ["test_*.py"]
