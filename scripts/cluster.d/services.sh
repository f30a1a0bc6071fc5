# Sourced by scripts/cluster: programs that run in the background and are started again when they end, as systemd does it with Restart=always.

services="$folder/services"

# service NAME NODE COMMAND…: writes down how it is started. NODE 0 is the machine itself. Each argument is kept as it is.
service() {
    local name=$1 node=$2
    shift 2
    mkdir -p "$services/$name"
    {
        echo '#!/bin/sh'
        echo "cd '$folder'"
        printf 'exec'
        printf ' %q' $(inside "$node") $(as_user) "$@"
        echo
    } >"$services/$name/run"
    chmod 755 "$services/$name/run"
}

start_service() {
    local dir=$services/$1
    rm -f "$dir/down"
    is_kept "$1" && return
    setsid "$PWD/scripts/cluster" keep "$1" </dev/null >>"$dir/log" 2>&1 &
    disown
}

# What the background process of each service does.
keep() {
    local dir=$services/$1
    echo $$ >"$dir/keeper"
    trap '' HUP INT
    while [ ! -e "$dir/down" ]; do
        "$dir/run" >>"$dir/log" 2>&1 &
        echo $! >"$dir/pid"
        wait $! || true
        rm -f "$dir/pid"
        [ -e "$dir/down" ] || sleep "$restart_after"
    done
    rm -f "$dir/keeper"
}

pid_of() { cat "$services/$1/pid" 2>/dev/null; }
is_kept() { local keeper; keeper=$(cat "$services/$1/keeper" 2>/dev/null) && kill -0 "$keeper" 2>/dev/null; }
runs() { local pid; pid=$(pid_of "$1") && kill -0 "$pid" 2>/dev/null; }

# stop_service NAME [SIGNAL]: and it stays down.
stop_service() {
    local dir=$services/$1 pid
    [ -d "$dir" ] || return 0
    touch "$dir/down"
    pid=$(pid_of "$1") && kill "-${2:-TERM}" "$pid" 2>/dev/null
    await 60 "$1 to end" not is_kept "$1"
}

# Kills it; it is started again after a while.
kill_service() { kill -KILL "$(pid_of "$1")"; }

not() { ! "$@"; }

# await SECONDS WHAT COMMAND…
await() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || { say "Waited in vain for $what"; return 1; }
        sleep 0.2
    done
}

cluster_programs() {
    local missing=() program package
    while read -r program package; do
        [ -x "$program" ] || missing+=("$package")
    done <<END
/usr/bin/patroni patroni
/usr/bin/etcd etcd-server
/usr/bin/etcdctl etcd-client
/usr/sbin/haproxy haproxy
/usr/sbin/pgbouncer pgbouncer
/usr/bin/pgbackrest pgbackrest
/usr/bin/faketime faketime
/usr/bin/curl curl
/usr/bin/psql postgresql-client
END
    [ "$postgres_bin" != "$debian_postgres" ] || [ -x "$postgres_bin/postgres" ] || missing+=(postgresql-15)
    [ "${#missing[@]}" = 0 ] || install_without_starting "${missing[@]}"
    for program in postgres initdb pg_ctl pg_controldata pg_basebackup pg_rewind pg_isready; do
        [ -x "$postgres_bin/$program" ] || die "$postgres_bin lacks $program, which Patroni needs to make replicas (npm's embedded PostgreSQL has three programs only)."
    done
}

# Debian starts the services of its packages, now and at every boot. Here nothing of them may run.
install_without_starting() {
    local policy=/usr/sbin/policy-rc.d ours= unit
    if [ ! -e "$policy" ] && [ "$(id -u)" = 0 ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        ours=1
    fi
    install_packages "$@" || { [ -z "$ours" ] || rm -f "$policy"; die "Could not install $*."; }
    [ -z "$ours" ] || rm -f "$policy"
    [ -d /run/systemd/system ] || return 0
    for unit in patroni etcd haproxy pgbouncer postgresql; do
        case " $* " in
            *" $unit"*) $([ "$(id -u)" = 0 ] || echo sudo) systemctl disable --now "$unit" || true ;;
        esac
    done
}
