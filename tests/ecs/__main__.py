"""Reduce the official field list of ECS to what the service's tests hold log lines to.

npm pack @elastic/ecs@9.4.0 && tar xzf elastic-ecs-9.4.0.tgz
python -m tests.ecs package > template/tests/telemetry/ecs_fields.tsv

Only the fields that a service may write are kept, of each its name, its type, whether it is
a list, and the values it may have. Needs Node.js, because the list is a JavaScript module.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

KEPT = {
    "@timestamp", "client", "cloud", "container", "ecs", "error", "event", "host", "http",
    "labels", "log", "message", "network", "orchestrator", "server", "service", "source", "span",
    "tags", "trace", "transaction", "url", "user_agent",
}  # fmt: skip
"""First parts of names; what is missing is for detecting intruders, or a collector's to write."""

KEPT_TOO = {"process.name", "process.pid", "process.thread.id", "process.thread.name"}

NOTICE = """\
# Elastic Common Schema {version}, reduced: some fields only, of each its name, type and values.
# Elasticsearch ECS Typings and codegen, Copyright 2023 Elasticsearch B.V.
# Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0
# Changed: taken from the npm package @elastic/ecs {version} and reduced by tests/ecs of Kvitto."""


def main(package: Path) -> None:
    """Print the reduced list of an unpacked package."""
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    module = (package / "generated" / "ecs_flat.js").resolve()
    code = f"process.stdout.write(JSON.stringify(require({json.dumps(str(module))}).EcsFlat))"
    done = subprocess.run(["node", "-e", code], capture_output=True, check=True)
    fields: dict[str, dict[str, Any]] = json.loads(done.stdout)
    print(NOTICE.format(version=version))
    print("# name\ttype\tlist\tvalues")
    for name, field in sorted(fields.items()):
        if name.partition(".")[0] in KEPT or name in KEPT_TOO:
            values = ",".join(each["name"] for each in field.get("allowed_values", ()))
            is_list = "list" if "array" in field.get("normalize", ()) else "one"
            print(f"{name}\t{field['type']}\t{is_list}\t{values}".rstrip())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
