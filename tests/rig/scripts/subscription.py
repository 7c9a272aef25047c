"""Puts log events where moto's own subscription filter writes them into a Kinesis stream.

moto compresses and delivers each put by itself, so nothing of ours has a hand in the payload. Each event that was put is
printed as one JSON object a line, for a test to compare with what came out of the other end.
"""

import argparse
import json
import time

import boto3

# Each form of message, with a place for a number that makes it unlike any other.
MESSAGES = (
    "{n} plain text",
    "{n} a line that the runtime ended\n",
    '{{"level":"error","message":"{n} refused","status":503,"nested":{{"path":["a","b"]}}}}',
    "2026-01-02T03:04:05.678Z\t8f5a{n:08}\tWARN\ttabs and a level",
    "{n} gr\u00fc\u00dfe, \u65e5\u672c, \U0001f4c8 and a \\ backslash and a \" quote",
    "{n} {{not json",
)


def main():
    arguments = parse()
    clients = Clients(arguments.endpoint, arguments.region)
    stream_arn = create_stream(clients.kinesis, arguments.stream, arguments.shards)
    now_ms = int(time.time() * 1000)
    n_put = 0
    for group in arguments.log_groups.split(","):
        subscribe(clients.logs, group, stream_arn)
        for log_stream in arguments.log_streams.split(","):
            clients.logs.create_log_stream(logGroupName=group, logStreamName=log_stream)
            for _ in range(arguments.puts):
                events = [event(n_put + k, now_ms) for k in range(arguments.events)]
                n_put += len(events)
                clients.logs.put_log_events(logGroupName=group, logStreamName=log_stream, logEvents=events)
                for put in events:
                    print(json.dumps({"logGroup": group, "logStream": log_stream, **put}))


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, help="address of moto")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--stream", default="fanin", help="Kinesis stream, made if it is not there")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--log-groups", default="/aws/lambda/checkout", help="names, with commas between them")
    parser.add_argument("--log-streams", default="2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef")
    parser.add_argument("--puts", type=int, default=3, help="requests for each log stream")
    parser.add_argument("--events", type=int, default=len(MESSAGES), help="events of each request")
    return parser.parse_args()


class Clients:
    def __init__(self, endpoint, region):
        self.logs = boto3.client("logs", endpoint_url=endpoint, region_name=region)
        self.kinesis = boto3.client("kinesis", endpoint_url=endpoint, region_name=region)


def create_stream(kinesis, name, n_shards):
    if name not in kinesis.list_streams()["StreamNames"]:
        kinesis.create_stream(StreamName=name, ShardCount=n_shards)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]


def subscribe(logs, group, stream_arn):
    logs.create_log_group(logGroupName=group)
    logs.put_subscription_filter(
        logGroupName=group,
        filterName="fanin",
        filterPattern="",
        destinationArn=stream_arn,
        roleArn="arn:aws:iam::123456789012:role/logs-to-kinesis",
    )


def event(n, now_ms):
    return {"timestamp": now_ms + n, "message": MESSAGES[n % len(MESSAGES)].format(n=n)}


if __name__ == "__main__":
    main()
