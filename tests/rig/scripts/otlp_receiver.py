#!/usr/bin/env python3
"""An OTLP receiver made of grpcio, Python's HTTP server and OpenTelemetry's own protobuf classes.

It listens on 127.0.0.1 and prints one JSON object for each request it took: signal, texts (log bodies or metric names)
and metadata (headers in lower case). With --certificates it speaks TLS and wants a certificate of the client.

--answer says how: ok; partial (takes the request but rejects its first record); exhausted (RESOURCE_EXHAUSTED with a
RetryInfo of 2.5 s, gRPC only); unauthenticated (gRPC only).
"""

import argparse
import gzip
import json
import ssl
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc

PRINTING = threading.Lock()


def report(signal, texts, metadata):
    line = json.dumps({"signal": signal, "texts": texts, "metadata": metadata})
    with PRINTING:
        print(line, flush=True)


def log_texts(request):
    scopes = [scope for resource in request.resource_logs for scope in resource.scope_logs]
    return [record.body.string_value for scope in scopes for record in scope.log_records]


def metric_texts(request):
    scopes = [scope for resource in request.resource_metrics for scope in resource.scope_metrics]
    return [metric.name for scope in scopes for metric in scope.metrics]


def log_answer(answer):
    response = logs_service_pb2.ExportLogsServiceResponse()
    if answer == "partial":
        response.partial_success.rejected_log_records = 1
        response.partial_success.error_message = "the first is too old"
    return response


def metric_answer(answer):
    response = metrics_service_pb2.ExportMetricsServiceResponse()
    if answer == "partial":
        response.partial_success.rejected_data_points = 1
        response.partial_success.error_message = "the first is too old"
    return response


def fail(context, answer):
    if answer == "unauthenticated":
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "no valid token: 100% sure")
    if answer == "exhausted":
        info = error_details_pb2.RetryInfo()
        info.retry_delay.FromMilliseconds(2500)
        detail = any_pb2.Any()
        detail.Pack(info)
        status = status_pb2.Status(code=8, message="over the quota", details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "over the quota")


def grpc_service(signal, texts, answer_of, answer):
    def export(_, request, context):
        fail(context, answer)
        metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        report(signal, texts(request), metadata)
        return answer_of(answer)

    return export


def serve_grpc(args):
    logs = type("Logs", (logs_service_pb2_grpc.LogsServiceServicer,),
                {"Export": grpc_service("logs", log_texts, log_answer, args.answer)})
    metrics = type("Metrics", (metrics_service_pb2_grpc.MetricsServiceServicer,),
                   {"Export": grpc_service("metrics", metric_texts, metric_answer, args.answer)})
    server = grpc.server(futures.ThreadPoolExecutor(4), options=[
        ("grpc.max_receive_message_length", args.bytes_max), ("grpc.so_reuseport", 0)])
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(logs(), server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(metrics(), server)
    address = f"127.0.0.1:{args.port}"
    if args.certificates:
        folder = Path(args.certificates)
        key, certificate, authority = ((folder / name).read_bytes() for name in ("server.key", "server.pem", "ca.pem"))
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
        server.add_secure_port(address, credentials)
    else:
        server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = "ok"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        signal = self.path.rsplit("/", 1)[-1]
        if signal == "logs":
            request, texts, response = logs_service_pb2.ExportLogsServiceRequest(), log_texts, log_answer(self.answer)
        else:
            request, texts = metrics_service_pb2.ExportMetricsServiceRequest(), metric_texts
            response = metric_answer(self.answer)
        request.ParseFromString(body)
        report(signal, texts(request), {key.lower(): value for key, value in self.headers.items()})
        said = response.SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def serve_http(args):
    Handler.answer = args.answer
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    if args.certificates:
        folder = Path(args.certificates)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        context.verify_mode = ssl.CERT_REQUIRED
        # The handshake is left to the thread of the connection, so that a client that says nothing blocks nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--protocol", choices=["http", "grpc"], required=True)
    parser.add_argument("--answer", choices=["ok", "partial", "exhausted", "unauthenticated"], default="ok")
    parser.add_argument("--bytes-max", type=int, default=4 * 1024 * 1024, help="largest gRPC message")
    parser.add_argument("--certificates", help="folder with ca.pem, server.pem and server.key")
    args = parser.parse_args()
    if args.protocol == "grpc":
        serve_grpc(args)
    else:
        serve_http(args)


if __name__ == "__main__":
    main()
