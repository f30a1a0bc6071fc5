# What ./run and ./test share: bringing a fresh Debian or Ubuntu machine to the point where the portal builds.
# Sourced, not executed; leaves the shell in the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

install_packages() {
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "Missing: $*. Install it as root (apt-get install $*) and start again."
        as_root=(sudo)
    fi
    say "Installing $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_dotnet() {
    if ! command -v dotnet >/dev/null && [ -x "$HOME/.dotnet/dotnet" ]; then
        export PATH="$HOME/.dotnet:$PATH" DOTNET_ROOT="$HOME/.dotnet"
    fi
    # Not through a pipe into grep -q: with pipefail, dotnet's own broken pipe would read as "not installed".
    local sdks
    sdks=$(dotnet --list-sdks 2>/dev/null) || sdks=
    [[ $'\n'$sdks == *$'\n10.0.'* ]] || die "The .NET 10 SDK is missing: on Ubuntu 24.04 or newer install it with \
'sudo apt-get update && sudo apt-get install -y dotnet-sdk-10.0' (Ubuntu 22.04 needs 'sudo add-apt-repository ppa:dotnet/backports' first), \
on Debian 12 or 13 with 'wget https://packages.microsoft.com/config/debian/\$(. /etc/os-release; echo \$VERSION_ID)/packages-microsoft-prod.deb \
&& sudo dpkg -i packages-microsoft-prod.deb && sudo apt-get update && sudo apt-get install -y dotnet-sdk-10.0', then start again."
}

has_node() {
    command -v npm >/dev/null && node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 11) ? 0 : 1)' 2>/dev/null
}

need_node() {
    has_node && return
    command -v npm >/dev/null || install_packages nodejs npm ca-certificates
    has_node && return
    # The system's own is older than 20.11. npm brings a newer one into the repository's folder, and nothing else changes.
    npm_packages scripts/node
    PATH="$PWD/$(dirname scripts/node/node_modules/node-linux-*/bin/node):$PATH"
    export PATH
    has_node || die "Node.js 20.11 or newer is missing: install it from https://nodejs.org and start again."
}

find_chromium() {
    local name
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    return 1
}

need_chromium() {
    command -v chromium-headless-shell >/dev/null && return
    # Debian's shell without windows draws the same pages with a third of the work; where it cannot be had, the whole Chromium does.
    # Ubuntu's "chromium" is not a package of its own: there it is chromium-browser, which brings the snap.
    case "$(. /etc/os-release; echo "$ID")" in
        ubuntu) find_chromium >/dev/null || install_packages chromium-browser fonts-liberation fonts-noto-color-emoji ;;
        *) (install_packages chromium-headless-shell fonts-liberation fonts-noto-color-emoji) || find_chromium >/dev/null || install_packages chromium fonts-liberation fonts-noto-color-emoji ;;
    esac
    find_chromium >/dev/null || die "Chromium is missing and its package brought none: install Chromium or Google Chrome and start again."
}

need_pgbouncer() {
    [ -x /usr/sbin/pgbouncer ] || install_packages pgbouncer
}

# The registry now and then refuses a package at the first try and has it a moment later.
with_patience() {
    local pause log
    log=$(mktemp)
    for pause in 5 15 30 60 0; do
        if "$@" >"$log" 2>&1; then
            rm -f "$log"
            return
        fi
        # A lock file that does not fit its project stays wrong however often we ask.
        if [ "$pause" = 0 ] || grep -qE 'NU1004|NU1403|EUSAGE|EINTEGRITY' "$log"; then
            cat "$log" >&2
            rm -f "$log"
            return 1
        fi
        say "Failed ($*); trying again in $pause s"
        sleep "$pause"
    done
}

# Installs the npm packages of a folder when its lock file is not the one they were installed from. npm's own audit is off here, where
# nobody would read it: scripts/audit asks.
npm_packages() {
    local lock
    lock=$(sha256sum <"$1/package-lock.json")
    [ "$(cat "$1/node_modules/.installed-from" 2>/dev/null)" = "$lock" ] && return
    say "Installing the npm packages of $1"
    with_patience npm ci --prefix "$1" --no-audit --no-fund
    printf '%s\n' "$lock" >"$1/node_modules/.installed-from"
}

browser_side() {
    local folder
    for folder in Portal Widget; do
        npm_packages "$folder"
        npm run --silent build --prefix "$folder" >&2
    done
}

# Restores to the letter of the lock files, then builds; warnings are errors in the projects themselves.
dotnet_build() {
    say "Building $1"
    with_patience dotnet restore "$1" --locked-mode
    dotnet build "$1" -c Release --no-restore -v quiet --nologo >&2
}
