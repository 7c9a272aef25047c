#!/usr/bin/env python3
"""Measures the forwarder as Lambda starts and invokes it: size, time to the first request for work, invocations, memory.

    make lambda && target/rig/python/bin/python benches/forwarder.py target/lambda/fanin-forwarder-x86_64.zip

The runtime interface is played here, on loopback, so that the moment is known in which the function asks for work. The
stream of samples is ministack's, and the backend takes everything at once, so what is measured is the forwarder. Then ministack
invokes the same archive as a function of its own, and says what that took. Prints a table in Markdown.
"""

import base64
import gzip
import http.server
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import boto3
import botocore.config

TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).resolve().parent.parent / "target").resolve()
REGION, ACCOUNT = "eu-central-1", "123456789012"
MEMORY_MB = 512

# A batch as an event source mapping hands it over: under its 6 MB, and more than a second of a busy shard.
RECORDS, EVENTS = 100, 200
COLD_STARTS, WARM_INVOCATIONS = 10, 20

CONFIG = """
sources: {{kinesis: [{{stream: 'arn:aws:kinesis:{region}:{account}:stream/samples', carries: samples, endpoint: '{aws}',
  forwarded: ['arn:aws:kinesis:{region}:{account}:stream/logs']}}]}}
directory: {{file: accounts.csv}}
destinations: [{{name: backend, endpoint: '{backend}'}}]
alerting: {{rules: [rules.yaml]}}
"""

RULES = """version: 1
rules:
  - {alert: Errors, kind: threshold, from: logs, match: 'level == "error"', value: count(), window: 5m, critical: ">= 50"}
  - {alert: Timeouts, kind: event, from: logs, match: 'message.contains("timed out")', level: warning}
"""


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Backend(Quiet):
    """Takes everything."""

    def do_POST(self):
        self.body()
        self.answer(200, b"", [("Content-Type", "application/x-protobuf")])


class Runtime(Quiet):
    """Lambda's runtime interface, for one function."""

    def do_GET(self):
        server = self.server
        with server.changed:
            server.asked.append(time.monotonic())
            server.changed.notify_all()
            server.changed.wait_for(lambda: server.events or server.over)
            if server.over:
                return
            event = server.events.pop(0)
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000000"),
            ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000)),
            ("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fanin-forwarder"),
            ("Content-Type", "application/json"),
        ]
        self.answer(200, event, headers)

    def do_POST(self):
        body = self.body()
        with self.server.changed:
            self.server.answers.append((time.monotonic(), self.path.rsplit("/", 1)[-1], body))
            self.server.changed.notify_all()
        self.answer(202)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A function that is killed cuts its connections."""


def serve(handler):
    server = Server(("127.0.0.1", 0), handler)
    server.changed, server.asked, server.events, server.answers, server.over = threading.Condition(), [], [], [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Function:
    """The forwarder, started and asked as Lambda does."""

    def __init__(self, bootstrap, config):
        self.runtime = serve(Runtime)
        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.runtime.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "fanin-forwarder",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "FANIN_CONFIG": str(config),
        }
        begun = time.monotonic()
        self.process = subprocess.Popen([bootstrap], cwd=config.parent, env=environment, stdout=subprocess.DEVNULL)
        self.wait(lambda: self.runtime.asked)
        self.start_ms = (self.runtime.asked[0] - begun) * 1e3

    def wait(self, holds):
        with self.runtime.changed:
            if not self.runtime.changed.wait_for(holds, 60):
                raise SystemExit("the forwarder does not answer")

    def invoke(self, event):
        """Milliseconds from event to answer."""
        n_before, begun = len(self.runtime.answers), time.monotonic()
        with self.runtime.changed:
            self.runtime.events.append(event)
            self.runtime.changed.notify_all()
        self.wait(lambda: len(self.runtime.answers) > n_before)
        at, kind, body = self.runtime.answers[-1]
        if kind != "response" or json.loads(body) != {"batchItemFailures": []}:
            raise SystemExit(f"the forwarder answered {kind}: {body[:500]}")
        return (at - begun) * 1e3

    def memory_mb(self):
        return most_memory_mb(self.process.pid)

    def end(self):
        with self.runtime.changed:
            self.runtime.over = True
            self.runtime.changed.notify_all()
        self.process.kill()
        self.process.wait()
        self.runtime.shutdown()


def most_memory_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def child(parent):
    """The one process that another started and that is a forwarder."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = re.match(r"\d+ \((.*)\) (.*)", stat.read_text()).groups()
        except OSError:
            continue
        if name == "bootstrap" and int(fields.split()[1]) == parent:
            return int(stat.parent.name)
    raise SystemExit("ministack runs no bootstrap")


def event(batch):
    """A batch of a stream: records as CloudWatch Logs writes them, of 100 accounts."""
    chance = random.Random(batch)
    records = []
    for record in range(RECORDS):
        number = batch * RECORDS + record
        payload = json.dumps(
            {
                "messageType": "DATA_MESSAGE",
                "owner": f"{100_000_000_000 + number % 100}",
                "logGroup": "/acme/checkout",
                "logStream": "task",
                "subscriptionFilters": ["fanin"],
                "logEvents": [log_event(chance, number, n) for n in range(EVENTS)],
            }
        )
        sequence_number = f"49590338271490256608559692538361571{number:021}"
        records.append(
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "key",
                    "sequenceNumber": sequence_number,
                    "data": base64.b64encode(gzip.compress(payload.encode(), 6)).decode(),
                    "approximateArrivalTimestamp": time.time(),
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-000000000000:{sequence_number}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/fanin-forwarder",
                "awsRegion": REGION,
                "eventSourceARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/logs",
            }
        )
    return json.dumps({"Records": records}).encode()


def log_event(chance, number, n):
    level = chance.choice(["info"] * 18 + ["warn", "error"])
    message = {
        "level": level,
        "message": f"request {chance.getrandbits(64):016x} took {chance.randrange(2000)} ms",
        "path": f"/orders/{chance.randrange(100_000)}",
        "status": 500 if level == "error" else 200,
        "requestId": f"{chance.getrandbits(128):032x}",
    }
    return {"id": f"{number:028}{n:028}", "timestamp": int(time.time() * 1000), "message": json.dumps(message)}


def start_ministack(folder):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = dict(os.environ, BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), TMPDIR=str(folder))
    log = open(folder / "ministack.log", "w")
    program = TARGET / "rig" / "ministack" / "bin" / "ministack"
    process = subprocess.Popen([program], cwd=folder, env=environment, stdout=log, stderr=log)
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.05)
    raise SystemExit("ministack does not start")


def client(service, endpoint):
    # A cold start is one call, however long it takes.
    once = botocore.config.Config(read_timeout=120, retries={"max_attempts": 0})
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test", "region_name": REGION}
    return boto3.client(service, endpoint_url=endpoint, config=once, **keys)


def in_ministack(process, endpoint, archive, config, events):
    """What the same archive is as a function of ministack: milliseconds of each call, and megabytes."""
    functions = client("lambda", endpoint)
    functions.create_function(
        FunctionName="fanin-forwarder",
        Runtime="provided.al2023",
        Architectures=["x86_64"],
        Handler="bootstrap",
        Role=f"arn:aws:iam::{ACCOUNT}:role/fanin-forwarder",
        Timeout=60,
        MemorySize=MEMORY_MB,
        Environment={"Variables": {"FANIN_CONFIG": str(config)}},
        Code={"ZipFile": archive.read_bytes()},
    )
    took = []
    for payload in events:
        begun = time.monotonic()
        answer = functions.invoke(FunctionName="fanin-forwarder", Payload=payload)
        took.append((time.monotonic() - begun) * 1e3)
        body = json.load(answer["Payload"])
        if body != {"batchItemFailures": []}:
            raise SystemExit(f"in ministack the forwarder answered {body}")
    return took, most_memory_mb(child(process.pid))


def main():
    archive = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="fanin-bench-") as folder:
        folder = Path(folder)
        with zipfile.ZipFile(archive) as opened:
            opened.extract("bootstrap", folder)
        bootstrap = folder / "bootstrap"
        bootstrap.chmod(0o755)
        backend = serve(Backend)
        ministack, endpoint = start_ministack(folder)
        try:
            kinesis = client("kinesis", endpoint)
            kinesis.create_stream(StreamName="samples", ShardCount=1)
            accounts = "".join(f"{100_000_000_000 + n},tenant-{n}\n" for n in range(6_000))
            (folder / "accounts.csv").write_text("account,tenant\n" + accounts)
            (folder / "rules.yaml").write_text(RULES)
            config = folder / "fanin.yaml"
            places = {"region": REGION, "account": ACCOUNT, "aws": endpoint}
            config.write_text(CONFIG.format(backend=f"http://127.0.0.1:{backend.server_port}", **places))
            measure(archive, bootstrap, config, (ministack, endpoint))
        finally:
            ministack.kill()
            ministack.wait()


def measure(archive, bootstrap, config, ministack):
    events = [event(batch) for batch in range(WARM_INVOCATIONS + 1)]
    starts, firsts = [], []
    for _ in range(COLD_STARTS):
        function = Function(bootstrap, config)
        idle_mb = function.memory_mb()
        starts.append(function.start_ms)
        firsts.append(function.invoke(events[0]))
        function.end()
    function = Function(bootstrap, config)
    function.invoke(events[0])
    begun = time.monotonic()
    warm = [function.invoke(payload) for payload in events[1:]]
    rate = RECORDS * EVENTS * len(warm) / (time.monotonic() - begun)
    memory_mb = function.memory_mb()
    function.end()
    called, called_mb = in_ministack(*ministack, archive, config, events[:6])
    rows = [
        ("archive", f"{archive.stat().st_size / 1e6:.1f} MB"),
        ("`bootstrap`", f"{bootstrap.stat().st_size / 1e6:.1f} MB"),
        (f"cold start, process to first request for work, of {COLD_STARTS}: median, worst", spread(starts)),
        ("memory after the start", f"{idle_mb:.0f} MB"),
        (f"first invocation, {RECORDS} records, {RECORDS * EVENTS:,} events, {len(events[0]) / 1e6:.1f} MB: median, worst", spread(firsts)),
        (f"later invocations, of {len(warm)}: median, worst", spread(warm)),
        ("events a second, one invocation after the other", f"{rate:,.0f}"),
        ("most memory", f"{memory_mb:.0f} MB"),
        ("called through ministack: first, cold", f"{called[0]:.0f} ms"),
        ("called through ministack: later, median", f"{statistics.median(called[1:]):.0f} ms"),
        ("called through ministack: most memory", f"{called_mb:.0f} MB"),
    ]
    print("| | measured |\n| --- | --- |")
    for name, value in rows:
        print(f"| {name} | {value} |")


def spread(values):
    return f"{statistics.median(values):.0f} ms, {max(values):.0f} ms"


if __name__ == "__main__":
    main()
