# Sourced by build and try: buildah and podman on a storage of their own in .data/image, so that nothing else on the machine changes.
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"

image=localhost/portal
case "$(uname -m)" in
    aarch64) own_arch=arm64 ;;
    *) own_arch=amd64 ;;
esac
store=$PWD/.data/image
mkdir -p "$store"

need_tools() {
    local name missing=()
    for name in "$@"; do
        command -v "$name" >/dev/null || missing+=("$name")
    done
    [ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
}

# Both read and write the same images. vfs where the kernel or the file system below refuses overlay.
storage() {
    driver=${STORAGE_DRIVER:-overlay}
    storage=(--root "$store/$driver" --runroot "$store/$driver-run" --storage-driver "$driver")
    if [ "$driver" = overlay ] && ! buildah "${storage[@]}" images >/dev/null 2>&1; then
        STORAGE_DRIVER=vfs
        storage
    fi
}

in_buildah() { buildah "${storage[@]}" "$@"; }
in_podman() { podman "${storage[@]}" --cgroup-manager cgroupfs --events-backend none --runtime "$(command -v runc || echo /usr/sbin/runc)" "$@"; }
