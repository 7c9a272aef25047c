"""Makes a Lambda function of a program, and connects what invokes it: streams by an event source mapping, log groups by a
subscription filter. For emulators that run functions.

The archive holds a shell script that starts the program where it lies, so that a debug build of a hundred megabytes need not be
packed; with --archive the function is what that archive holds. Prints the function's ARN.
"""

import argparse
import io
import time
import zipfile

import boto3

REPORTS_FAILURES = ["ReportBatchItemFailures"]


def main():
    arguments = parse()
    session = boto3.Session(region_name=arguments.region)
    functions = session.client("lambda", endpoint_url=arguments.endpoint)
    arn = create(functions, arguments)
    for stream in arguments.stream:
        functions.create_event_source_mapping(
            EventSourceArn=stream,
            FunctionName=arguments.name,
            StartingPosition="TRIM_HORIZON",
            BatchSize=100,
            BisectBatchOnFunctionError=True,
            FunctionResponseTypes=REPORTS_FAILURES,
        )
    logs = session.client("logs", endpoint_url=arguments.endpoint)
    for group in arguments.log_group:
        logs.create_log_group(logGroupName=group)
        logs.put_subscription_filter(logGroupName=group, filterName="fanin", filterPattern="", destinationArn=arn)
    for text in arguments.put:
        put(logs, arguments.log_group[0], text)
    print(arn)


def create(functions, arguments):
    created = functions.create_function(
        FunctionName=arguments.name,
        Runtime="provided.al2023",
        Architectures=["x86_64"],
        Handler="bootstrap",
        Role=f"arn:aws:iam::{arguments.account}:role/{arguments.name}",
        Timeout=60,
        MemorySize=512,
        Environment={"Variables": dict(pair.split("=", 1) for pair in arguments.environment)},
        Code={"ZipFile": archive(arguments)},
    )
    give_up = time.monotonic() + 60
    while functions.get_function(FunctionName=arguments.name)["Configuration"].get("State", "Active") != "Active":
        if time.monotonic() > give_up:
            raise SystemExit("the function does not become active")
        time.sleep(0.05)
    return created["FunctionArn"]


def archive(arguments):
    if arguments.archive:
        with open(arguments.archive, "rb") as file:
            return file.read()
    packed = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o100755 << 16
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(entry, f'#!/bin/sh\nexec "{arguments.program}" "$@"\n')
    return packed.getvalue()


def put(logs, group, text):
    stream = f"stream-{time.monotonic_ns()}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": int(time.time() * 1000), "message": text}]
    )


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, help="where the emulator listens, http://127.0.0.1:...")
    program = parser.add_mutually_exclusive_group(required=True)
    program.add_argument("--program", help="the program that the function is")
    program.add_argument("--archive", help="a zip archive with bootstrap in it")
    parser.add_argument("--name", default="fanin-forwarder", help="name of the function")
    parser.add_argument("--account", default="123456789012", help="account that the function's role belongs to")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--environment", action="append", default=[], metavar="NAME=VALUE", help="of the function")
    parser.add_argument("--stream", action="append", default=[], metavar="ARN", help="a Kinesis stream that invokes it")
    parser.add_argument("--log-group", action="append", default=[], metavar="NAME", help="a log group that invokes it")
    parser.add_argument("--put", action="append", default=[], metavar="TEXT", help="a log event for the first log group")
    return parser.parse_args()


if __name__ == "__main__":
    main()
