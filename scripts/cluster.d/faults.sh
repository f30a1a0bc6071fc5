# Sourced by scripts/cluster: what the drills break, and how it is mended. Whatever a fault measures itself it prints as name=value.

drills="portal postgres node etcd etcd-all haproxy network switchover rolling disk clock backup"

now() { echo "${EPOCHREALTIME/[.,]/}"; }
# seconds_since MICROSECONDS
seconds_since() { local gone=$(($(now) - $1)); printf '%d.%01d' $((gone / 1000000)) $((gone % 1000000 / 100000)); }

postmaster() { head -1 "$folder/node$1/postgres/postmaster.pid"; }

# Every process of that node's, PostgreSQL's by their working folder, whoever started them.
node_processes() {
    local process
    pid_of "etcd$1"
    pid_of "patroni$1"
    pid_of "pgbouncer$1"
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/cwd")" != "$folder/node$1/postgres" ] || basename "$process"
    done
}

etcd_leader() {
    local node
    for node in $nodes; do
        etcdctl_on "$node" endpoint status -w json 2>/dev/null | grep -qE '"member_id":([0-9]+).*"leader":\1[,}]' && { echo "$node"; return; }
    done
    return 1
}

etcdctl_on() { ETCDCTL_API=3 etcdctl --command-timeout=2s --endpoints="http://$(address "$1"):$(etcd_port "$1")" "${@:2}"; }

# Prints when another node than this one is the primary, and when this one stops writing: the second must not come after the first.
watch_failover() {
    local from=$1 started=$2 fenced= promoted= node deadline=$((SECONDS + 90))
    until [ -n "$promoted" ] && [ -n "$fenced" ]; do
        [ "$SECONDS" -lt "$deadline" ] || { say "No failover within 90 s"; return 1; }
        if [ -z "$fenced" ] && [ "$(node_psql "$from" -d postgres -Atc 'SELECT pg_is_in_recovery()' 2>/dev/null)" != f ]; then
            fenced=$(seconds_since "$started")
            echo "fenced_after=$fenced"
        fi
        for node in ${promoted:+none} $nodes; do
            [ "$node" = none ] && break
            if [ "$node" != "$from" ] && rest "$node" primary >/dev/null; then
                promoted=$(seconds_since "$started")
                printf 'promoted_after=%s\nnew_primary=%s\n' "$promoted" "$node"
                break
            fi
        done
        sleep 0.1
    done
}

# What has to stand before the load begins.
prepare() {
    [ "$1" = disk ] || return 0
    is_root || die "The drill disk mounts a small file system, which takes root."
    local node data used
    node=$(synchronous_node || replica_nodes | head -1)
    data=$folder/node$node/postgres
    echo "$node" >"$folder/fault"
    stop_service "patroni$node"
    mv "$data" "$data.whole"
    used=$(du -sm "$data.whole" | cut -f1)
    own_folder "$data"
    mount -t tmpfs -o "size=$((used + 150))m,mode=700,uid=$(id -u "$user"),gid=$(id -g "$user")" portal-drill "$data"
    cp -a "$data.whole/." "$data/"
    rm -rf "$data.whole"
    start_service "patroni$node"
    await 60 "two replicas" has_replicas
    # It has to be the one that commits wait for, where any are.
    synchronous_node >/dev/null && [ "$(synchronous_node)" != "$node" ] && await 60 "node$node to be synchronous" make_synchronous "$node" || true
}

# The other replica rests until this one is chosen.
make_synchronous() {
    local node
    for node in $(replica_nodes); do
        [ "$node" = "$1" ] || stop_service "patroni$node"
    done
    await 40 "node$1" rest "$1" synchronous
    for node in $nodes; do start_service "patroni$node"; done
    await 60 "two replicas" has_replicas
}

inject() {
    read_secrets
    local started node
    started=$(now)
    case $1 in
        portal)
            kill_service portal1
            ;;
        postgres)
            node=$(primary_node)
            kill -KILL "$(postmaster "$node")"
            watch_failover "$node" "$started"
            ;;
        node)
            node=$(primary_node)
            echo "$node" >"$folder/fault"
            touch "$services/etcd$node/down" "$services/patroni$node/down" "$services/pgbouncer$node/down"
            kill -KILL $(node_processes "$node") 2>/dev/null || true
            watch_failover "$node" "$started"
            ;;
        etcd)
            node=$(etcd_leader)
            echo "$node" >"$folder/fault"
            echo "was_leader=$node"
            stop_service "etcd$node" KILL
            await 30 "another etcd leader" etcd_leader
            echo "elected_after=$(seconds_since "$started")"
            ;;
        etcd-all)
            for node in $nodes; do touch "$services/etcd$node/down"; done
            for node in $nodes; do stop_service "etcd$node" KILL; done
            ;;
        haproxy)
            kill_service haproxy1
            ;;
        network)
            node=$(primary_node)
            echo "$node" >"$folder/fault"
            if [ "$network" = namespaces ]; then
                echo cut=cable
                ip link set "$(namespace "$node")h" down
            else
                # Processes that stand still look to everybody else like a cut, but cannot demote themselves meanwhile.
                echo cut=SIGSTOP
                kill -STOP $(node_processes "$node")
            fi
            watch_failover "$node" "$started"
            ;;
        switchover)
            node=$(primary_node)
            curl -sf --noproxy '*' --max-time 60 -u "patroni:$PATRONI_PASSWORD" -d "{\"leader\": \"node$node\"}" \
                "http://$(address "$node"):$(patroni_port "$node")/switchover" >&2 || die "Patroni refused the switchover."
            watch_failover "$node" "$started"
            ;;
        rolling)
            for node in $(portal_numbers); do
                stop_service "portal$node"
                start_service "portal$node"
                await 120 "portal $node" portal_is_ready "$node"
                # HAProxy has to have seen it before the next one goes.
                sleep 2
            done
            echo "updated_after=$(seconds_since "$started")"
            ;;
        disk)
            node=$(<"$folder/fault")
            echo "node=$node"
            synchronous_node >/dev/null && echo "synchronous=$(synchronous_node)"
            $(as_user) dd if=/dev/zero of="$folder/node$node/postgres/filler" bs=1M status=none 2>/dev/null || true
            echo "free_after_fill=$(df --output=avail "$folder/node$node/postgres" | tail -1)"
            ;;
        backup)
            backup_full >&2
            echo "backed_up_after=$(seconds_since "$started")"
            ;;
        clock)
            restart_portal_at +300s
            echo "portal1_says=$(curl -sI --noproxy '*' "http://$local_address:$(portal_port 1)/health/live" | sed -n 's/^Date: //ip' | tr -d '\r')"
            ;;
        none) ;;
        *) die "There is no fault $1: $drills" ;;
    esac
}

restart_portal_at() {
    export_values
    stop_service portal1
    render_portal 1 "$1"
    start_service portal1
    await 120 "portal 1" portal_is_ready 1
}

mend() {
    read_secrets
    local node
    case $1 in
        node)
            node=$(<"$folder/fault")
            start_service "etcd$node"
            start_service "patroni$node"
            start_service "pgbouncer$node"
            ;;
        etcd) start_service "etcd$(<"$folder/fault")" ;;
        etcd-all) for node in $nodes; do start_service "etcd$node"; done ;;
        network)
            node=$(<"$folder/fault")
            if [ "$network" = namespaces ]; then
                ip link set "$(namespace "$node")h" up
            else
                kill -CONT $(node_processes "$node")
            fi
            ;;
        disk)
            node=$(<"$folder/fault")
            echo "synchronous_during=$(synchronous_node || echo none)"
            rm -f "$folder/node$node/postgres/filler"
            ;;
        clock) restart_portal_at "" ;;
    esac
    local started
    started=$(now)
    await 180 "two replicas" has_replicas
    echo "whole_after=$(seconds_since "$started")"
}

# After the load: back to where prepare began.
tidy() {
    [ "$1" = disk ] || return 0
    local node data
    node=$(<"$folder/fault")
    data=$folder/node$node/postgres
    stop_service "patroni$node"
    mkdir "$data.whole"
    cp -a "$data/." "$data.whole/"
    umount "$data"
    rmdir "$data"
    mv "$data.whole" "$data"
    own_folder "$data"
    start_service "patroni$node"
    await 60 "two replicas" has_replicas
}

# Passwords go through the environment, where other users cannot read them.
cluster_drill() {
    [ $# -gt 0 ] || { echo "$drills restore"; return; }
    read_secrets
    [ "$1" != all ] || set -- $drills restore
    need_dotnet
    [ -n "${CLUSTER_BUILT:-}" ] || dotnet_build benchmarks/Load/Load.csproj
    local name results failed=0
    results=${CLUSTER_RESULTS:-benchmarks/results}
    mkdir -p "$results"
    export DRILL_FRONTS=$(joined $(for number in $(portal_numbers); do echo "http://$local_address:$(front_port "$number")"; done))
    export DRILL_DATABASE="Host=$local_address;Port=$(primary_direct_port 2);Database=portal;Username=postgres;Password=$SUPERUSER_PASSWORD;Timeout=5;Command Timeout=30"
    export DRILL_BOT_PORT=$bot_port DRILL_MAIL_PORT=$mail_port
    for name in "$@"; do
        [ "$name" != restore ] || { drill_restore || failed=1; continue; }
        [[ " $drills none " == *" $name "* ]] || die "There is no drill $name: $drills"
        await 120 "two replicas" has_replicas
        prepare "$name"
        DRILL_SYNCHRONOUS=$(synchronous_node >/dev/null && echo on || echo off) DRILL_NETWORK=$network \
            dotnet benchmarks/Load/bin/Release/net10.0/Load.dll drill --name="$name" --rate="${CLUSTER_RATE:-100}" \
            --results="$results/drill-$name-$(date +%Y%m%d-%H%M%S).json" || failed=1
        tidy "$name"
    done
    return $failed
}
