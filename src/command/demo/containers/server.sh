# One server of the demo inside a container of any image that has PostgreSQL's programs and a postgres user:
# makes or clones its data once, runs the server, and stops it when its owner lets go of standard input,
# unless HOWDAH_KEEP is set.
# HOWDAH_NAME names it; HOWDAH_PRIMARY is the server it clones, empty for the first primary.
set -eu
umask 077
home=/tmp/howdah data=/tmp/howdah/data
mkdir -p "$home"
unset PGDATA
export PGPASSFILE=$home/pgpass
if [ ! -s "$data/PG_VERSION" ]; then
  printf '*:*:*:postgres:%s\n' "$POSTGRES_PASSWORD" >"$PGPASSFILE"
  if [ -z "$HOWDAH_PRIMARY" ]; then
    printf %s "$POSTGRES_PASSWORD" >"$home/password"
    initdb -D "$data" -U postgres --pwfile="$home/password" --auth-host=scram-sha-256 --auth-local=trust \
      -E UTF8 --no-locale --no-sync --data-checksums >/dev/null
    rm "$home/password"
    printf 'host all all all scram-sha-256\nhost replication all all scram-sha-256\n' >>"$data/pg_hba.conf"
    printf '%s\n' "$HOWDAH_SETTINGS" "listen_addresses = '*'" "port = 5432" \
      "unix_socket_directories = '/tmp,/var/run/postgresql'" >>"$data/postgresql.conf"
    if [ -e "$(pg_config --pkglibdir 2>/dev/null)/pg_stat_statements.so" ] || find /usr/lib/postgresql /usr/local/lib \
      /opt -name pg_stat_statements.so 2>/dev/null | grep -q .; then
      echo "shared_preload_libraries = 'pg_stat_statements'" >>"$data/postgresql.conf"
    fi
  else
    pg_basebackup -d "host=$HOWDAH_PRIMARY user=postgres application_name=$HOWDAH_NAME passfile=$PGPASSFILE" -D "$data" \
      -R -X stream -c fast -C -S "$HOWDAH_NAME" --no-sync --no-manifest
  fi
  echo "cluster_name = '$HOWDAH_NAME'" >>"$data/postgresql.conf"
fi
unset POSTGRES_PASSWORD HOWDAH_SETTINGS
# A container that is started again has the same process numbers: the file of the last run would look alive.
rm -f "$data/postmaster.pid"
exec 3<&0
postgres -D "$data" </dev/null 3<&- &
server=$!
trap 'kill -INT "$server"' INT TERM QUIT
[ -n "${HOWDAH_KEEP:-}" ] || { cat >/dev/null; kill -QUIT "$server"; } <&3 3<&- &
exec 3<&-
while kill -0 "$server" 2>/dev/null; do wait "$server" && status=0 || status=$?; done
exit "${status:-0}"
