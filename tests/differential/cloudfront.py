"""Distributions and access to their origins."""

from operations import operation, plain
from world import Asked, Etag, Text

CF = "cloudfront"
OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def control(w):
    return {
        "Name": w.one("first", "second", w.name("control")),
        "SigningProtocol": "sigv4",
        "SigningBehavior": w.mostly("always", "never", wrong="sometimes"),
        "OriginAccessControlOriginType": "s3",
        **w.some(Description="IGV"),
    }


@operation(CF, 3, makes=("control", "OriginAccessControl.Id"), most=2)
def create_origin_access_control(w):
    return {"OriginAccessControlConfig": control(w)}


plain(CF, "get_origin_access_control", Id="control", weight=2)


@operation(CF, 1)
def list_origin_access_controls(w):
    return {}


def matched(w, kind):
    thing = w.the(kind)
    if isinstance(thing, str) or w.chance(10):
        return {"Id": thing, **w.some(IfMatch="ESTALE")}
    return {"Id": thing, "IfMatch": Etag(thing)}


@operation(CF, 1, ("control",))
def update_origin_access_control(w):
    return {**matched(w, "control"), "OriginAccessControlConfig": control(w)}


@operation(CF, 1, ("control",), removes=("control", "Id"))
def delete_origin_access_control(w):
    return matched(w, "control")


def config(w):
    origin = {
        "Id": "bucket",
        "DomainName": "igv-config.s3.eu-central-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        **({"OriginAccessControlId": w.the("control")} if w.has("control") else {}),
    }
    return {
        "CallerReference": w.name("reference"),
        "Comment": w.one("", "IGV & <others>"),
        "Enabled": w.chance(50),
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": w.mostly("bucket", wrong="elsewhere"),
            "ViewerProtocolPolicy": w.mostly("redirect-to-https", "https-only", wrong="never"),
            "CachePolicyId": OPTIMIZED,
            **w.some(Compress=True),
        },
        **w.some(PriceClass=w.one("PriceClass_100", "PriceClass_All"), HttpVersion=w.one("http2", "http2and3")),
    }


@operation(CF, 4, makes=("distribution", "Distribution.Id"), most=2)
def create_distribution_with_tags(w):
    tags = {"Items": [{"Key": "app", "Value": "igv"}]}
    return {"DistributionConfigWithTags": {"DistributionConfig": config(w), "Tags": tags}}


plain(CF, "get_distribution", Id="distribution", weight=2)
plain(CF, "get_distribution_config", Id="distribution", weight=2)


@operation(CF, 1)
def list_distributions(w):
    return {}


@operation(CF, 3, ("distribution",))
def update_distribution(w):
    request = matched(w, "distribution")
    change = w.some(Comment="changed", Enabled=w.chance(50), PriceClass=w.mostly("PriceClass_200", wrong="PriceClass_1"))
    thing = request["Id"]
    if isinstance(thing, str) or w.chance(20):
        return {**request, "DistributionConfig": config(w)}

    def asked(side):
        return {**w.clients[side][CF].get_distribution_config(Id=thing.on(side))["DistributionConfig"], **change}

    return {**request, "DistributionConfig": Asked(asked)}


@operation(CF, 1, ("distribution",), removes=("distribution", "Id"))
def delete_distribution(w):
    return matched(w, "distribution")


def arn(w):
    return Text(f"arn:aws:cloudfront::{w.account}:distribution/{{}}", w.dice.choice(w.things["distribution"]))


@operation(CF, 1, ("distribution",))
def tag_resource(w):
    return {"Resource": arn(w), "Tags": {"Items": [{"Key": w.one("a", "app"), "Value": "1"}]}}


@operation(CF, 1, ("distribution",))
def untag_resource(w):
    return {"Resource": arn(w), "TagKeys": {"Items": ["app"]}}


@operation(CF, 1, ("distribution",))
def list_tags_for_resource(w):
    return {"Resource": arn(w)}


@operation(CF, 1, ("distribution",), makes=("invalidation", "Invalidation.Id"))
def create_invalidation(w):
    paths = {"Quantity": 1, "Items": [w.mostly("/*", "/config.json", wrong="no-slash")]}
    return {
        "DistributionId": w.the("distribution"),
        "InvalidationBatch": {"Paths": paths, "CallerReference": w.name("invalidation")},
    }


plain(CF, "get_invalidation", DistributionId="distribution", Id="invalidation")
plain(CF, "list_invalidations", DistributionId="distribution")
