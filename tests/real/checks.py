"""Checks that are counted, and say in words what differs."""

from __future__ import annotations


class Checks:
    """Counts what held and what did not."""

    def __init__(self) -> None:
        """Start with none."""
        self.passed = 0
        self.failed = 0

    def that(self, promise: str, differs: str | None) -> None:
        """Count one check.

        Args:
            promise: What must be true, as a sentence.
            differs: What is not as promised; None where all is.
        """
        if differs is None:
            self.passed += 1
            print(f"  ok      {promise}", flush=True)
        else:
            self.failed += 1
            print(f"  FAILED  {promise}: {differs}", flush=True)

    def equal(self, promise: str, *, expected: object, found: object) -> None:
        """Count one check of two values that must be equal."""
        self.that(promise, None if expected == found else f"expected {expected!r}, found {found!r}")

    @property
    def verdict(self) -> str:
        """The last line of the run."""
        return f"{self.passed} passed, {self.failed} failed"
