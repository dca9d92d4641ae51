"""Buckets and objects."""

import json

from operations import operation, plain
from world import Text

S3 = "s3"
EU = {"LocationConstraint": "eu-central-1"}


@operation(S3, 4, makes=("bucket", "Bucket"), most=1)
def create_bucket(w):
    return {"Bucket": w.mostly(w.name("bucket"), wrong="Bad_Name"), "CreateBucketConfiguration": EU}


for method, weight in (
    ("head_bucket", 1),
    ("get_public_access_block", 1),
    ("get_bucket_ownership_controls", 1),
    ("get_bucket_encryption", 1),
    ("get_bucket_versioning", 1),
    ("get_bucket_cors", 1),
    ("get_bucket_policy", 1),
    ("get_bucket_tagging", 1),
    ("get_bucket_lifecycle_configuration", 1),
    ("get_bucket_location", 1),
    ("get_bucket_logging", 1),
    ("delete_public_access_block", 1),
    ("delete_bucket_ownership_controls", 1),
    ("delete_bucket_encryption", 1),
    ("delete_bucket_cors", 1),
    ("delete_bucket_policy", 1),
    ("delete_bucket_tagging", 1),
    ("list_object_versions", 1),
):
    plain(S3, method, Bucket="bucket", weight=weight)
plain(S3, "delete_bucket", removes=("bucket", "Bucket"), Bucket="bucket")


@operation(S3)
def list_buckets(w):
    return {}


@operation(S3, 1, ("bucket",))
def put_public_access_block(w):
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {"Bucket": w.the("bucket"), "PublicAccessBlockConfiguration": {it: w.chance(50) for it in names}}


@operation(S3, 1, ("bucket",))
def put_bucket_ownership_controls(w):
    rule = {"ObjectOwnership": w.mostly("BucketOwnerEnforced", "ObjectWriter", wrong="Nobody")}
    return {"Bucket": w.the("bucket"), "OwnershipControls": {"Rules": [rule]}}


@operation(S3, 1, ("bucket",))
def put_bucket_encryption(w):
    default = w.mostly({"SSEAlgorithm": "AES256"}, {"SSEAlgorithm": "aws:kms"}, wrong={"SSEAlgorithm": "none"})
    rule = {"ApplyServerSideEncryptionByDefault": default, **w.some(BucketKeyEnabled=True)}
    return {"Bucket": w.the("bucket"), "ServerSideEncryptionConfiguration": {"Rules": [rule]}}


@operation(S3, 2, ("bucket",))
def put_bucket_versioning(w):
    return {"Bucket": w.the("bucket"), "VersioningConfiguration": {"Status": w.mostly("Enabled", "Suspended", wrong="Disabled")}}


@operation(S3, 1, ("bucket",))
def put_bucket_cors(w):
    rule = {"AllowedMethods": [w.mostly("GET", "HEAD", wrong="PATCH")], "AllowedOrigins": [w.one("*", "https://igv.example.org")]}
    rule |= w.some(MaxAgeSeconds=3600, ExposeHeaders=["ETag"], AllowedHeaders=["*"])
    return {"Bucket": w.the("bucket"), "CORSConfiguration": {"CORSRules": [rule]}}


@operation(S3, 1, ("bucket",))
def put_bucket_policy(w):
    bucket = w.the("bucket")
    principal = w.one({"AWS": f"arn:aws:iam::{w.account}:root"}, "*")
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}) if w.chance(90) else "{"
    name = bucket if isinstance(bucket, str) else bucket.on(0)
    return {"Bucket": bucket, "Policy": text.replace("BUCKET", name)}


@operation(S3, 1, ("bucket",))
def put_bucket_tagging(w):
    pairs = [{"Key": "app", "Value": "igv"}]
    return {"Bucket": w.the("bucket"), "Tagging": {"TagSet": w.mostly(pairs, [], wrong=pairs * 2)}}


@operation(S3, 1, ("bucket",))
def put_bucket_lifecycle_configuration(w):
    rule = {
        "ID": "uploads",
        "Status": w.one("Enabled", "Disabled"),
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": w.mostly(1, 7, wrong=0)},
    }
    return {"Bucket": w.the("bucket"), "LifecycleConfiguration": {"Rules": [rule]}}


KEYS = ("data/a.bam", "data/a.bam.bai", "other", "a b/é.json")


@operation(S3, 5, ("bucket",), makes=("key", "Key"))
def put_object(w):
    more = w.some(
        ContentType="application/json",
        CacheControl="no-cache",
        Metadata={"owner": "anna"},
        Tagging="app=igv",
    )
    if w.chance(15):
        more["IfNoneMatch"] = "*"
    elif w.chance(10):
        more["ACL"] = "public-read"
    return {"Bucket": w.the("bucket"), "Key": w.one(*KEYS), "Body": w.one(b"", b"reads", b"more reads"), **more}


plain(S3, "head_object", Bucket="bucket", Key="key", weight=2)
plain(S3, "delete_object", Bucket="bucket", Key="key")
plain(S3, "get_object_tagging", Bucket="bucket", Key="key")
plain(S3, "delete_object_tagging", Bucket="bucket", Key="key")


@operation(S3, 3, ("bucket", "key"))
def get_object(w):
    return {"Bucket": w.the("bucket"), "Key": w.the("key"), **w.one({}, {}, {"Range": "bytes=1-2"}, {"Range": "bytes=99-"})}


@operation(S3, 1, ("bucket", "key"))
def put_object_tagging(w):
    return {"Bucket": w.the("bucket"), "Key": w.the("key"), "Tagging": {"TagSet": [{"Key": "a", "Value": "1"}]}}


@operation(S3, 2, ("bucket", "key"))
def copy_object(w):
    source = Text("{}/{}", w.dice.choice(w.things["bucket"]), w.dice.choice(w.things["key"]))
    return {"Bucket": w.the("bucket"), "Key": w.one("copy", *KEYS), "CopySource": source}


@operation(S3, 3, ("bucket",))
def list_objects_v2(w):
    return {"Bucket": w.the("bucket"), **w.some(Prefix="data/", Delimiter="/", MaxKeys=w.one(1, 2, 0))}


@operation(S3, 1, ("bucket", "key"))
def delete_objects(w):
    return {"Bucket": w.the("bucket"), "Delete": {"Objects": [{"Key": w.the("key")}, {"Key": "nothing"}]}}


@operation(S3, 1, ("bucket",), makes=("upload", "UploadId"))
def create_multipart_upload(w):
    return {"Bucket": w.the("bucket"), "Key": "big"}


@operation(S3, 1, ("bucket", "upload"))
def upload_part(w):
    return {"Bucket": w.the("bucket"), "Key": "big", "UploadId": w.the("upload"), "PartNumber": w.one(1, 2), "Body": b"part"}


@operation(S3, 1, ("bucket", "upload"))
def list_parts(w):
    return {"Bucket": w.the("bucket"), "Key": "big", "UploadId": w.the("upload")}


@operation(S3, 1, ("bucket", "upload"), removes=("upload", "UploadId"))
def abort_multipart_upload(w):
    return {"Bucket": w.the("bucket"), "Key": "big", "UploadId": w.the("upload")}
