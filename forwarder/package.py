#!/usr/bin/env python3
"""Builds what Lambda is given: for each processor a zip archive with `bootstrap` in it, and nothing else.

    python3 forwarder/package.py [arm64] [x86_64]

Rust needs the standard library of a processor to build for it. Where that is not installed, its archive is left out, and the
run ends with what was left out and how to get it; with CI=true, and where nothing could be built, that is a failure.
The same source makes the same archive, byte for byte, so that a deployment changes nothing where nothing changed.
"""

import hashlib
import importlib.util
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parent

# The processor as Lambda calls it, as Rust does, and as a binary says it.
PROCESSORS = {"arm64": ("aarch64-unknown-linux-gnu", 183), "x86_64": ("x86_64-unknown-linux-gnu", 62)}

# libc of Amazon Linux 2023, the system of the runtime provided.al2023.
GLIBC = (2, 34)

PROFILE = "lambda"

# Bytes of an archive that Lambda takes without a bucket in between. Source: Lambda developer guide, "Lambda quotas".
ARCHIVE_BYTES_MAX = 50_000_000


def load_rig():
    """The rig's own way to install Python packages, in a folder and at exact versions."""
    specification = importlib.util.spec_from_file_location("rig_setup", REPO / "tests" / "rig" / "setup.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


rig = load_rig()


class Tools(rig.Python):
    """A virtual environment with cargo-zigbuild and zig."""

    label = "lambda"
    names = ("cargo-zigbuild",)
    folder = rig.RIG / "lambda"
    requirements = HERE / "package.txt"

    def parts(self):
        return {"cargo-zigbuild": self.folder / "bin" / "cargo-zigbuild"}


def main():
    wanted = sys.argv[1:] or list(PROCESSORS)
    for name in wanted:
        if name not in PROCESSORS:
            sys.exit(f"lambda: no processor of Lambda: {name}; there are {' and '.join(PROCESSORS)}")
    missing = {name: reason for name in wanted if (reason := why_not(PROCESSORS[name][0]))}
    buildable = [name for name in wanted if name not in missing]
    if buildable:
        tools = Tools()
        try:
            tools.check()
            rig.install(tools)
        except rig.Missing as reason:
            sys.exit(f"lambda: cannot be built: {reason}")
    for name in buildable:
        print(package(name, tools.folder), flush=True)
    for name, reason in missing.items():
        print(f"lambda: LEFT OUT: {archive_of(name).name}: {reason}", file=sys.stderr)
    if missing and (not buildable or os.environ.get("CI") == "true"):
        sys.exit(1)


def why_not(target):
    """Why nothing can be built for a target, if so."""
    asked = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target], stdout=subprocess.PIPE, universal_newlines=True, check=False
    )
    folder = Path(asked.stdout.strip() or "/nowhere")
    if any(folder.glob("libstd-*")):
        return None
    return f"Rust's standard library for {target} is not installed; `rustup target add {target}` gets it, then run this again"


def package(name, tools):
    """Builds the archive of one processor, and says what it is."""
    binary = build(PROCESSORS[name][0], tools)
    check(binary, PROCESSORS[name][1])
    archive = archive_of(name)
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    write(partial, binary.read_bytes())
    given = partial.stat().st_size
    if given > ARCHIVE_BYTES_MAX:
        sys.exit(f"lambda: {archive.name} has {given} bytes, and Lambda takes at most {ARCHIVE_BYTES_MAX}")
    partial.replace(archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return f"lambda: {archive}: {given:,} bytes, bootstrap {binary.stat().st_size:,} bytes, sha256 {digest}"


def build(target, tools):
    environment = dict(os.environ, PATH=f"{tools / 'bin'}{os.pathsep}{os.environ['PATH']}", CARGO_TARGET_DIR=str(rig.TARGET))
    versioned = f"{target}.{GLIBC[0]}.{GLIBC[1]}"
    package = ["--package", "fanin-forwarder", "--bin", "bootstrap"]
    command = ["cargo", "zigbuild", "--locked", "--profile", PROFILE, "--target", versioned, *package]
    done = subprocess.run(command, cwd=REPO, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"lambda: `{' '.join(command)}` failed")
    return rig.TARGET / target / PROFILE / "bootstrap"


def check(binary, machine):
    """That the binary is for this processor, and starts where Lambda starts it."""
    data = binary.read_bytes()
    given = struct.unpack_from("<H", data, 18)[0]
    if data[:4] != b"\x7fELF" or given != machine:
        sys.exit(f"lambda: {binary} is for another processor: machine {given}, and not {machine}")
    versions = {tuple(map(int, found)) for found in re.findall(rb"GLIBC_(\d+)\.(\d+)", data)}
    if max(versions, default=(0, 0)) > GLIBC:
        sys.exit(f"lambda: {binary} needs glibc {max(versions)}, and Lambda has {GLIBC}")


def write(path, bootstrap):
    entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, bootstrap, zipfile.ZIP_DEFLATED, 9)


def archive_of(name):
    return rig.TARGET / "lambda" / f"fanin-forwarder-{name}.zip"


if __name__ == "__main__":
    main()
