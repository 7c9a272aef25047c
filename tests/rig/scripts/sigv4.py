#!/usr/bin/env python3
"""Prints the Authorization header that botocore gives a request.

--request names a file of JSON: url, headers (as they arrived), body (base64), region, service, access_key, secret_key,
token (or null). The date and the list of signed headers are taken from the request's own headers.
"""

import argparse
import base64
import json
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--request", type=Path, required=True)
    given = json.loads(parser.parse_args().request.read_text())
    arrived = given["headers"]
    signed = arrived["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: arrived[name] for name in signed}
    request = AWSRequest("POST", given["url"], headers, base64.b64decode(given["body"]))
    request.context["timestamp"] = arrived["x-amz-date"]
    credentials = Credentials(given["access_key"], given["secret_key"], given["token"])
    auth = SigV4Auth(credentials, given["service"], given["region"])
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    parts = [
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}",
        f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}",
        f"Signature={auth.signature(to_sign, request)}",
    ]
    print(", ".join(parts), end="")


if __name__ == "__main__":
    main()
