#!/bin/sh
# A Chromium for the browser tests. Usage: scripts/browser.sh find|install
#   find     prints the path of a browser, or fails without a word. CHROMIUM=/path/to/it comes first.
#   install  gets one from the system's package manager if none is there. It never fails: without a browser
#            it says what to install, and the browser tests are skipped with that reason.
set -eu
home=${HOME:-/nowhere}

find_browser() {
    for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable microsoft-edge \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "$home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "$home"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome \
        "$home"/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*; do
        if [ -n "$candidate" ] && command -v "$candidate" 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi </dev/null
}

install_browser() {
    if command -v brew >/dev/null; then
        brew install --cask chromium </dev/null
    elif ! as_root true 2>/dev/null; then
        return 1
    elif command -v apt-get >/dev/null; then
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
    elif command -v dnf >/dev/null; then
        as_root dnf install -y -q chromium
    elif command -v pacman >/dev/null; then
        as_root pacman -Sy --noconfirm --needed chromium
    else
        return 1
    fi
}

case ${1:-find} in
find) find_browser ;;
install)
    find_browser >/dev/null && exit 0
    echo "Looking for a browser for the tests: none here, asking the package manager for Chromium."
    install_browser >/dev/null || true
    find_browser >/dev/null || echo "No browser could be installed, so the browser tests will be skipped: install Chromium or Chrome" \
        "(Debian: 'sudo apt-get install chromium'; macOS: 'brew install --cask chromium')."
    ;;
*) echo "Usage: scripts/browser.sh find|install" >&2; exit 2 ;;
esac
