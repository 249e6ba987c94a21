"""What a server shows to Prometheus is what the page of metrics says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families
from tests.api.serving import serving
from tests.docs.metrics_page import BEGUN, SUFFIX, VALUES, metrics
from tests.service import as_lines, open_shards, ride

if TYPE_CHECKING:
    from tests.service import Service

LISTED = {
    label: set(re.findall(r"`([^`]+)`", VALUES[label]))
    for label in ("kind", "method", "outcome", "route")
}
"""Labels of which the page has every value."""


def test_a_server_shows_the_metrics_of_the_page_with_their_labels_and_values(
    service: Service,
) -> None:
    content = b"\n".join(as_lines([ride(1), ride(1), ride(2, licence="boat")]))
    with open_shards(service) as stores, serving(stores, service=service) as client:
        client.post("/events", content=content, headers={"content-type": "application/x-ndjson"})
        client.request("ODD", "/nowhere")
        client.get("/verify")
        families = [*text_string_to_metric_families(client.get("/metrics").text)]

    named = {
        f"{each.name}{SUFFIX.get(each.type, '')}": each
        for each in families
        if not each.name.endswith(BEGUN)
    }
    assert named.keys() == metrics().keys()
    for name, (kind, text, labels) in metrics().items():
        assert (named[name].type, named[name].documentation) == (kind, text)
        assert named[name].samples
        for sample in named[name].samples:
            assert sample.labels.keys() - {"le"} == set(labels)
            for label, listed in LISTED.items():
                assert sample.labels.get(label) in {None, *listed}
