"""Decodes an OTLP export request with OpenTelemetry's own protobuf classes and prints it as one line of OTLP JSON.

Stricter than a receiver: a field that the schema does not know is an error here, because an encoder of ours must not
write one. Trace and span ids come out in hexadecimal, as OTLP JSON wants them, and not in the base64 of protobuf's JSON.
"""

import argparse
import base64
import gzip
import json
import sys

from google.protobuf.json_format import MessageToDict
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

REQUESTS = {"logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest}
IDS = ("traceId", "spanId", "parentSpanId")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("signal", choices=REQUESTS)
    parser.add_argument("file", help="the body of the request, or - for standard input")
    parser.add_argument("--gzip", action="store_true", help="the body is compressed")
    arguments = parser.parse_args()
    body = sys.stdin.buffer.read() if arguments.file == "-" else open(arguments.file, "rb").read()
    request = REQUESTS[arguments.signal].FromString(gzip.decompress(body) if arguments.gzip else body)
    refuse_unknown(request, arguments.signal)
    print(json.dumps(with_hex_ids(MessageToDict(request)), ensure_ascii=False))


def refuse_unknown(message, path):
    unknown = [f"{field.field_number} (wire type {field.wire_type})" for field in UnknownFieldSet(message)]
    if unknown:
        sys.exit(f"{path}: unknown fields {', '.join(unknown)}")
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        # A repeated field is a list of messages; a single one is a message, which has no length.
        children = value if hasattr(value, "__len__") else [value]
        for index, child in enumerate(children):
            refuse_unknown(child, f"{path}.{field.name}[{index}]")


def with_hex_ids(value, key=None):
    if isinstance(value, dict):
        return {key: with_hex_ids(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [with_hex_ids(child) for child in value]
    return base64.b64decode(value).hex() if key in IDS else value


if __name__ == "__main__":
    main()
