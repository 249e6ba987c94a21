"""The reference page of the metrics, made from what the process registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.test_contract import operations

from receipts.domain.documents import DocumentKind
from receipts.telemetry.metrics import METHODS, OTHER, OUTCOMES, SECONDS, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics import MetricWrapperBase

SUFFIX = {"counter": "_total"}
"""What Prometheus puts behind the name of a metric of a type."""


BEGUN = "_created"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in values)


VALUES = {
    "business_line": "a business line of the service, for example `rides`",
    "code": "the code of an [error](errors.md)",
    "country": "the code of a pack, for example `DE`",
    "kind": _listed(each.value for each in DocumentKind),
    "method": _listed([*sorted(METHODS), OTHER]),
    "outcome": _listed(OUTCOMES),
    "route": _listed([*sorted({path for path, _ in operations()}), OTHER]),
    "status": "an HTTP status; [Web API](api.md) has those of each operation",
    "version": "that of the service",
}
"""Every value that a label may have."""


def metrics() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Type, text and labels of every metric, by the name that Prometheus shows."""
    return dict(map(_described, Metrics("1").metrics))


def metrics_page() -> str:
    """Every metric with its labels and their values."""
    parts = [
        "# Metrics",
        "What a serving process counts, from its start: `/metrics`, in the form that Prometheus "
        "reads. It needs a token with the scope `metrics:read`: "
        "[give access](../how-to/give-access.md). Lines about single events: "
        "[read the logs](../how-to/read-the-logs.md).",
        "Labels take their values from closed sets, so no input makes more series. "
        "No label names a person or a document.",
        "A histogram has `_bucket`, `_sum` and `_count`. Upper bounds of its buckets, in seconds: "
        f"{', '.join(f'{each:g}' for each in SECONDS)}. "
        f"Beside a counter or a histogram stands `{BEGUN}`: since when it counts, in Unix seconds.",
    ]
    for name, (kind, text, labels) in metrics().items():
        parts += [f"## `{name}`", f"A {kind}. {text}"]
        if labels:
            rows = [f"| `{label}` | {VALUES[label]} |" for label in labels]
            parts.append("\n".join(["| label | values |", "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def _described(metric: MetricWrapperBase) -> tuple[str, tuple[str, str, tuple[str, ...]]]:
    (family,) = metric.describe()
    labels = tuple(metric._labelnames)
    name = f"{family.name}{SUFFIX.get(family.type, '')}"
    return name, (family.type, family.documentation, labels)
