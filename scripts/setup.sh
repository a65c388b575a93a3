#!/bin/sh
# Makes .venv and installs what Smearlens needs. Usage: scripts/setup.sh app|dev
# A stamp in .venv remembers which requirement files it was made from, so a second call returns at once.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-app}
venv=.venv
python=$venv/bin/python
stamp=$venv/.smearlens-$kind

case $kind in
app) requirements="-r requirements.txt" ;;
dev) requirements="-r requirements.txt -r requirements-dev.txt" ;;
*) echo "Usage: scripts/setup.sh app|dev" >&2; exit 2 ;;
esac

key() { cat requirements*.txt constraints.txt scripts/setup.sh | cksum; }

say() { printf '%s\n' "$*" >&2; }

# True if "$1" is a Python that we can use.
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "Smearlens needs Python 3.11 or newer, and none was found."
    case $(uname) in
    Darwin) say "Install one with 'brew install python@3.13' or from https://www.python.org/downloads/, then try again." ;;
    *) say "Install one with your package manager (Debian 12 and Ubuntu 24.04: 'sudo apt-get install python3 python3-venv'), then try again." ;;
    esac
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi </dev/null
}

# Debian keeps the part of Python that makes environments in a package of its own.
add_venv_module() {
    package=$("$1" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')
    if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
        say "Installing $package, which this Python lacks."
        as_root apt-get update -qq || true
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >&2 || true
    fi
    if ! "$1" -c 'import venv, ensurepip' 2>/dev/null; then
        say "This Python cannot make an environment: install $package (Debian and Ubuntu: 'sudo apt-get install $package'), then try again."
        exit 1
    fi
}

make_environment() {
    base=$(find_python)
    "$base" -c 'import venv, ensurepip' 2>/dev/null || add_venv_module "$base"
    say "Making an environment in $venv with $("$base" --version)."
    rm -rf "$venv"
    "$base" -m venv "$venv"
}

install_packages() {
    pip="$python -m pip --disable-pip-version-check --quiet"
    # uv is several times faster than pip; where it cannot be had or does not reach the packages, pip does.
    # Compiled once here, as pip does by itself: else every start of Python compiles torch and streamlit anew.
    if $pip install uv -c constraints.txt && $venv/bin/uv pip install --compile-bytecode --python "$python" $requirements -c constraints.txt; then
        return
    fi
    say "uv could not install the packages; trying pip, which is slower."
    if ! $pip install $requirements -c constraints.txt; then
        say "The packages could not be installed; the messages above say why (is there a connection and 8 GB of free disk?)."
        exit 1
    fi
}

if [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(key)" ]; then
    exit 0
fi
new_enough "$python" || make_environment
say "Installing packages (about 3 GB on Linux, the first time a few minutes)."
install_packages </dev/null
key >"$stamp"
# What the tests need includes all that the app needs.
if [ "$kind" = dev ]; then key >"$venv/.smearlens-app"; fi
