#!/usr/bin/env python3
"""Sets up the programs that the tests talk to: the rig.

Everything lands in one folder, `rig` in the target folder, and nothing outside it is touched, so no root is needed.
What is installed stands in requirements.txt, ministack.txt, package-lock.json and DEBIAN_PACKAGES below. A part that cannot be had
does not stop the others: `parts.json` in that folder says for each part where it is or why it is not there, and the
tests read it. Run again, it does only what is missing or has another version.

Needs Python 3.8 and its standard library; the packages themselves need Python 3.10.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target").resolve()
RIG = TARGET / "rig"

PYTHON_MIN = (3, 10)
NODE_MIN = 18

# Debian's own releases of Go programs need nothing but libc, so those of trixie run on bookworm too.
DEBIAN_SUITE = "trixie"
DEBIAN_RELEASES = ("bookworm", "trixie")
DEBIAN_PACKAGES = {"victoria-metrics": "1.112.*", "prometheus-alertmanager": "0.28.*"}

# The programs in them that tests start, all in /usr/bin.
DEBIAN_PROGRAMS = {"victoria-metrics": "victoria-metrics", "alertmanager": "prometheus-alertmanager", "amtool": "amtool"}

# Debian's Alertmanager reads its templates below /usr/share, where the rig puts nothing. In the copy here it reads them from
# `shared` in the folder in which it is started. Both are of one length, for a Go program keeps lengths apart from texts.
RELOCATED = ("prometheus-alertmanager", b"/usr/share/prometheus/alertmanager", b"./" * 14 + b"shared")

# The browser that shows the page, under the names that systems give it, and what is taken from Debian where there is none.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core")

# Folders in which Terraform itself looks for providers that were put there; the first is for machines with another one.
PROVIDER_MIRRORS = (os.environ.get("FANIN_TERRAFORM_MIRROR"), "/opt/tf-plugins", "/usr/share/terraform/plugins")
PROVIDER = "*/hashicorp/aws/5.*/linux_*"

# Where its fonts are: what of them the system has is not taken from Debian again.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{rig}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""

# A mirror that answers slowly is tried for this long before its part is given up.
COMMAND_SECONDS_MAX = 600
APT_SECONDS_MAX = 60


class Missing(Exception):
    """Why a part cannot be had, for the person who reads the end of the test run."""


def main():
    RIG.mkdir(parents=True, exist_ok=True)
    with open(RIG / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = {}
        for room in (Python(), Ministack(), Node(), Debian(), Browser(), Terraform()):
            parts.update(set_up(room))
        write_whole(RIG / "parts.json", json.dumps(parts, indent=2, sort_keys=True) + "\n")


def set_up(room):
    """Brings one room of the rig up to date, says so in one line, and answers with its parts."""
    started = time.monotonic()
    try:
        room.check()
        state = "installed" if install(room) else "ready"
        parts = {name: {"path": str(path)} for name, path in room.parts().items()}
    except Missing as reason:
        parts = {name: {"reason": str(reason)} for name in room.names}
        state = f"MISSING: {reason}"
    print(f"rig: {room.label:<9} {time.monotonic() - started:6.1f} s  {', '.join(room.names)}: {state}", flush=True)
    return parts


def install(room):
    """Installs a room unless its stamp says that exactly this is installed already; whether it had to."""
    stamp = room.folder / "stamp"
    wanted = hashlib.sha256("\n".join(room.pins()).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and all(path.exists() for path in room.parts().values()):
        return False
    shutil.rmtree(room.folder, ignore_errors=True)
    room.folder.mkdir(parents=True)
    room.install()
    for name, path in room.parts().items():
        if not path.exists():
            raise Missing(f"{name} was installed, but there is no {path}")
    write_whole(stamp, wanted)
    return True


class Python:
    """A virtual environment with the packages of requirements.txt."""

    label = "python"
    names = ("python", "moto", "rotel", "cfn-lint")
    folder = RIG / "python"
    requirements = HERE / "requirements.txt"

    def check(self):
        if sys.version_info < PYTHON_MIN:
            given, wanted = platform.python_version(), ".".join(map(str, PYTHON_MIN))
            raise Missing(f"python3 is {given}; the packages need {wanted} or later")

    def pins(self):
        return [sys.version, sys.executable, str(self.folder), self.requirements.read_text()]

    def install(self):
        run([sys.executable, "-m", "venv", self.folder], "python3 -m venv (Debian: install python3-venv)")
        pip = [self.folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "-q", "--no-deps", "--no-compile", "-r", self.requirements], "pip install")
        run([*pip, "check"], "pip check")

    def parts(self):
        programs = self.folder / "bin"
        rotel = next(self.folder.glob("lib/python*/site-packages/rotel/rotel-agent"), self.folder / "rotel-agent")
        return {
            "python": programs / "python",
            "moto": programs / "moto_server",
            "rotel": rotel,
            "cfn-lint": programs / "cfn-lint",
        }


class Ministack(Python):
    """Another, for it needs other versions of the same packages."""

    label = "ministack"
    names = ("ministack",)
    folder = RIG / "ministack"
    requirements = HERE / "ministack.txt"

    def parts(self):
        return {"ministack": self.folder / "bin" / "ministack"}


class Node:
    """A folder with the packages of package-lock.json."""

    label = "node"
    names = ("kinesis-local", "node", "playwright-core", "tsc")
    folder = RIG / "node"
    manifests = (HERE / "package.json", HERE / "package-lock.json")

    def check(self):
        given = run([tool("node"), "--version"], "node --version").strip()
        if int(given.lstrip("v").split(".")[0]) < NODE_MIN:
            raise Missing(f"node is {given}; the packages need v{NODE_MIN} or later")
        tool("npm")

    def pins(self):
        return [manifest.read_text() for manifest in self.manifests]

    def install(self):
        for manifest in self.manifests:
            shutil.copy(manifest, self.folder)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        run([tool("npm"), "ci", "--prefix", self.folder, *options], "npm ci")

    def parts(self):
        modules = self.folder / "node_modules"
        return {
            "kinesis-local": modules / "kinesis-local" / "main.js",
            "node": Path(shutil.which("node") or self.folder / "node"),
            "playwright-core": modules / "playwright-core",
            "tsc": modules / "typescript" / "bin" / "tsc",
        }


class Debian:
    """Packages of Debian, unpacked but not installed."""

    label = "debian"
    names = tuple(DEBIAN_PROGRAMS)
    folder = RIG / "debian"

    def check(self):
        tool("apt-get")
        tool("dpkg")

    def pins(self):
        return [DEBIAN_SUITE, platform.machine(), json.dumps(DEBIAN_PACKAGES), str(RELOCATED)]

    def install(self):
        sources, lists, root = (self.folder / name for name in ("sources", "lists", "root"))
        for folder in (sources, lists / "partial", root):
            folder.mkdir(parents=True)
        (sources / "rig.sources").write_text(debian_source())
        options = {
            "APT::Sandbox::User": "root",
            "Acquire::http::Timeout": APT_SECONDS_MAX,
            "Acquire::Languages": "none",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": sources,
            "Dir::State::lists": lists,
        }
        apt_get = [tool("apt-get"), "-q", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
        run([*apt_get, "update"], "apt-get update")
        versions = [f"{name}={version}" for name, version in DEBIAN_PACKAGES.items()]
        run([*apt_get, "download", *versions], "apt-get download", cwd=self.folder)
        for package in self.folder.glob("*.deb"):
            run([tool("dpkg"), "-x", package, root], "dpkg -x")
            package.unlink()
        shutil.rmtree(lists)
        name, before, after = RELOCATED
        program = root / "usr" / "bin" / name
        if before not in program.read_bytes():
            raise Missing(f"{name} does not look for its files in {before.decode()} any more")
        program.write_bytes(program.read_bytes().replace(before, after))

    def parts(self):
        return {part: self.folder / "root" / "usr" / "bin" / program for part, program in DEBIAN_PROGRAMS.items()}


class Browser:
    """Chromium: the one that is on this machine, else Debian's, unpacked with what it needs but not installed."""

    label = "browser"
    names = ("chromium",)
    folder = RIG / "browser"

    def installed(self):
        return next(filter(None, map(shutil.which, BROWSERS)), None)

    def check(self):
        if self.installed() is None:
            tool("apt-get")
            tool("dpkg")

    def pins(self):
        return [str(self.installed()), platform.machine(), *BROWSER_PACKAGES]

    def install(self):
        if self.installed():
            return
        archives, root = self.folder / "archives", self.folder / "root"
        (archives / "partial").mkdir(parents=True)
        root.mkdir()
        options = {
            "Acquire::http::Timeout": APT_SECONDS_MAX,
            "Debug::NoLocking": 1,
            "Dir::Cache::archives": f"{archives}/",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
        }
        apt_get = [tool("apt-get"), "-qy", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
        download = [*apt_get, "--no-install-recommends", "--download-only", "install", *BROWSER_PACKAGES]
        try:
            run(download, "apt-get install --download-only chromium")
        except Missing:
            # The lists of packages are old, or there are none yet. Where they cannot be renewed, the second try says what fails.
            renew = [tool("apt-get"), "-q", "update"]
            subprocess.run(renew, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            run(download, "apt-get install --download-only chromium")
        for package in archives.glob("*.deb"):
            run([tool("dpkg"), "-x", package, root], "dpkg -x")
        shutil.rmtree(archives)
        libraries = ":".join(str(folder) for place in ("usr/lib", "lib") for folder in library_folders(root / place))
        program = root / "usr" / "lib" / "chromium" / "chromium"
        fonts = self.folder / "fonts.conf"
        write_whole(fonts, FONTS.format(rig=root / "usr/share/fonts", cache=self.folder / "fonts"))
        started = f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" FONTCONFIG_FILE="{fonts}" exec "{program}" "$@"\n'
        write_whole(self.folder / "chromium", started)
        (self.folder / "chromium").chmod(0o755)

    def parts(self):
        return {"chromium": Path(self.installed() or self.folder / "chromium")}


def library_folders(place):
    """Folders of libraries: those of the processor, and those in them that packages keep for themselves, as PulseAudio does."""
    for folder in sorted(place.glob("*-linux-gnu")):
        yield folder
        yield from sorted(own for own in folder.iterdir() if own.is_dir() and any(own.glob("lib*.so*")))


class Terraform:
    """Terraform with a folder of its AWS provider, where somebody put both on this machine. Nothing here installs them: neither
    comes from a registry of packages that the rig uses. Tests that want it take its absence for no failure, not even in CI."""

    label = "terraform"
    names = ("terraform", "terraform-providers")
    folder = RIG / "terraform"

    def mirror(self):
        folders = (Path(folder) for folder in PROVIDER_MIRRORS if folder)
        return next((folder for folder in folders if any(folder.glob(PROVIDER))), None)

    def check(self):
        tool("terraform")
        if self.mirror() is None:
            raise Missing("no folder has version 5 of Terraform's AWS provider: name one by FANIN_TERRAFORM_MIRROR")

    def pins(self):
        return [tool("terraform"), str(self.mirror())]

    def install(self):
        pass

    def parts(self):
        return {"terraform": Path(tool("terraform")), "terraform-providers": self.mirror()}


def debian_source():
    """The suite to take packages from, at the mirror and with the key that this machine already uses."""
    deb822 = Path("/etc/apt/sources.list.d/debian.sources")
    for paragraph in re.split(r"\n\s*\n", deb822.read_text() if deb822.is_file() else ""):
        fields = {
            key: value.strip() for key, value in re.findall(r"^([A-Za-z-]+):(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
        }
        if set(fields.get("Suites", "").split()) & set(DEBIAN_RELEASES):
            fields.update(Types="deb", Suites=DEBIAN_SUITE, Components="main")
            return "".join(f"{key}: {value}\n" for key, value in fields.items())
    classic = Path("/etc/apt/sources.list")
    for line in classic.read_text().splitlines() if classic.is_file() else []:
        match = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s", line)
        if match and match[2] in DEBIAN_RELEASES:
            return f"Types: deb\nURIs: {match[1]}\nSuites: {DEBIAN_SUITE}\nComponents: main\n"
    raise Missing(f"not a Debian {' or '.join(DEBIAN_RELEASES)} with its usual package sources")


def tool(name):
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not on this machine")
    return path


def run(command, title, cwd=None):
    """Runs a command to its end and answers with what it printed. Of a failure, what it says of errors is the reason."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=COMMAND_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{title} took longer than {COMMAND_SECONDS_MAX} s") from None
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(npm )?error|E:", line, re.IGNORECASE)] or lines[-1:]
        raise Missing(f"{title} failed: {' '.join(errors[:2]) or f'exit status {done.returncode}'}")
    return done.stdout


def write_whole(path, text):
    """Writes a file so that a reader sees the old text or the new, never half of it."""
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.replace(path)


if __name__ == "__main__":
    main()
