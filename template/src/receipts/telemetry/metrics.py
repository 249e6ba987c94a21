"""What this process counts, in the form that Prometheus reads.

Labels take their values from closed sets only: packs, business lines, document kinds, codes of
errors, routes. So the number of series is bounded, whatever comes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics import MetricWrapperBase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from receipts.domain.documents import Document

M = TypeVar("M", bound=MetricWrapperBase)

MEDIA_TYPE = CONTENT_TYPE_LATEST

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

ISSUED, DUPLICATE, REJECTED = OUTCOMES = ("issued", "duplicate", "rejected")
"""What becomes of an event."""

OTHER = "other"
"""Label of what is in no closed set."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper bounds of durations: a page takes a millisecond, a batch some ten."""


class Metrics:
    """The counters of one process."""

    def __init__(self, version: str) -> None:
        """Begin at zero.

        Args:
            version: Of the service.
        """
        self._registry = CollectorRegistry()
        self.metrics: list[MetricWrapperBase] = []
        self._events = self._counter(
            "receipts_events",
            "Events that came in over HTTP, by what became of them: issued, duplicate or rejected.",
            "outcome",
        )
        self._documents = self._counter(
            "receipts_documents",
            "Documents that were issued.",
            "country",
            "business_line",
            "kind",
        )
        self._dead_letters = self._counter(
            "receipts_dead_letters", "Events that became dead letters, by reason.", "code"
        )
        self._batch = self._histogram(
            "receipts_batch_seconds", "From the last byte of a batch to its commit, in seconds."
        )
        self._requests = self._counter(
            "receipts_http_requests", "Requests that were answered.", "route", "method", "status"
        )
        self._request = self._histogram(
            "receipts_http_request_seconds",
            "From the head of a request to the end of its answer, in seconds.",
            "route",
        )
        self._draining = self._gauge(
            "receipts_draining", "1 while the process finishes before it ends, else 0."
        )
        self._gauge("receipts_build_info", "The version that runs; always 1.", "version").labels(
            version
        ).set(1)

    def batch(self, received: int, duplicates: int, codes: Iterable[str], seconds: float) -> None:
        """Count a batch and what could not be issued of it.

        Args:
            received: Events in it.
            duplicates: Those that were issued before.
            codes: Of its dead letters.
            seconds: From intake to commit.
        """
        rejected = 0
        for code in codes:
            self._dead_letters.labels(code).inc()
            rejected += 1
        self._events.labels(DUPLICATE).inc(duplicates)
        self._events.labels(REJECTED).inc(rejected)
        self._events.labels(ISSUED).inc(received - duplicates - rejected)
        self._batch.observe(seconds)

    def documents(self, documents: Iterable[Document]) -> None:
        """Count issued documents."""
        for each in documents:
            self._documents.labels(each.country, each.business_line, each.kind.value).inc()

    def request(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count an answered request.

        Args:
            route: Template of its path; None where there is none.
            method: As it was sent.
            status: Of the answer.
            seconds: What it took.
        """
        name = route or OTHER
        verb = method if method in METHODS else OTHER
        self._requests.labels(name, verb, str(status)).inc()
        self._request.labels(name).observe(seconds)

    def drain(self) -> None:
        """Say that the process is about to end."""
        self._draining.set(1)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return self._kept(Counter(name, text, labels, registry=self._registry))

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return self._kept(Gauge(name, text, labels, registry=self._registry))

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return self._kept(Histogram(name, text, labels, registry=self._registry, buckets=SECONDS))

    def _kept(self, metric: M) -> M:
        self.metrics.append(metric)
        return metric
