"""A cluster would accept what a region's overlay renders, and run it locked down."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.template import render

REGIONS = ["eu-central", "us-east"]
KUBERNETES = "1.37"

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def manifests(
    light_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Manifest]]:
    """What each region's overlay renders."""
    target = tmp_path_factory.mktemp("regions") / "service"
    service = render(light_template, target, {"regions": REGIONS})
    return {region: kustomized(service, region) for region in REGIONS}


def kustomized(service: Path, region: str) -> list[Manifest]:
    """Everything that one overlay renders."""
    overlay = service / "deploy" / "kubernetes" / "overlays" / region
    rendered = subprocess.run(
        ["kubectl", "kustomize", str(overlay)], capture_output=True, check=True, encoding="utf-8"
    )
    return list(yaml.safe_load_all(rendered.stdout))


def only(kind: str, among: list[Manifest]) -> Manifest:
    """The one object of a kind."""
    (found,) = [manifest for manifest in among if manifest["kind"] == kind]
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_every_object_fits_its_schema(region: str, manifests: dict[str, list[Manifest]]) -> None:
    for manifest in manifests[region]:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_misspelt_field_does_not_fit(manifests: dict[str, list[Manifest]]) -> None:
    broken = {**only("Service", manifests["eu-central"]), "specc": {}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


@pytest.mark.parametrize("region", REGIONS)
def test_the_service_is_told_its_region(region: str, manifests: dict[str, list[Manifest]]) -> None:
    settings = only("ConfigMap", manifests[region])["data"]

    assert settings["RECEIPTS_REGION"] == region
    assert settings["RECEIPTS_ENVIRONMENT"] == "production"


def test_a_changed_setting_rolls_the_pod(manifests: dict[str, list[Manifest]]) -> None:
    names = {only("ConfigMap", manifests[region])["metadata"]["name"] for region in REGIONS}

    assert len(names) == len(REGIONS)


def test_the_container_may_do_nothing_but_its_work(manifests: dict[str, list[Manifest]]) -> None:
    pod = only("StatefulSet", manifests["eu-central"])["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_one_pod_writes_one_volume(manifests: dict[str, list[Manifest]]) -> None:
    spec = only("StatefulSet", manifests["eu-central"])["spec"]
    (claim,) = spec["volumeClaimTemplates"]

    assert spec["replicas"] == 1
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]


def test_alive_and_ready_are_different_questions(manifests: dict[str, list[Manifest]]) -> None:
    spec = only("StatefulSet", manifests["eu-central"])["spec"]["template"]["spec"]
    (container,) = spec["containers"]

    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]


def test_no_secret_is_rendered(manifests: dict[str, list[Manifest]]) -> None:
    for region in REGIONS:
        assert "Secret" not in {manifest["kind"] for manifest in manifests[region]}
    pod = only("StatefulSet", manifests["eu-central"])["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounted = {mount["name"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for variable, name, file in (
        ("RECEIPTS_API__TOKENS", "tokens", "/tokens.json"),
        ("RECEIPTS_API__LINK_KEYS", "link-keys", ""),
    ):
        value = mounted[name]["mountPath"] + file
        assert {"name": variable, "value": value} in container["env"]
        assert mounted[name]["readOnly"]
        assert "subPath" not in mounted[name]
        assert volumes[name]["secret"]["secretName"] == f"{pod['serviceAccountName']}-{name}"
