# Sourced by scripts/cluster: pgBackRest.

# backrest NODE ARGUMENT…
backrest() {
    local node=$1
    shift
    $(as_user) env PGPASSWORD="$SUPERUSER_PASSWORD" pgbackrest --config="$folder/node$node/pgbackrest.conf" --stanza=portal "$@"
}

make_stanza() { backrest "$(primary_node)" stanza-create; }

backup_full() {
    read_secrets
    backrest "$(primary_node)" --type=full backup
    backrest "$(primary_node)" info
}

# restore_cluster [TIME]: empty nodes, whose first primary comes from the backups. What was there is moved aside.
restore_cluster() {
    read_secrets
    local aside number started
    aside=$folder/before-$(date +%Y%m%d-%H%M%S)
    started=$(now)
    for number in $(portal_numbers); do stop_service "portal$number"; done
    for number in $nodes; do stop_service "pgbouncer$number"; done
    for number in $nodes; do touch "$services/patroni$number/down"; done
    for number in $nodes; do stop_service "patroni$number"; done
    for number in $nodes; do stop_service "etcd$number"; done
    mkdir -p "$aside"
    for number in $nodes; do
        mkdir "$aside/node$number"
        mv "$folder/node$number/postgres" "$folder/node$number/etcd" "$aside/node$number/"
    done
    echo "stopped_after=$(seconds_since "$started")"

    started=$(now)
    (
        BOOTSTRAP=pgbackrest
        [ -z "$1" ] || RESTORE_TARGET="--type=time \"--target=$1\" --target-action=promote"
        export_values
        for number in $nodes; do render_node "$number"; done
    )
    start_databases
    await 600 "a primary" primary_node
    echo "primary_after=$(seconds_since "$started")"
    for number in $(portal_numbers); do start_service "portal$number"; done
    for number in $(portal_numbers); do await 180 "portal $number" portal_is_ready "$number"; done
    echo "portals_after=$(seconds_since "$started")"
    await 600 "two replicas" has_replicas
    echo "replicas_after=$(seconds_since "$started")"
    export_values
    for number in $nodes; do render_node "$number"; done
}

portal_command() (
    set -a
    source "$folder/portal1/env"
    [ -z "${NEW_MASTER_KEY:-}" ] || { Portal__OldMasterKeys__0=$Portal__MasterKey; Portal__MasterKey=$NEW_MASTER_KEY; }
    set +a
    $(as_user) dotnet "$folder/program/Portal.dll" "$@"
)

# As docs/deploy.md says it, with all portals stopped meanwhile.
change_master_key() {
    local key number
    key=$(head -c 32 /dev/urandom | base64)
    for number in $(portal_numbers); do stop_service "portal$number"; done
    NEW_MASTER_KEY=$key portal_command keys reseal
    sed -i "s|^export MASTER_KEY=.*|export MASTER_KEY=$key|" "$folder/secrets"
    read_secrets
    export_values
    for number in $(portal_numbers); do render_portal "$number"; done
    for number in $(portal_numbers); do start_service "portal$number"; done
    for number in $(portal_numbers); do await 180 "portal $number" portal_is_ready "$number"; done
}

fingerprint() { primary_psql -Atc "SELECT count(*) || ' ' || coalesce(md5(string_agg(id || message || coalesce(response, ''), '' ORDER BY id)), '') FROM chat_logs"; }

# A backup, more messages, a mistake, and the moment before it brought back.
drill_restore() {
    read_secrets
    local before after at started
    portal_command keys reseal >&2
    backup_full >&2
    CLUSTER_BUILT=1 cluster_drill none
    before=$(fingerprint)
    at=$(primary_psql -Atc "SELECT clock_timestamp()")
    primary_psql -c "DELETE FROM chat_logs" -c "SELECT pg_switch_wal()" >&2
    echo "after_the_mistake=$(fingerprint)"
    started=$(now)
    restore_cluster "$at"
    after=$(fingerprint)
    echo "messages=${before% *} restored=${after% *} same=$([ "$before" = "$after" ] && echo yes || echo no) took=$(seconds_since "$started")"
    echo "database_megabytes=$(primary_psql -Atc "SELECT pg_database_size('portal') / 1048576")"
    say "Every secret, opened with the master key of before and sealed with a new one:"
    change_master_key
    CLUSTER_BUILT=1 cluster_drill none
    [ "$before" = "$after" ]
}
