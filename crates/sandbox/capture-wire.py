#!/usr/bin/env python3
"""Write down requests as boto3 puts them on the wire, beside the parameters they were made from.

The tests read each request and must find the parameters again. Nothing is sent. Headers that say nothing about the
call (user agent, dates, signatures) are left out or made equal, so that the same boto3 writes the same files.

Usage: python3 capture-wire.py        (needs boto3; writes wire/<name>.http and wire/<name>.json)
"""
import base64
import datetime
import io
import json
import pathlib
import re

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

WHEN = datetime.datetime(2026, 11, 24, 16, 43, tzinfo=datetime.timezone.utc)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
DISTRIBUTION = {
    "CallerReference": "c1", "Comment": "a & b", "Enabled": True,
    "Aliases": {"Quantity": 1, "Items": ["igv.example.org"]},
    "Origins": {"Quantity": 1, "Items": [{"Id": "o1", "DomainName": "tracks-a.s3.eu-central-1.amazonaws.com", "OriginPath": "",
                                          "OriginAccessControlId": "E1", "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
    "DefaultCacheBehavior": {"TargetOriginId": "o1", "ViewerProtocolPolicy": "https-only",
                             "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"], "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
                             "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
}

CALLS = {
    "pool": ("cognito-idp", "create_user_pool", dict(
        PoolName="lab 1", UserPoolTags={"igvctl": "lab/\u00e9"}, MfaConfiguration="OFF",
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireUppercase": True}},
        Schema=[{"Name": "tier", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "20"}}])),
    "identity-pool": ("cognito-identity", "create_identity_pool", dict(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": "x", "ClientId": "c", "ServerSideTokenCheck": True}])),
    "resources": ("resourcegroupstaggingapi", "get_resources", dict(
        TagFilters=[{"Key": "igvctl", "Values": ["a", "b"]}], ResourcesPerPage=50)),
    "role": ("iam", "create_role", dict(
        Path="/igv/", RoleName="r", Description="50% &=+ \u00e9", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "b c=d+e"}, {"Key": "empty", "Value": ""}])),
    "simulate": ("iam", "simulate_custom_policy", dict(
        PolicyInputList=["{}"], ActionNames=[f"s3:A{n}" for n in range(12)],
        ContextEntries=[{"ContextKeyName": "s3:prefix", "ContextKeyValues": ["a", "b"], "ContextKeyType": "stringList"}])),
    "no-tags": ("iam", "tag_role", dict(RoleName="r", Tags=[])),
    "assume": ("sts", "assume_role", dict(RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="me", DurationSeconds=900)),
    "distribution": ("cloudfront", "create_distribution_with_tags", dict(DistributionConfigWithTags={
        "DistributionConfig": DISTRIBUTION, "Tags": {"Items": [{"Key": "igvctl", "Value": "x"}]}})),
    "update-distribution": ("cloudfront", "update_distribution", dict(Id="E1", IfMatch="E2", DistributionConfig=DISTRIBUTION)),
    "untag-distribution": ("cloudfront", "untag_resource", dict(
        Resource="arn:aws:cloudfront::111122223333:distribution/E1", TagKeys={"Items": ["a", "b"]})),
    "policies": ("cloudfront", "list_cache_policies", dict(Type="managed", MaxItems="5")),
    "bucket": ("s3", "create_bucket", dict(
        Bucket="tracks-a", ObjectOwnership="BucketOwnerEnforced", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})),
    "bucket-policy": ("s3", "put_bucket_policy", dict(Bucket="tracks-a", Policy=TRUST)),
    "cors": ("s3", "put_bucket_cors", dict(Bucket="tracks-a", CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 60}, {"AllowedMethods": ["PUT"], "AllowedOrigins": ["x"]}]})),
    "lifecycle": ("s3", "put_bucket_lifecycle_configuration", dict(Bucket="tracks-a", LifecycleConfiguration={"Rules": [
        {"ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
         "Transitions": [{"Date": WHEN, "StorageClass": "GLACIER"}], "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]})),
    "bucket-tags": ("s3", "put_bucket_tagging", dict(Bucket="tracks-a", Tagging={"TagSet": [{"Key": "<k>", "Value": "\"v\" & \u00e9"}]})),
    "acl": ("s3", "put_bucket_acl", dict(Bucket="tracks-a", AccessControlPolicy={
        "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}], "Owner": {"ID": "o"}})),
    "object": ("s3", "put_object", dict(
        Bucket="tracks-a", Key="a b/\u00e9+%.json.gz", Body=b"hello\r\nworld", ContentType="application/gzip", CacheControl="no-cache",
        Metadata={"sum": "1", "who": "me"}, Tagging="a=b&c=d", StorageClass="STANDARD_IA")),
    "encoded-object": ("s3", "put_object", dict(Bucket="tracks-a", Key="k", Body=b"x" * 70, ContentEncoding="gzip")),
    "range": ("s3", "get_object", dict(Bucket="tracks-a", Key="k", Range="bytes=1-2", IfModifiedSince=WHEN, ResponseContentType="text/plain")),
    "attributes": ("s3", "get_object_attributes", dict(Bucket="tracks-a", Key="k", ObjectAttributes=["ETag", "Checksum"])),
    "copy": ("s3", "copy_object", dict(Bucket="tracks-a", Key="k", CopySource="tracks-b/ab", MetadataDirective="REPLACE", Metadata={"a": "b"})),
    "list": ("s3", "list_objects_v2", dict(Bucket="tracks-a", Prefix="a b/&", Delimiter="/", MaxKeys=7, EncodingType="url")),
    "delete": ("s3", "delete_objects", dict(Bucket="tracks-a", Delete={"Objects": [{"Key": "a&b"}, {"Key": "c", "VersionId": "v"}], "Quiet": True})),
    "part": ("s3", "upload_part", dict(Bucket="tracks-a", Key="k", UploadId="u+1", PartNumber=2, Body=b"part")),
    "complete": ("s3", "complete_multipart_upload", dict(Bucket="tracks-a", Key="k", UploadId="u", MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": "\"e1\""}, {"PartNumber": 2, "ETag": "\"e2\""}]})),
}

# With TLS the SDK sends the checksum behind the body, in chunks.
CHUNKED = {"encoded-object", "part"}

KEPT = re.compile(r"host|content-(?!length).*|x-amz-(?!date|user-agent).*|authorization|if-.*|range|cache-control|expect", re.I)


def as_json(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(value)


def capture(service, operation, arguments, scheme):
    seen = []
    base = f"{scheme}://127.0.0.1:4566"
    client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test",
                          endpoint_url=base, config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))

    def keep(request, **_):
        body = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        seen.append((request, body.encode() if isinstance(body, str) else body))
        answer = AWSResponse(request.url, 500, {}, io.BytesIO(b""))
        answer._content = b""
        return answer

    client.meta.events.register("before-send", keep)
    try:
        getattr(client, operation)(**arguments)
    except Exception:  # noqa: BLE001 - the answer is none
        pass
    request, body = seen[0]
    lines = [f"{request.method} {request.url.removeprefix(base)} HTTP/1.1", "host: 127.0.0.1:4566"]
    for name, value in sorted(request.headers.items()):
        value = value.decode() if isinstance(value, bytes) else str(value)
        if KEPT.fullmatch(name):
            value = re.sub(r"/\d{8}/", "/20261124/", re.sub(r"Signature=\w+", "Signature=0", value))
            lines.append(f"{name.lower()}: {value}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def main():
    folder = pathlib.Path(__file__).parent / "wire"
    folder.mkdir(exist_ok=True)
    for name, (service, operation, arguments) in CALLS.items():
        (folder / f"{name}.http").write_bytes(capture(service, operation, arguments, "https" if name in CHUNKED else "http"))
        model = boto3.client(service, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test").meta
        wanted = {"operation": f"{service}.{model.method_to_api_mapping[operation]}", "input": arguments}
        (folder / f"{name}.json").write_text(json.dumps(wanted, default=as_json, indent=1) + "\n")


if __name__ == "__main__":
    main()
