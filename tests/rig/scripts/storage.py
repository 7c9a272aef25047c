"""Makes a bucket, and a Firehose stream that writes into it.

usage: --endpoint URL --bucket NAME [--stream NAME] [--enforce]

With --enforce every later request needs a permission, which nobody has.
"""

import argparse
import urllib.request

import boto3

arguments = argparse.ArgumentParser()
arguments.add_argument("--endpoint", required=True)
arguments.add_argument("--bucket", required=True)
arguments.add_argument("--stream")
arguments.add_argument("--enforce", action="store_true")
given = arguments.parse_args()

region = "eu-central-1"
s3 = boto3.client("s3", endpoint_url=given.endpoint, region_name=region)
s3.create_bucket(Bucket=given.bucket, CreateBucketConfiguration={"LocationConstraint": region})
if given.stream:
    firehose = boto3.client("firehose", endpoint_url=given.endpoint, region_name=region)
    firehose.create_delivery_stream(
        DeliveryStreamName=given.stream,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{given.bucket}",
            "Prefix": "letters/",
        },
    )
if given.enforce:
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{given.endpoint}/moto-api/reset-auth", b"0", headers))
