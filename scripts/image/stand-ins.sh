# Sourced by build. Where a base image cannot be fetched, one that stands in for it under the same name, so that the Dockerfile's own steps
# run to the letter: Debian's packages, and this machine's .NET and Node.js. Good for trying the image, not for shipping it.

stand_in() {
    say "Cannot fetch $1: building a stand-in from Debian's packages"
    need_tools mmdebstrap
    case $1 in
        *dotnet/aspnet*) stand_in_runtime "$1" ;;
        *) stand_in_tools "$1" ;;
    esac
}

# What stands in has the libraries of this Debian: their names carry versions.
library() { apt-cache --names-only search "$1" | awk '{ print $1; exit }'; }

# The SDK and Node.js in one, for both build stages.
stand_in_tools() {
    local container dotnet
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    if [ -z "$(in_buildah images --quiet localhost/tools 2>/dev/null)" ]; then
        mmdebstrap --quiet --variant=essential --include="ca-certificates,$(library '^libicu[0-9]+$'),libssl3,libstdc++6" "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$store/tools.tar"
        container=$(in_buildah from scratch)
        in_buildah add --quiet "$container" "$store/tools.tar" / >/dev/null
        in_buildah copy --quiet "$container" "$dotnet" /usr/share/dotnet >/dev/null
        in_buildah copy --quiet "$container" "$(readlink -f "$(command -v node)")" /usr/bin/node >/dev/null
        in_buildah copy --quiet "$container" "$(npm root --global)/npm" /usr/lib/node_modules/npm >/dev/null
        in_buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt >/dev/null
        in_buildah run --isolation chroot "$container" -- /bin/sh -c 'ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm'
        in_buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
            --env NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-online}" --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env DOTNET_NOLOGO=1 "$container"
        in_buildah commit --quiet --rm "$container" localhost/tools >/dev/null
        rm -f "$store/tools.tar"
    fi
    in_buildah tag localhost/tools "$1"
}

# The framework over the libraries that .NET loads, and nothing else: no shell, no package manager, no program but dotnet.
stand_in_runtime() {
    local container dotnet root=$store/runtime
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    rm -rf "$root"
    mmdebstrap --quiet --variant=extract --include="base-files,libc6,libgcc-s1,libstdc++6,libssl3,$(library '^libicu[0-9]+$'),zlib1g,tzdata,ca-certificates" \
        "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$root"
    cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$root"/{boot,home,media,mnt,opt,srv} "$root"/usr/{games,include,local,src,sbin} "$root"/usr/share/{perl5,doc-base,bug,man,lintian,ca-certificates} "$root"/var/{cache,log,backups} "$root"/var/lib/dpkg/info
    find "$root/bin" "$root/usr/bin" "$root/sbin" -mindepth 1 -delete
    printf 'root:x:0:0:root:/root:/sbin/nologin\napp:x:1654:1654::/home/app:/sbin/nologin\n' >"$root/etc/passwd"
    printf 'root:x:0:\napp:x:1654:\n' >"$root/etc/group"
    mkdir -p "$root/usr/share/dotnet/shared" "$root/usr/bin"
    cp -r "$dotnet"/{dotnet,host} "$root/usr/share/dotnet/"
    cp -r "$dotnet"/shared/Microsoft.{NETCore,AspNetCore}.App "$root/usr/share/dotnet/shared/"
    ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
    container=$(in_buildah from scratch)
    in_buildah add --quiet "$container" "$root" / >/dev/null
    in_buildah config --env PATH=/usr/bin --env DOTNET_RUNNING_IN_CONTAINER=true --env APP_UID=1654 --label io.portal.base="stand-in from Debian's packages; not for shipping" "$container"
    in_buildah commit --quiet --rm "$container" "$1" >/dev/null
    rm -rf "$root"
}
