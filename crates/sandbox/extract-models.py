#!/usr/bin/env python3
"""Extract what the sandbox must know of AWS's interfaces from the service models that botocore ships.

Only facts of the interface are taken: names, types, places on the wire, required members, ranges, lengths,
patterns, enums and error codes. No documentation text.

Usage: python3 extract-models.py       (writes models/<service>.json.gz; the same input gives the same bytes)
"""
import gzip
import json
import pathlib

import botocore

SERVICES = {
    "cognito-idp": "2016-04-18",
    "cognito-identity": "2014-06-30",
    "iam": "2010-05-08",
    "sts": "2011-06-15",
    "s3": "2006-03-01",
    "cloudfront": "2020-05-31",
    "resourcegroupstaggingapi": "2017-01-26",
}

# Older spellings of an operation on the same address, and those that need another endpoint or an event stream.
LEFT_OUT = {
    "s3": {"GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification", "PutBucketNotification",
           "SelectObjectContent", "WriteGetObjectResponse", "ListDirectoryBuckets", "CreateSession"},
}

MEMBER_FACTS = {"locationName": "name", "location": "location", "flattened": "flattened",
                "xmlAttribute": "attribute", "streaming": "streaming"}
SHAPE_FACTS = {"min": "min", "max": "max", "pattern": "pattern", "enum": "enum", "sensitive": "sensitive",
               "timestampFormat": "timestamp", "payload": "payload", "flattened": "flattened",
               "document": "document", "union": "union"}


def reference(ref):
    """A use of a shape: the shape and where it is on the wire."""
    out = {"shape": ref["shape"]}
    out.update((short, ref[key]) for key, short in MEMBER_FACTS.items() if key in ref)
    return out


def shape_facts(shape):
    out = {"type": shape["type"]}
    out.update((short, shape[key]) for key, short in SHAPE_FACTS.items() if key in shape)
    if shape["type"] == "structure":
        out["members"] = [{"member": name, **reference(ref)} for name, ref in shape.get("members", {}).items()]
        if shape.get("required"):
            out["required"] = shape["required"]
    for part in ("member", "key", "value"):
        if part in shape:
            out["element" if part == "member" else part] = reference(shape[part])
    return out


def error_facts(name, shape):
    error = shape.get("error", {})
    out = {"code": error.get("code", name)}
    if "httpStatusCode" in error:
        out["status"] = error["httpStatusCode"]
    return out


def operation_facts(operation, shapes):
    http = operation["http"]
    out = {"method": http["method"], "uri": http["requestUri"], "status": http.get("responseCode", 200)}
    if "input" in operation:
        out["input"] = operation["input"]["shape"]
        if "locationName" in operation["input"]:
            out["root"] = operation["input"]["locationName"]
    if "output" in operation:
        out["output"] = operation["output"]["shape"]
        if "resultWrapper" in operation["output"]:
            out["wrapper"] = operation["output"]["resultWrapper"]
    errors = [error_facts(ref["shape"], shapes[ref["shape"]]) for ref in operation.get("errors", [])]
    if errors:
        out["errors"] = errors
    if operation.get("authtype") == "none":
        out["anonymous"] = True
    return out


def reachable(shapes, roots):
    found, todo = set(), list(roots)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        shape = shapes[name]
        todo += [ref["shape"] for ref in shape.get("members", {}).values()]
        todo += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return found


def extract(service, version, data):
    model = json.loads(gzip.decompress((data / service / version / "service-2.json.gz").read_bytes()))
    meta, shapes = model["metadata"], model["shapes"]
    kept = {name: op for name, op in model["operations"].items() if name not in LEFT_OUT.get(service, ())}
    protocol = meta["protocol"] if meta["protocol"] in ("json", "query", "rest-xml") else "json"
    assert protocol in meta.get("protocols", [protocol])
    roots = {op[side]["shape"] for op in kept.values() for side in ("input", "output") if side in op}
    return {
        "service": service,
        "protocol": protocol,
        "signing": meta.get("signingName", meta["endpointPrefix"]),
        "target": meta.get("targetPrefix"),
        "version": meta["apiVersion"],
        "namespace": meta.get("xmlNamespace") or (
            "http://%s.amazonaws.com/doc/%s/" % (meta["endpointPrefix"], meta["apiVersion"])
            if protocol == "rest-xml" else None),
        "operations": {name: operation_facts(op, shapes) for name, op in sorted(kept.items())},
        "shapes": {name: shape_facts(shapes[name]) for name in sorted(reachable(shapes, roots))},
    }


def main():
    data = pathlib.Path(botocore.__file__).parent / "data"
    folder = pathlib.Path(__file__).parent / "models"
    folder.mkdir(exist_ok=True)
    for service, version in SERVICES.items():
        text = json.dumps(extract(service, version, data), separators=(",", ":"), sort_keys=False)
        packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        (folder / f"{service}.json.gz").write_bytes(packed)
        print(f"{service}: {len(text)} characters, {len(packed)} bytes packed (botocore {botocore.__version__})")


if __name__ == "__main__":
    main()
