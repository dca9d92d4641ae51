"""Answers without what differs although nobody is wrong, and where two of them differ."""

import datetime
import re

SECRETS = {"AccessKeyId", "SecretAccessKey", "SessionToken", "ClientSecret"}
DRAWN = {"DeleteMarkerVersionId", "CopySourceVersionId", "UploadId", "RoleId", "PolicyId", "AssumedRoleId"}
DRAWN |= {"NextToken", "PaginationToken", "Marker"}
# By what the entries of a list are known.
KEYS = ("Name", "Key", "Id", "Username", "GroupName", "ClientId", "RoleName", "PolicyName", "VersionId", "PartNumber")


def normal(value, key, service, side, names, endpoint):
    """A value of an answer in the form in which both sides can be compared."""
    if isinstance(value, dict):
        dropped = {"ResponseMetadata", "Owner", "Initiator"}
        return {k: normal(v, k, service, side, names, endpoint) for k, v in value.items() if k not in dropped}
    if isinstance(value, list):
        return [normal(it, key, service, side, names, endpoint) for it in value]
    if isinstance(value, datetime.datetime) or (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value)):
        return "<time>"
    if key in SECRETS or key in DRAWN or (key == "VersionId" and service == "s3"):
        return "<drawn>"
    if key == "ETag" and service == "cloudfront":
        return "<drawn>"
    if not isinstance(value, str):
        return value
    for ours, name in names:
        value = value.replace(ours, name)
    value = value.replace(endpoint, "")
    value = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>", value)
    return re.sub(r"\b[a-z0-9]{13,14}\.cloudfront\.net", "<host>.cloudfront.net", value)


def differences(left, right, path=""):
    """Where two answers differ, as lines without the values."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted(left.keys() | right.keys()):
            at = f"{path}.{name}" if path else name
            if name not in right:
                yield only(at, left[name], "sandbox")
            elif name not in left:
                yield only(at, right[name], "ministack")
            else:
                yield from differences(left[name], right[name], at)
    elif isinstance(left, list) and isinstance(right, list):
        yield from lists(left, right, path)
    elif left != right:
        yield f"{path} differs"


def only(path, value, side):
    # Not `False` and not 0, which are values.
    return f"{path} only {side}, empty" if value in ("", None) or value == [] or value == {} else f"{path} only {side}"


def names(entries, key):
    """Whether the entries of a list can be told apart by a member."""
    known = all(isinstance(it, dict) and key in it for it in entries)
    return known and 0 < len({str(it[key]) for it in entries}) == len(entries)


def lists(left, right, path):
    key = next((it for it in KEYS if names(left, it) and names(right, it)), None)
    if key is None:
        if all(not isinstance(it, (dict, list)) for it in left + right):
            if sorted(map(str, left)) != sorted(map(str, right)):
                yield f"{path} differs"
        elif len(left) != len(right):
            yield f"{path} has another length"
        else:
            for a, b in zip(left, right):
                yield from differences(a, b, path + "[]")
        return
    ours, theirs = ({str(it[key]): it for it in of} for of in (left, right))
    for name in sorted(ours.keys() | theirs.keys()):
        # Names of one sequence are no class of their own.
        shown = name if not re.search(r"[0-9<]", name) and key == "Name" else ""
        if name not in theirs:
            yield f"{path}[{shown}] only sandbox"
        elif name not in ours:
            yield f"{path}[{shown}] only ministack"
        else:
            yield from differences(ours[name], theirs[name], f"{path}[{shown}]")
