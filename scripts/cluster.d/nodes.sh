# Sourced by scripts/cluster: where everything is, what starts it, and in which order.

is_root() { [ "$(id -u)" = 0 ]; }

if is_root; then
    user=${CLUSTER_USER:-postgres}
    folder=${CLUSTER_FOLDER:-/var/lib/chat-portal-cluster}
else
    user=$(id -un)
    folder=${CLUSTER_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/chat-portal-cluster}
fi
port=${CLUSTER_PORT:-5600}
network=${CLUSTER_NETWORK:-loopback}
subnet=${CLUSTER_SUBNET:-10.71.7}
portals=${CLUSTER_PORTALS:-2}
restart_after=${CLUSTER_RESTART:-5}
debian_postgres=/usr/lib/postgresql/15/bin
postgres_bin=${CLUSTER_POSTGRES:-$debian_postgres}
nodes="1 2 3"
# Of the drills' own programs, which the portals have to know.
bot_port=$((port + 90)) mail_port=$((port + 91))

case $network in
    loopback) local_address=127.0.0.1 ;;
    namespaces)
        is_root || die "CLUSTER_NETWORK=namespaces takes root; loopback does not."
        local_address=$subnet.254
        ;;
    *) die "CLUSTER_NETWORK is loopback or namespaces." ;;
esac

address() { [ "$network" = loopback ] && echo 127.0.0.1 || echo "$subnet.$1"; }
namespace() { echo "portal$port-$1"; }
# The words that go before a command to run it on that node; on none for 0.
inside() { [ "$network" = loopback ] || [ "$1" = 0 ] || echo "ip netns exec $(namespace "$1")"; }
as_user() { ! is_root || echo "setpriv --reuid=$user --regid=$(id -g "$user") --init-groups --no-new-privs"; }

portal_numbers() { seq "$portals"; }
front_port() { echo $((port + $1 - 1)); }
portal_port() { echo $((port + 10 + $1)); }
primary_port() { echo $((port + 20 + $1)); }
primary_direct_port() { echo $((port + 30 + $1)); }
replicas_port() { echo $((port + 40 + $1)); }
postgres_port() { echo $((port + 50 + $1)); }
pgbouncer_port() { echo $((port + 60 + $1)); }
patroni_port() { echo $((port + 70 + $1)); }
etcd_port() { echo $((port + 80 + $1)); }
etcd_peer_port() { echo $((port + 85 + $1)); }

random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }

make_secrets() {
    [ -e "$folder/secrets" ] || (
        umask 077
        for name in SUPERUSER REPLICATION PATRONI REPOSITORY OWNER APP ACCOUNTS JOURNAL JOBS; do
            echo "export ${name}_PASSWORD=$(random)"
        done
        echo "export MASTER_KEY=$(head -c 32 /dev/urandom | base64)"
    ) >"$folder/secrets"
    chmod 600 "$folder/secrets"
}

read_secrets() { [ -e "$folder/secrets" ] || die "There is no cluster in $folder: scripts/cluster up"; source "$folder/secrets"; }

joined() { local IFS=,; echo "$*"; }

# The values of all templates that do not depend on the node.
export_values() {
    local node
    export SHARED_BUFFERS=${CLUSTER_MEMORY:-64MB} MAX_WAL_SIZE=512MB MAX_CONNECTIONS=120 POOL_SIZE=15
    export SYNCHRONOUS=$([ "${CLUSTER_SYNC:-on}" = on ] && echo true || echo false)
    # No watchdog: it would reset this machine.
    export WATCHDOG=off POSTGRES_BIN=$postgres_bin REPOSITORY=$folder/backups
    export ETCD_HEARTBEAT=250 ETCD_ELECTION=2500
    export NETWORK=$([ "$network" = loopback ] && echo 127.0.0.0/8 || echo "$subnet.0/24")
    export BOOTSTRAP=${BOOTSTRAP:-initdb} RESTORE_TARGET=${RESTORE_TARGET:---type=default}
    export LOCAL_ADDRESS=$local_address FRONT_ADDRESS=$local_address FRONT_NETWORK=$local_address
    for node in $nodes; do
        export "NODE${node}_ADDRESS=$(address "$node")" "POSTGRES_PORT$node=$(postgres_port "$node")"
        export "PGBOUNCER_PORT$node=$(pgbouncer_port "$node")" "PATRONI_PORT$node=$(patroni_port "$node")"
    done
    export ETCD_HOSTS=$(joined $(for node in $nodes; do echo "$(address "$node"):$(etcd_port "$node")"; done))
    export ETCD_PEERS=$(joined $(for node in $nodes; do echo "node$node=http://$(address "$node"):$(etcd_peer_port "$node")"; done))
    export PORTAL_SERVERS=$(for node in $(portal_numbers); do echo "    server portal$node $local_address:$(portal_port "$node") check"; done)
}

render() { docs/deploy/cluster/render "$1" >"$2"; chmod 640 "$2"; ! is_root || chown "$user" "$2"; }

render_node() (
    export NODE=$1 FOLDER=$folder/node$1 NODE_ADDRESS=$(address "$1")
    export POSTGRES_PORT=$(postgres_port "$1") PGBOUNCER_PORT=$(pgbouncer_port "$1") PATRONI_PORT=$(patroni_port "$1")
    export ETCD_PORT=$(etcd_port "$1") ETCD_PEER_PORT=$(etcd_peer_port "$1")
    own_folder "$FOLDER" && own_folder "$FOLDER/run"
    for file in patroni.yml etcd.yml pgbouncer.ini pgbouncer.users pgbackrest.conf; do
        render "$file" "$FOLDER/$file"
    done
    service "etcd$1" "$1" /usr/bin/etcd --config-file "$FOLDER/etcd.yml"
    service "patroni$1" "$1" /usr/bin/patroni "$FOLDER/patroni.yml"
    service "pgbouncer$1" "$1" /usr/sbin/pgbouncer -q "$FOLDER/pgbouncer.ini"
)

# render_portal NUMBER [FAKETIME]
render_portal() (
    export FOLDER=$folder/portal$1 FRONT_PORT=$(front_port "$1") PRIMARY_PORT=$(primary_port "$1")
    export PRIMARY_DIRECT_PORT=$(primary_direct_port "$1") REPLICAS_PORT=$(replicas_port "$1")
    own_folder "$FOLDER"
    render haproxy.cfg "$FOLDER/haproxy.cfg"
    {
        docs/deploy/cluster/render portal.env
        cat <<END
ASPNETCORE_ENVIRONMENT=Production
ASPNETCORE_CONTENTROOT=$folder/program
URLS=http://$local_address:$(portal_port "$1")
HOME=$FOLDER
TMPDIR=$FOLDER
DOTNET_GCHeapHardLimit=0x18000000
Portal__PublicUrl=http://localhost:$(front_port 1)
Portal__OtherHosts__0=$local_address
Portal__Webhooks__AllowedTargets__0=127.0.0.1:$bot_port
Portal__Mail__Host=127.0.0.1
Portal__Mail__Port=$mail_port
Portal__Mail__Security=None
Portal__Mail__From=portal@example.com
Portal__Limits__Off=true
Portal__Limits__MessagesPerDayAndWidget=0
Portal__Limits__MessagesPerMonthAndClient=0
END
        [ -z "${2:-}" ] || printf '%s\n' "LD_PRELOAD=$(find_faketime)" "FAKETIME=$2" DONT_FAKE_MONOTONIC=1 FAKETIME_FORCE_MONOTONIC_FIX=0
    } >"$FOLDER/env"
    chmod 640 "$FOLDER/env"
    ! is_root || chown "$user" "$FOLDER/env"
    service "haproxy$1" 0 /usr/sbin/haproxy -db -f "$FOLDER/haproxy.cfg"
    service "portal$1" 0 bash -c 'set -a; . "$0"; set +a; exec dotnet "$1"' "$FOLDER/env" "$folder/program/Portal.dll"
)

find_faketime() { ls /usr/lib/*/faketime/libfaketime.so.1 | head -1; }

own_folder() {
    mkdir -p "$1"
    chmod 700 "$1"
    ! is_root || chown "$user" "$1"
}

make_network() {
    [ "$network" = namespaces ] || return 0
    local node bridge
    bridge=$(namespace 0)
    ip link show "$bridge" >/dev/null 2>&1 || {
        ip link add "$bridge" type bridge
        ip address add "$local_address/24" dev "$bridge"
        ip link set "$bridge" up
    }
    for node in $nodes; do
        ip netns list | grep -qw "$(namespace "$node")" && continue
        ip netns add "$(namespace "$node")"
        ip link add "$(namespace "$node")h" type veth peer name eth0 netns "$(namespace "$node")"
        ip link set "$(namespace "$node")h" master "$bridge" up
        ip -n "$(namespace "$node")" link set lo up
        ip -n "$(namespace "$node")" address add "$(address "$node")/24" dev eth0
        ip -n "$(namespace "$node")" link set eth0 up
    done
}

remove_network() {
    [ "$network" = namespaces ] || return 0
    local node
    for node in $nodes; do
        ip netns del "$(namespace "$node")" 2>/dev/null || true
    done
    ip link del "$(namespace 0)" 2>/dev/null || true
}

build_portal() {
    [ -z "${CLUSTER_BUILT:-}" ] || [ ! -e "$folder/program/Portal.dll" ] || return 0
    need_dotnet
    need_node
    [ -e wwwroot-widget/widget.js ] && [ -d Portal/wwwroot/lib ] || browser_side
    say "Building the portal"
    with_patience dotnet restore Portal/Portal.csproj --locked-mode
    dotnet publish Portal/Portal.csproj -c Release --no-restore -v quiet --nologo -o "$folder/program" >&2
    rm -rf "$folder/program/wwwroot-widget"
    cp -r wwwroot-widget "$folder/program/wwwroot-widget"
    chmod -R a+rX "$folder/program"
}

# rest NODE PATH: Patroni's answer.
rest() { curl -sf --noproxy '*' --max-time 2 "http://$(address "$1"):$(patroni_port "$1")/$2"; }

primary_node() {
    local node
    for node in $nodes; do
        rest "$node" primary >/dev/null && { echo "$node"; return; }
    done
    return 1
}

replica_nodes() {
    local node
    for node in $nodes; do
        ! rest "$node" replica >/dev/null || echo "$node"
    done
}

synchronous_node() {
    local node
    for node in $nodes; do
        rest "$node" synchronous >/dev/null && { echo "$node"; return; }
    done
    return 1
}

# node_psql NODE ARGUMENT…: over that node's own socket, whatever the network does.
node_psql() {
    local node=$1
    shift
    $(as_user) env PGCONNECT_TIMEOUT=2 PGPASSWORD="$SUPERUSER_PASSWORD" psql -X -q -h "$folder/node$node/run" -p "$(postgres_port "$node")" -U postgres "$@"
}

primary_psql() {
    read_secrets
    node_psql "$(primary_node)" -d portal "$@"
}

make_database() {
    local node
    await 120 "a primary" primary_node
    node=$(primary_node)
    [ -n "$(node_psql "$node" -d postgres -Atc "SELECT FROM pg_database WHERE datname = 'portal' LIMIT 1" -c "SELECT count(*) FROM pg_database WHERE datname = 'portal'" | grep 1)" ] ||
        node_psql "$node" -d postgres -c "CREATE DATABASE portal TEMPLATE template0 ENCODING 'UTF8'"
    node_psql "$node" -d portal -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" -v accounts_password="$ACCOUNTS_PASSWORD" \
        -v journal_password="$JOURNAL_PASSWORD" -v jobs_password="$JOBS_PASSWORD" -f - <migrations/bootstrap/roles.sql >/dev/null
    await 30 "HAProxy to find the primary" timeout 1 bash -c "</dev/tcp/$local_address/$(primary_direct_port 1)"
    (
        set -a
        source "$folder/portal1/env"
        ConnectionStrings__Owner="Host=$local_address;Port=$(primary_direct_port 1);Database=portal;Username=portal_owner;Password=$OWNER_PASSWORD"
        set +a
        $(as_user) dotnet "$folder/program/Portal.dll" migrate >&2
    )
}

portal_is_ready() { curl -sf --noproxy '*' --max-time 2 "http://$local_address:$(portal_port "$1")/health/ready"; }

start_databases() {
    local node
    for node in $nodes; do
        start_service "etcd$node"
    done
    for node in $nodes; do
        start_service "patroni$node"
        start_service "pgbouncer$node"
    done
}

cluster_up() {
    cluster_programs
    mkdir -p "$folder"
    chmod 755 "$folder"
    own_folder "$folder/backups"
    build_portal
    make_secrets
    read_secrets
    export_values
    make_network
    local number
    for number in $nodes; do render_node "$number"; done
    for number in $(portal_numbers); do render_portal "$number"; done

    say "Starting etcd, Patroni and pgbouncer on three nodes"
    start_databases
    for number in $(portal_numbers); do start_service "haproxy$number"; done
    make_database
    make_stanza
    await 120 "two replicas" has_replicas
    for number in $(portal_numbers); do start_service "portal$number"; done
    for number in $(portal_numbers); do await 120 "portal $number" portal_is_ready "$number"; done
    cluster_status
}

has_replicas() { [ "$(replica_nodes | wc -l)" = 2 ]; }

set_synchronous() {
    read_secrets
    local mode
    mode=$([ "$1" = on ] && echo true || echo false)
    curl -sf --noproxy '*' -u "patroni:$PATRONI_PASSWORD" -X PATCH -d "{\"synchronous_mode\": $mode}" \
        "http://$(address 1):$(patroni_port 1)/config" >/dev/null || die "Patroni did not take it."
    if [ "$1" = on ]; then await 60 "a synchronous replica" synchronous_node; else await 60 "no synchronous replica" not synchronous_node; fi
}

cluster_status() {
    read_secrets
    local name number
    for name in $(cd "$services" && ls); do
        printf '%-12s %s\n' "$name" "$(runs "$name" && echo "runs ($(pid_of "$name"))" || echo 'does not run')"
    done
    $(inside 1) $(as_user) patronictl -c "$folder/node1/patroni.yml" list || true
    for number in $(portal_numbers); do
        printf 'portal %s: http://%s:%s %s\n' "$number" "$local_address" "$(front_port "$number")" "$(portal_is_ready "$number" || echo 'not ready')"
    done
}

cluster_down() {
    [ -d "$services" ] || return 0
    local kind name
    for kind in portal haproxy pgbouncer patroni etcd; do
        for name in $(cd "$services" && ls -d "$kind"* 2>/dev/null); do touch "$services/$name/down"; done
        for name in $(cd "$services" && ls -d "$kind"* 2>/dev/null); do stop_service "$name"; done
    done
    remove_network
    umount "$folder"/node*/postgres 2>/dev/null || true
    [ "${1:-}" != --delete ] || rm -rf "$folder"
}
