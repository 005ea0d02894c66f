"""The Python environment that the scripts of this folder share, and where they keep what they make."""

import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zoo-bench"
ENVIRONMENT = CACHE / "venv"


def enter(requirements):
    """Runs the script again with the environment's Python, made or completed first where something is missing."""
    python = ENVIRONMENT / "bin" / "python"
    if pathlib.Path(sys.prefix) != ENVIRONMENT:
        if not python.exists():
            print(f"Making {ENVIRONMENT}", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        os.execv(python, [str(python), *sys.argv])
    missing = [name for name in requirements if not is_installed(name)]
    if missing:
        print(f"Installing {', '.join(missing)} into {ENVIRONMENT}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *missing], check=True)


def is_installed(name):
    import importlib.metadata

    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def add_zoo_option(parser):
    parser.add_argument("--zoo", default=str(ROOT / ".build/release/zoo"), help="the program (default: the release build)")


def check_zoo(parser, zoo):
    if not os.access(zoo, os.X_OK):
        parser.error(f"{zoo} is missing; build it with: swift build -c release --product zoo")


def peak_memory():
    """VmHWM of this process in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return 1024 * int(line.split()[1])
    return 0


def run(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(((done.stderr.strip() or done.stdout.strip()).splitlines() or ["it says nothing"])[-1])
    return done.stdout


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    fields = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = fields.get("flags", fields.get("Features", "")).split()
    isa = [flag for flag in ("avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd") if flag in flags]
    model = fields.get("model name", platform.processor() or platform.machine())
    return f"{model}, {os.cpu_count()} processors ({' '.join(isa)})"
