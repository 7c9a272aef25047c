"""Prints, as JSON, what Terraform made of the central account in moto."""

import argparse
import json
import sys

import boto3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--endpoint", required=True, help="where moto listens")
args = parser.parse_args()


def client(service, region="eu-central-1"):
    return boto3.client(service, endpoint_url=args.endpoint, region_name=region)


mapping = client("lambda").list_event_source_mappings()["EventSourceMappings"][0]
function = client("lambda").get_function_configuration(FunctionName="fanin-forwarder")
bucket = client("s3").list_buckets()["Buckets"][0]["Name"]
objects = client("s3").list_objects_v2(Bucket=bucket)["Contents"]
iam = client("iam")
found = {
    "destinations": {
        region: [
            [destination["targetArn"], json.loads(destination["accessPolicy"])["Statement"][0]["Condition"]]
            for destination in client("logs", region).describe_destinations()["destinations"]
        ]
        for region in ("eu-central-1", "us-east-1")
    },
    "mapping": [mapping["EventSourceArn"], mapping["FunctionArn"], mapping["FunctionResponseTypes"]],
    "function": [function["Runtime"], function["Architectures"], function["Environment"]["Variables"]["FANIN_CONFIG"]],
    "config": sorted(found["Key"] for found in objects if found["Key"].count("/") == 1),
    "rules": any(found["Key"] == "config/alerts/fleet/rules.yaml" for found in objects),
    "users": [user["UserName"] for user in iam.list_users()["Users"]],
    "alarms": sorted(alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]),
    "secrets": sorted(secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]),
}
json.dump(found, sys.stdout)
