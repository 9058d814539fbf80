"""The schema that Kubernetes checks jobs by, of the API's own definitions: batch/v1 Job and all that it refers to, without descriptions.

Source: kubernetes-validate 1.37.0 (Apache-2.0), whose v1.34.0-local-strict knows no field that Kubernetes does not.
Run from the repository's root: python golden/train_kubernetes.py
Writes packages/train/src/fixtures/kubernetes-job-1.34.json.
"""

import importlib.metadata
import json
import pathlib

import kubernetes_validate

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/train/src/fixtures/kubernetes-job-1.34.json"
assert importlib.metadata.version("kubernetes-validate") == "1.37.0"
schemas = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema/v1.34.0-local-strict/_definitions.json"
definitions = json.loads(schemas.read_text())["$defs"]
JOB = "io.k8s.api.batch.v1.Job"


def plain(node):
    """Without descriptions, which are most of the file; a property of that name stays."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items() if not (key == "description" and isinstance(value, str))}
    return [plain(each) for each in node] if isinstance(node, list) else node


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value.rsplit("/", 1)[1]
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


used, waiting = {}, [JOB]
while waiting:
    name = waiting.pop()
    if name not in used:
        used[name] = plain(definitions[name])
        waiting.extend(references(used[name]))
bundle = {
    "$comment": "Kubernetes 1.34, Copyright The Kubernetes Authors, Apache-2.0; of kubernetes-validate 1.37.0, Copyright Will Thames, Apache-2.0",
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$ref": f"#/$defs/{JOB}",
    "$defs": dict(sorted(used.items())),
}
OUT.write_text(json.dumps(bundle, separators=(",", ":")) + "\n")
