"""A cluster would accept what a region's overlay renders, and five nines can rest on it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests import five_nines
from tests.five_nines import Manifest, Objects, Rule, api, container_of, kinds, pod_of
from tests.template import TEMPLATE, render

REGIONS = ["eu-central", "us-east"]
KUBERNETES = "1.37"
PROBES = ("startup", "readiness", "liveness")
PLACEHOLDER = "sha256:" + "0" * 64
PUSHED = "sha256:" + "7d" * 32

Rendered = dict[str, Objects]
Change = Callable[[Objects], object]


@pytest.fixture(scope="session")
def untouched(light_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service as it is generated, in two regions."""
    target = tmp_path_factory.mktemp("regions") / "service"
    return render(light_template, target, {"regions": REGIONS})


@pytest.fixture(scope="session")
def manifests(untouched: Path) -> Rendered:
    """What each region's overlay renders once an image was pushed."""
    for region in REGIONS:
        file = overlay_of(untouched, region) / "kustomization.yaml"
        text = file.read_text(encoding="utf-8")
        assert PLACEHOLDER in text
        file.write_text(text.replace(PLACEHOLDER, PUSHED), encoding="utf-8")
    return {region: kustomized(untouched, region) for region in REGIONS}


def overlay_of(service: Path, region: str) -> Path:
    """The folder of one region."""
    return service / "deploy" / "kubernetes" / "overlays" / region


def kustomized(service: Path, region: str) -> Objects:
    """Everything that one overlay renders."""
    rendered = subprocess.run(
        ["kubectl", "kustomize", str(overlay_of(service, region))],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return list(yaml.safe_load_all(rendered.stdout))


def drain_s() -> int:
    """How long the service's own orderly end may take, from its code and its settings."""
    package = TEMPLATE / "src" / "receipts"
    texts = [(package / name).read_text("utf-8") for name in ("cli/serve.py", "settings.py")]
    found = [
        int(seconds)
        for text in texts
        for seconds in re.findall(
            r"^\s*(?:DRAIN_S|drain_s)\b[^=\n]*= (?:Field\(default=)?(\d+)", text, re.MULTILINE
        )
    ]
    assert found
    return sum(found)


RULES = five_nines.rules(drain_s())


@pytest.mark.parametrize("region", REGIONS)
def test_every_object_fits_its_schema(region: str, manifests: Rendered) -> None:
    for manifest in manifests[region]:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_misspelt_field_does_not_fit(manifests: Rendered) -> None:
    (service,) = kinds(manifests["eu-central"], "Service")

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**service, "specc": {}}, KUBERNETES, strict=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("region", REGIONS)
def test_a_region_keeps_every_rule_of_five_nines(
    region: str, rule: Rule, manifests: Rendered
) -> None:
    assert list(rule(manifests[region])) == []


def test_an_overlay_is_refused_until_its_image_is_named(
    light_template: Path, tmp_path: Path
) -> None:
    service = render(light_template, tmp_path / "service", {})

    (problem,) = five_nines.the_image_is_named_by_its_digest(kustomized(service, "eu-central"))

    assert problem.endswith("write what the push of the image printed")


def main_container(objects: Objects) -> Manifest:
    """The API's container, to be changed."""
    container: Manifest = api(objects)["spec"]["template"]["spec"]["containers"][0]
    return container


def pod(objects: Objects) -> Manifest:
    """The API's pod, to be changed."""
    spec: Manifest = api(objects)["spec"]["template"]["spec"]
    return spec


def only(objects: Objects, kind: str) -> Manifest:
    """The one object of a kind, to be changed."""
    (found,) = kinds(objects, kind)
    return found


def policy(objects: Objects, end: str) -> Manifest:
    """What one network policy says, to be changed."""
    (found,) = [
        each["spec"]
        for each in kinds(objects, "NetworkPolicy")
        if each["metadata"]["name"].endswith(end)
    ]
    spec: Manifest = found
    return spec


def zones(objects: Objects) -> Manifest:
    """How the API is spread over zones, to be changed."""
    row: Manifest = pod(objects)["topologySpreadConstraints"][0]
    return row


def without(objects: Objects, kind: str) -> None:
    """Take away the objects of a kind."""
    objects[:] = [each for each in objects if each["kind"] != kind]


def rename(manifest: Manifest, name: str) -> None:
    """Give an object another name."""
    manifest["metadata"]["name"] = name


BREAKS: list[tuple[str, Change]] = [
    ("enough_replicas", lambda o: api(o)["spec"].update(replicas=2)),
    ("spread_over_zones", lambda o: pod(o).pop("topologySpreadConstraints")),
    ("spread_over_zones", lambda o: zones(o).update(whenUnsatisfiable="ScheduleAnyway")),
    ("spread_over_zones", lambda o: zones(o).pop("matchLabelKeys")),
    ("spread_over_zones", lambda o: zones(o)["labelSelector"]["matchLabels"].update(a="b")),
    (
        "nothing_is_taken_before_it_is_replaced",
        lambda o: api(o)["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    ),
    (
        "nothing_is_taken_before_it_is_replaced",
        lambda o: api(o)["spec"]["strategy"]["rollingUpdate"].update(maxSurge=0),
    ),
    ("a_bad_release_stops_by_itself", lambda o: api(o)["spec"].pop("minReadySeconds")),
    ("a_bad_release_stops_by_itself", lambda o: api(o)["spec"].pop("progressDeadlineSeconds")),
    ("a_node_can_be_emptied", lambda o: without(o, "PodDisruptionBudget")),
    (
        "a_node_can_be_emptied",
        lambda o: only(o, "PodDisruptionBudget")["spec"].update(maxUnavailable=0),
    ),
    (
        "a_node_can_be_emptied",
        lambda o: only(o, "PodDisruptionBudget")["spec"].pop("unhealthyPodEvictionPolicy"),
    ),
    (
        "three_questions_on_three_endpoints",
        lambda o: main_container(o)["livenessProbe"]["httpGet"].update(path="/health/ready"),
    ),
    ("three_questions_on_three_endpoints", lambda o: main_container(o).pop("startupProbe")),
    ("three_questions_on_three_endpoints", lambda o: main_container(o).pop("ports")),
    (
        "an_orderly_end_is_shorter_than_the_grace",
        lambda o: pod(o).update(terminationGracePeriodSeconds=drain_s() + 5),
    ),
    ("an_orderly_end_is_shorter_than_the_grace", lambda o: main_container(o).pop("lifecycle")),
    (
        "memory_is_set_aside",
        lambda o: main_container(o)["resources"]["limits"].update(memory="1Gi"),
    ),
    ("memory_is_set_aside", lambda o: main_container(o)["resources"]["limits"].update(cpu="1")),
    (
        "nothing_on_the_root_can_be_written",
        lambda o: main_container(o)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    (
        "nothing_on_the_root_can_be_written",
        lambda o: main_container(o)["securityContext"]["capabilities"].update(add=["NET_RAW"]),
    ),
    (
        "nothing_on_the_root_can_be_written",
        lambda o: pod(o)["volumes"].append({"name": "more", "emptyDir": {}}),
    ),
    (
        "a_number_that_is_not_root",
        lambda o: pod(o)["securityContext"].update(runAsNonRoot=False),
    ),
    ("a_number_that_is_not_root", lambda o: pod(o)["securityContext"].update(runAsUser=0)),
    ("a_number_that_is_not_root", lambda o: pod(o)["securityContext"].pop("seccompProfile")),
    (
        "nobody_can_speak_to_the_cluster",
        lambda o: only(o, "ServiceAccount").pop("automountServiceAccountToken"),
    ),
    (
        "nobody_can_speak_to_the_cluster",
        lambda o: pod(o).update(automountServiceAccountToken=True),
    ),
    ("nobody_can_speak_to_the_cluster", lambda o: pod(o).update(serviceAccountName="default")),
    (
        "the_image_is_named_by_its_digest",
        lambda o: main_container(o).update(image="registry.example.com/it:1.0.0"),
    ),
    (
        "the_image_is_named_by_its_digest",
        lambda o: main_container(o).update(image=f"registry.example.com/it@{PLACEHOLDER}"),
    ),
    (
        "the_image_is_named_by_its_digest",
        lambda o: main_container(o).update(image="registry.example.com/it@sha256:" + "8e" * 32),
    ),
    ("a_changed_setting_rolls_the_pods", lambda o: rename(only(o, "ConfigMap"), "settings")),
    ("a_changed_setting_rolls_the_pods", lambda o: main_container(o).pop("envFrom")),
    ("the_database_is_migrated_first", lambda o: without(o, "Job")),
    ("the_database_is_migrated_first", lambda o: only(o, "Job")["spec"].pop("backoffLimit")),
    ("the_database_is_migrated_first", lambda o: only(o, "Job")["metadata"].pop("labels")),
    (
        "the_database_is_migrated_first",
        lambda o: only(o, "Service")["spec"]["selector"].pop("app.kubernetes.io/component"),
    ),
    (
        "the_database_is_migrated_first",
        lambda o: only(o, "Service")["spec"]["selector"].update(a="b"),
    ),
    ("who_may_speak_is_named", lambda o: without(o, "NetworkPolicy")),
    ("who_may_speak_is_named", lambda o: policy(o, "-deny").update(policyTypes=["Ingress"])),
    ("who_may_speak_is_named", lambda o: policy(o, "-callers")["ingress"][0].pop("from")),
    ("who_may_speak_is_named", lambda o: policy(o, "-names")["egress"][0].pop("ports")),
    (
        "who_may_speak_is_named",
        lambda o: policy(o, "-database")["egress"][0]["to"].append(
            {"ipBlock": {"cidr": "0.0.0.0/0"}}
        ),
    ),
    (
        "secrets_are_only_named",
        lambda o: o.append({"kind": "Secret", "metadata": {"name": "it"}}),
    ),
    (
        "secrets_are_only_named",
        lambda o: only(o, "ConfigMap")["data"].update(
            RECEIPTS_STORE__URL="postgresql://receipts:open-sesame@db/receipts"
        ),
    ),
    (
        "secrets_are_only_named",
        lambda o: main_container(o)["env"].append({"name": "PASSWORD", "value": "my password"}),
    ),
    (
        "secrets_are_only_named",
        lambda o: main_container(o)["volumeMounts"][1].update(subPath="tokens.json"),
    ),
    ("a_region_stands_alone", lambda o: only(o, "ConfigMap")["data"].pop("RECEIPTS_REGION")),
    (
        "a_region_stands_alone",
        lambda o: only(o, "ConfigMap")["data"].update(RECEIPTS_REGION="us-east"),
    ),
]


@pytest.mark.parametrize(("name", "change"), BREAKS, ids=[name for name, _ in BREAKS])
def test_a_manifest_that_breaks_a_rule_is_seen_by_that_rule(
    name: str, change: Change, manifests: Rendered
) -> None:
    (rule,) = [rule for rule in RULES if rule.__name__ == name]
    changed = deepcopy(manifests["eu-central"])

    change(changed)

    assert list(rule(changed))


def test_every_rule_is_broken_once() -> None:
    assert {name for name, _ in BREAKS} == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("region", REGIONS)
def test_the_service_is_told_its_region(region: str, manifests: Rendered) -> None:
    (settings,) = kinds(manifests[region], "ConfigMap")

    assert settings["data"]["RECEIPTS_REGION"] == region
    assert settings["data"]["RECEIPTS_ENVIRONMENT"] == "production"


def test_two_regions_have_settings_of_different_names(manifests: Rendered) -> None:
    names = {only(manifests[region], "ConfigMap")["metadata"]["name"] for region in REGIONS}

    assert len(names) == len(REGIONS)


def test_everything_but_the_api_can_be_deployed_before_it(manifests: Rendered) -> None:
    page = (TEMPLATE / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
    assert "--selector app.kubernetes.io/component!=api" in page
    first = [
        each["kind"]
        for each in manifests["eu-central"]
        if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") != "api"
    ]

    assert "Deployment" not in first
    assert {"ConfigMap", "Job", "NetworkPolicy", "ServiceAccount"} <= set(first)


def test_each_secret_is_mounted_where_the_service_looks_for_it(manifests: Rendered) -> None:
    objects = manifests["eu-central"]
    container, volumes = container_of(api(objects)), pod_of(api(objects))["volumes"]
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    secrets = {each["name"]: each["secret"]["secretName"] for each in volumes if "secret" in each}
    variables = {row["name"]: row["value"] for row in container["env"]}

    service = api(objects)["metadata"]["name"]
    assert secrets == {name: f"{service}-{name}" for name in ("store", "tokens", "link-keys")}
    assert variables == {
        "RECEIPTS_API__TOKENS": mounted["tokens"] + "/tokens.json",
        "RECEIPTS_API__LINK_KEYS": mounted["link-keys"],
    }
    settings = (TEMPLATE / "src" / "receipts" / "settings.py").read_text(encoding="utf-8")
    assert f'SECRETS_FOLDER = Path("{mounted["store"]}")' in settings


@pytest.mark.parametrize("region", REGIONS)
def test_what_a_probe_asks_is_in_the_contract_of_the_service(
    region: str, manifests: Rendered
) -> None:
    contract = TEMPLATE / "src" / "receipts" / "api" / "openapi.yaml"
    paths = yaml.safe_load(contract.read_text("utf-8"))["paths"]
    container = main_container(manifests[region])
    asked = [container[f"{name}Probe"]["httpGet"]["path"] for name in PROBES]

    assert len(set(asked)) == len(PROBES)
    assert [path for path in asked if path not in paths] == []


@pytest.mark.parametrize("region", REGIONS)
def test_what_a_container_is_told_to_do_is_a_command_of_the_service(
    region: str, manifests: Rendered
) -> None:
    written = (TEMPLATE / "src" / "receipts" / "cli" / "app.py").read_text("utf-8")
    job = only(manifests[region], "Job")["spec"]["template"]["spec"]["containers"][0]["args"]
    api_does = main_container(manifests[region])["args"]

    assert job == ["database", "upgrade"]
    assert '"database:upgrade"' in written
    assert api_does == ["serve"]
    assert '"serve:serve"' in written
