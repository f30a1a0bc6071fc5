# Sourced after setup.sh by benchmarks and screenshots: starts a portal of their own on an empty data directory, and removes it at the end.

# Ports of its own, so that a portal started by ./run may go on.
portal_port=${PORTAL_PORT:-5470}
portal_url=http://localhost:$portal_port
shop_url=http://localhost:$((portal_port + 1))

answers() { node -e 'fetch(process.argv[1]).then(reply => process.exit(reply.ok ? 0 : 1), () => process.exit(1))' "$1"; }

# What start_portal starts: as it was built, or as the image holds it.
portal_folder=Portal
portal_dll=bin/Release/net10.0/Portal.dll

publish_portal() {
    published=$(mktemp -d /tmp/published.XXXXXX)
    dotnet publish Portal/Portal.csproj -c Release --no-build -v quiet --nologo -o "$published" >&2
    cp -r wwwroot-widget "$published/wwwroot-widget"
    # The image has a database server beside it; here the one that npm brought is found, and its ordinary user gets in.
    ln -s "$PWD/Portal/node_modules" "$published/node_modules"
    chmod 755 "$published"
    portal_folder=$published portal_dll=Portal.dll
}

# In the folder kept_data, which stays, or else in one that is removed. Leaves portal_pid and portal_data; settings come from the environment as always.
start_portal() {
    answers "$portal_url/health/live" && die "Something answers at $portal_url already; stop it first."
    portal_data=${kept_data:-$(mktemp -d /tmp/portal.XXXXXX)}
    # The embedded PostgreSQL runs as an ordinary user, who must get in here even when this script is root's.
    chmod 755 "$portal_data"
    trap stop_portal EXIT
    say "Starting the portal in $portal_data"
    (
        cd "$portal_folder"
        export ASPNETCORE_ENVIRONMENT=${ASPNETCORE_ENVIRONMENT:-Development} Portal__DataDirectory=$portal_data
        export URLS=$portal_url Portal__PublicUrl=$portal_url Portal__Sample__SitePort=$((portal_port + 1)) Portal__Sample__BotPort=$((portal_port + 2))
        exec dotnet "$portal_dll"
    ) >"$portal_data/portal.log" 2>&1 &
    portal_pid=$!

    local deadline=$((SECONDS + 60))
    until answers "$portal_url/health/ready"; do
        if [ "$SECONDS" -gt "$deadline" ] || ! kill -0 "$portal_pid" 2>/dev/null; then
            cat "$portal_data/portal.log" >&2
            die "The portal did not start; its log is above."
        fi
        sleep 0.3
    done
}

# Into the embedded PostgreSQL of that portal, for what stands beside it or prepares it.
superuser_connection() {
    node -p 'const [, data] = process.argv, { superuser } = JSON.parse(fs.readFileSync(`${data}/postgres/passwords.json`));
        `Host=${data}/postgres/run;Username=postgres;Password=${superuser}`' "$portal_data"
}

stop_portal() {
    if [ -n "${portal_pid:-}" ] && kill -TERM "$portal_pid" 2>/dev/null; then
        wait "$portal_pid" 2>/dev/null || true
    fi
    rm -rf "${published:-}"
    [ -n "${kept_data:-}" ] || rm -rf "$portal_data"
}
