"""What 99.999 % asks of the objects that a region is given: one function for each rule.

A rule takes everything that one overlay renders and yields what breaks it, in words. A whole
day's budget is 0.86 seconds, so nothing may depend on a person who reacts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Manifest = dict[str, Any]
Objects = list[Manifest]
Rule = Callable[[Objects], Iterator[str]]

FEWEST_REPLICAS = 3
"""One goes with its zone, one with a rollout, one answers."""

MARGIN_S = 10
"""Between the longest orderly end and the signal that nothing survives."""

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
DIGEST = re.compile(r".+@sha256:(?!0{64}$)[0-9a-f]{64}$")
HASHED = re.compile(r".+-[0-9a-z]{10}$")
CREDENTIALS = re.compile(r"://[^/@\s]*:[^/@\s]+@|(?i:password|secret|private key)")


def kinds(objects: Objects, *wanted: str) -> Objects:
    """The objects of these kinds."""
    return [each for each in objects if each["kind"] in wanted]


def api(objects: Objects) -> Manifest:
    """The deployment that answers requests."""
    (found,) = kinds(objects, "Deployment")
    return found


def pod_of(workload: Manifest) -> Manifest:
    """What a workload says of its pods."""
    return dict(workload["spec"]["template"]["spec"])


def container_of(workload: Manifest) -> Manifest:
    """The only container of its pods."""
    (container,) = pod_of(workload)["containers"]
    return dict(container)


def workloads(objects: Objects) -> Objects:
    """Everything that runs pods."""
    return kinds(objects, "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def selects(selector: dict[str, str], workload: Manifest) -> bool:
    """Whether labels choose the pods of a workload; none choose all."""
    labels = workload["spec"]["template"]["metadata"]["labels"]
    return set(selector.items()) <= set(labels.items())


def enough_replicas(objects: Objects) -> Iterator[str]:
    """One pod may be replaced while a zone is gone, and one is still there."""
    replicas = api(objects)["spec"].get("replicas", 1)
    if replicas < FEWEST_REPLICAS:
        yield f"{replicas} replicas, at least {FEWEST_REPLICAS}"


def spread_over_zones(objects: Objects) -> Iterator[str]:
    """No zone holds all pods, and those of a rollout count among themselves."""
    rows = pod_of(api(objects)).get("topologySpreadConstraints", [])
    rows = [row for row in rows if row["topologyKey"] == ZONE]
    if not rows:
        yield "pods may all be in one zone"
    for row in rows:
        if row["whenUnsatisfiable"] != "DoNotSchedule":
            yield "a full zone would let pods pile up in another"
        if "pod-template-hash" not in row.get("matchLabelKeys", []):
            yield "pods of the old release count as pods of the new one"
        if not selects(row["labelSelector"]["matchLabels"], api(objects)):
            yield "it counts pods of others"


def nothing_is_taken_before_it_is_replaced(objects: Objects) -> Iterator[str]:
    """A rollout adds a pod, waits for it, then takes one."""
    strategy = api(objects)["spec"].get("strategy", {})
    rolling = strategy.get("rollingUpdate", {})
    if strategy.get("type") != "RollingUpdate" or rolling.get("maxUnavailable") != 0:
        yield "maxUnavailable is not 0"
    if not rolling.get("maxSurge"):
        yield "without maxSurge nothing can be replaced"


def a_bad_release_stops_by_itself(objects: Objects) -> Iterator[str]:
    """A pod must hold for some seconds, and a rollout that hangs is said to have failed."""
    spec = api(objects)["spec"]
    if spec.get("minReadySeconds", 0) < 5:
        yield "minReadySeconds is under 5"
    if "progressDeadlineSeconds" not in spec:
        yield "no progressDeadlineSeconds"


def a_node_can_be_emptied(objects: Objects) -> Iterator[str]:
    """A drain makes progress, one pod at a time, even where a pod is broken."""
    budgets = [
        each["spec"]
        for each in kinds(objects, "PodDisruptionBudget")
        if selects(each["spec"]["selector"]["matchLabels"], api(objects))
    ]
    if len(budgets) != 1:
        yield f"{len(budgets)} disruption budgets, one is needed"
    for budget in budgets:
        if budget.get("maxUnavailable") != 1:
            yield "maxUnavailable is not 1"
        if budget.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield "a broken pod would stop the drain for ever"


def three_questions_on_three_endpoints(objects: Objects) -> Iterator[str]:
    """Started, ready and alive are asked apart: a slow database must restart nobody."""
    container = container_of(api(objects))
    for probe in ("startup", "readiness", "liveness"):
        asked = container.get(f"{probe}Probe", {}).get("httpGet", {})
        path = {"startup": "startup", "readiness": "ready", "liveness": "live"}[probe]
        if asked != {"path": f"/health/{path}", "port": "http"}:
            yield f"the {probe} probe does not ask /health/{path}"
    if {"name": "http", "containerPort": 8080} not in container.get("ports", []):
        yield "no port is called http"


def the_drain_fits(drain_s: int) -> Rule:
    """The rule for a service whose own drain takes this long."""

    def an_orderly_end_is_shorter_than_the_grace(objects: Objects) -> Iterator[str]:
        """Traffic ends before the process does, and the process before it is killed."""
        before = container_of(api(objects)).get("lifecycle", {}).get("preStop", {})
        sleep_s = before.get("sleep", {}).get("seconds", 0)
        grace_s = pod_of(api(objects)).get("terminationGracePeriodSeconds", 30)
        if not sleep_s:
            yield "no preStop sleep, so requests still come while the pod drains"
        if sleep_s + drain_s + MARGIN_S > grace_s:
            yield f"{sleep_s} s preStop and {drain_s} s drain do not fit into {grace_s} s"

    return an_orderly_end_is_shorter_than_the_grace


def memory_is_set_aside(objects: Objects) -> Iterator[str]:
    """What a pod may use nobody else can take; the processor has no limit that slows it."""
    for workload in workloads(objects):
        resources = container_of(workload).get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not requests.get("memory") or requests.get("memory") != limits.get("memory"):
            yield f"{workload['kind']}: memory requested is not the limit"
        if not requests.get("cpu") or "cpu" in limits:
            yield f"{workload['kind']}: the processor is not requested, or limited"


def nothing_on_the_root_can_be_written(objects: Objects) -> Iterator[str]:
    """Nor may a process gain rights, and scratch space has an end."""
    for workload in workloads(objects):
        allowed = container_of(workload).get("securityContext", {})
        if allowed != {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }:
            yield f"{workload['kind']}: the container may do more than its work"
        for volume in pod_of(workload).get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{workload['kind']}: {volume['name']} may fill the node's disk"


def a_number_that_is_not_root(objects: Objects) -> Iterator[str]:
    """A name could be root after all; system calls are filtered."""
    for workload in workloads(objects):
        context = pod_of(workload).get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{workload['kind']}: it may run as root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{workload['kind']}: system calls are not filtered"


def nobody_can_speak_to_the_cluster(objects: Objects) -> Iterator[str]:
    """The service has no business with the API server, so it holds no token of it."""
    for account in kinds(objects, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield "the service account hands out its token"
    named = {account["metadata"]["name"] for account in kinds(objects, "ServiceAccount")}
    for workload in workloads(objects):
        if pod_of(workload).get("automountServiceAccountToken") is not False:
            yield f"{workload['kind']}: a token is mounted"
        if pod_of(workload).get("serviceAccountName") not in named:
            yield f"{workload['kind']}: it runs under an account of others"


def the_image_is_named_by_its_digest(objects: Objects) -> Iterator[str]:
    """A tag can be moved under a running rollout; a digest cannot."""
    images = {container_of(workload)["image"] for workload in workloads(objects)}
    for image in sorted(images):
        if not DIGEST.match(image):
            yield f"{image} is no digest: write what the push of the image printed"
    if len(images) != 1:
        yield "the database is migrated by another release"


def a_changed_setting_rolls_the_pods(objects: Objects) -> Iterator[str]:
    """A name with the hash of what it holds makes a change a rollout, and a return possible."""
    names = {each["metadata"]["name"] for each in kinds(objects, "ConfigMap")}
    for name in names:
        if not HASHED.match(name):
            yield f"the name of {name} holds no hash"
    for workload in workloads(objects):
        sources = container_of(workload).get("envFrom", [])
        read = {source["configMapRef"]["name"] for source in sources if "configMapRef" in source}
        if not read or not read <= names:
            yield f"{workload['kind']}: it does not read the settings that are rendered"


def the_database_is_migrated_first(objects: Objects) -> Iterator[str]:
    """By a job that ends, tries again, and takes no requests."""
    jobs = kinds(objects, "Job")
    if [container_of(job).get("args") for job in jobs] != [["database", "upgrade"]]:
        yield "no job upgrades the database"
    for job in jobs:
        if not job["spec"].get("activeDeadlineSeconds") or "backoffLimit" not in job["spec"]:
            yield "the job may run or fail for ever"
        # What is deployed first is chosen by this label, and it must not choose the API.
        if job["metadata"].get("labels", {}).get("app.kubernetes.io/component") != "migration":
            yield "the job cannot be deployed before the API"
        for service in kinds(objects, "Service"):
            if selects(service["spec"]["selector"], job):
                yield "requests would be sent to the job"
    for service in kinds(objects, "Service"):
        if not selects(service["spec"]["selector"], api(objects)):
            yield "no request would reach the API"


def who_may_speak_is_named(objects: Objects) -> Iterator[str]:
    """All traffic is refused but for exceptions, each to named peers on named ports."""
    policies = kinds(objects, "NetworkPolicy")
    for workload in workloads(objects):
        if not any(_denies_all(policy["spec"], workload) for policy in policies):
            yield f"{workload['kind']}: traffic is not refused by default"
    for policy in policies:
        name, spec = policy["metadata"]["name"], policy["spec"]
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for opening in spec.get(direction, []):
                if not opening.get(peers) or {} in opening[peers]:
                    yield f"{name}: {direction} is open to everybody"
                if "0.0.0.0/0" in str(opening):
                    yield f"{name}: {direction} is open to every address"
                if not opening.get("ports"):
                    yield f"{name}: {direction} is open on every port"


def secrets_are_only_named(objects: Objects) -> Iterator[str]:
    """None is rendered, and none stands in a setting."""
    for each in kinds(objects, "Secret"):
        yield f"a secret is rendered: {each['metadata']['name']}"
    settings = {
        name: value
        for each in kinds(objects, "ConfigMap")
        for name, value in each.get("data", {}).items()
    }
    for workload in workloads(objects):
        rows = container_of(workload).get("env", [])
        settings |= {row["name"]: row["value"] for row in rows if "value" in row}
    for name, value in settings.items():
        if CREDENTIALS.search(value):
            yield f"{name} holds a secret"
    for workload in workloads(objects):
        volumes = {volume["name"]: volume for volume in pod_of(workload).get("volumes", [])}
        for mount in container_of(workload).get("volumeMounts", []):
            if "secret" in volumes[mount["name"]] and (
                "subPath" in mount or not mount.get("readOnly")
            ):
                yield f"{mount['name']}: a changed secret would not arrive, or could be changed"


def a_region_stands_alone(objects: Objects) -> Iterator[str]:
    """Everything carries the region's name, and the service is told the same."""
    regions = {each["metadata"].get("labels", {}).get(REGION) for each in objects}
    told = {each.get("data", {}).get("RECEIPTS_REGION") for each in kinds(objects, "ConfigMap")}
    if len(regions) != 1 or regions != told or None in regions:
        yield f"labels say {sorted(map(str, regions))}, settings {sorted(map(str, told))}"


def _denies_all(spec: Manifest, workload: Manifest) -> bool:
    return (
        set(spec.get("policyTypes", [])) == {"Ingress", "Egress"}
        and not spec.get("ingress")
        and not spec.get("egress")
        and selects(spec["podSelector"].get("matchLabels", {}), workload)
    )


def rules(drain_s: int) -> tuple[Rule, ...]:
    """Every rule, for a service whose own drain takes this long."""
    return (
        enough_replicas,
        spread_over_zones,
        nothing_is_taken_before_it_is_replaced,
        a_bad_release_stops_by_itself,
        a_node_can_be_emptied,
        three_questions_on_three_endpoints,
        the_drain_fits(drain_s),
        memory_is_set_aside,
        nothing_on_the_root_can_be_written,
        a_number_that_is_not_root,
        nobody_can_speak_to_the_cluster,
        the_image_is_named_by_its_digest,
        a_changed_setting_rolls_the_pods,
        the_database_is_migrated_first,
        who_may_speak_is_named,
        secrets_are_only_named,
        a_region_stands_alone,
    )
