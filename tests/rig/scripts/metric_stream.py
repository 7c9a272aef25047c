"""Builds one record of a CloudWatch metric stream in OpenTelemetry 1.0 format, with an encoder that is not ours.

A record is several export requests one after the other, each behind its length as a varint, and each of another length.
The record is written to a file; what stands in it is printed as one JSON object a line, one line a data point.

Source: CloudWatch user guide, "Metric streams output in OpenTelemetry 1.0.0 format".
"""

import argparse
import json
import random

from google.protobuf.proto import serialize_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

PERIOD_SECONDS = 60

# Namespace, name, unit in UCUM, dimension sets. CloudWatch sends one minute under several sets, one of them empty.
METRICS = (
    (
        "AWS/Lambda",
        "Errors",
        "{Count}",
        ({}, {"FunctionName": "checkout"}, {"FunctionName": "checkout", "Resource": "checkout:live"}),
    ),
    ("AWS/Lambda", "Duration", "ms", ({"FunctionName": "checkout"},)),
    ("AWS/EC2", "CPUUtilization", "%", ({"InstanceId": "i-0123456789abcdef0"},)),
    ("AWS/DynamoDB", "AccountProvisionedReadCapacityUtilization", "1", ({},)),
    ("AWS/Logs", "IncomingBytes", "By", ({}, {"LogGroupName": "/aws/lambda/checkout"})),
    ("acme/orders", "Latency", "s", ({"Stage": "gr\u00fcn", "Region": "eu"},)),
)


def main():
    arguments = parse()
    numbers = random.Random(arguments.seed)
    with open(arguments.out, "wb") as out:
        for n_metrics in map(int, arguments.messages.split(",")):
            request = ExportMetricsServiceRequest()
            metrics = add_resource(request, arguments)
            for k in range(n_metrics):
                add_metric(metrics, METRICS[k % len(METRICS)], arguments, numbers)
            serialize_length_prefixed(request, out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="file for the record")
    parser.add_argument("--messages", default="1,104,3", help="metrics in each message, with commas between them")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--time", type=int, default=1767323100, help="end of the period, seconds since 1970")
    parser.add_argument("--percentiles", default="", help="further statistics, such as 0.5,0.99")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def add_resource(request, arguments):
    resource_metrics = request.resource_metrics.add()
    arn = f"arn:aws:cloudwatch:{arguments.region}:{arguments.account}:metric-stream/fanin"
    attributes = {
        "cloud.provider": "aws",
        "cloud.account.id": arguments.account,
        "cloud.region": arguments.region,
        "aws.exporter.arn": arn,
    }
    add_strings(resource_metrics.resource.attributes, attributes)
    return resource_metrics.scope_metrics.add().metrics


def add_metric(metrics, described, arguments, numbers):
    namespace, name, unit, dimension_sets = described
    metric = metrics.add(name=f"amazonaws.com/{namespace}/{name}", unit=unit)
    for dimensions in dimension_sets:
        point = metric.summary.data_points.add()
        add_strings(point.attributes, {"Namespace": namespace, "MetricName": name})
        sets = point.attributes.add(key="Dimensions")
        sets.value.kvlist_value.SetInParent()
        add_strings(sets.value.kvlist_value.values, dimensions)
        point.time_unix_nano = arguments.time * 10**9
        point.start_time_unix_nano = (arguments.time - PERIOD_SECONDS) * 10**9
        printed = {"account": arguments.account, "region": arguments.region, "namespace": namespace, "name": name}
        printed |= {"unit": unit, "dimensions": dimensions, **add_statistics(point, arguments, numbers)}
        printed |= {"start_unix_nano": point.start_time_unix_nano, "time_unix_nano": point.time_unix_nano}
        print(json.dumps(printed, ensure_ascii=False))


def add_statistics(point, arguments, numbers):
    """As CloudWatch: a count always, a sum that proto3 leaves out when it is 0, and the extremes as quantiles 0 and 1."""
    point.count = numbers.randint(1, 500)
    low, high = (0.0, 0.0) if numbers.random() < 0.4 else sorted(round(numbers.uniform(0, 900), 3) for _ in range(2))
    point.sum = round((low + high) / 2 * point.count, 3)
    quantiles = {0.0: low, 1.0: high}
    for percentile in filter(None, arguments.percentiles.split(",")):
        quantiles[float(percentile)] = round(low + (high - low) * float(percentile), 3)
    for quantile, value in quantiles.items():
        point.quantile_values.add(quantile=quantile, value=value)
    printed = {str(quantile): value for quantile, value in quantiles.items()}
    return {"count": point.count, "sum": point.sum, "quantiles": printed}


def add_strings(attributes, pairs):
    for key, value in pairs.items():
        attributes.add(key=key).value.string_value = value


if __name__ == "__main__":
    main()
