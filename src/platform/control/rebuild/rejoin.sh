# Make a stopped data directory one that follows another server.
# usage: rejoin.sh rewind|backup DIRECTORY CONNECTION SLOT      (SLOT may be empty)
# The password and the settings to add lie in DIRECTORY/howdah-rejoin.files; they are removed at the end, however it ends.
#
# Everything is moved one floor down first, the file without which no server starts before all others, and moved back
# last: whatever cuts this off, and whoever starts the server then, it does not come up as a primary.
set -eu
umask 077
how=$1 dir=$2 source=$3 slot=$4
files=$dir/howdah-rejoin.files work=$dir/howdah-rejoin keep=$dir/howdah-rejoin.keep
export LC_ALL=C PGPASSFILE="$files/pgpass" PGCONNECT_TIMEOUT=10
trap 'rm -rf "$files"' EXIT
for at in /usr/lib/postgresql/"$(cat "$dir/PG_VERSION" "$work/PG_VERSION" 2>/dev/null | head -n 1)"/bin /usr/local/pgsql/bin /opt/bitnami/postgresql/bin; do
  [ ! -d "$at" ] || PATH=$at:$PATH
done

each() { # COMMAND: for every entry of the data directory that is its own
  for entry in "$2"/* "$2"/.[!.]*; do
    case ${entry##*/} in howdah-rejoin*|lost+found|PG_VERSION) continue ;; esac
    [ ! -e "$entry" ] && [ ! -L "$entry" ] || "$1" "$entry"
  done
}
down() { mv "$1" "$work/"; }
up() { mv "$1" "$dir/"; }

mkdir -p "$work" "$keep"
[ ! -e "$dir/PG_VERSION" ] || mv "$dir/PG_VERSION" "$work/"
each down "$dir"
# Its own configuration survives: what comes from the source is that of another machine.
for file in "$work"/*.conf "$work/standby.signal"; do
  [ ! -f "$file" ] || [ -e "$keep/${file##*/}" ] || cp -p "$file" "$keep/"
done

if [ "$how" = rewind ]; then
  rm -f "$work/standby.signal" "$work/recovery.signal" "$work/postmaster.pid"
  [ -e "$work/postgresql.conf" ] || : >"$work/postgresql.conf"
  case $(pg_controldata -D "$work" | sed -n 's/^Database cluster state: *//p') in
    'shut down'|'shut down in recovery') ;;
    # A killed server replays its own log first. Nobody can connect to it: it has no socket.
    *) echo 'replaying its own log' >&2
       postgres --single -F -D "$work" -c shared_preload_libraries= -c archive_mode=off template1 </dev/null >/dev/null ;;
  esac
  pg_rewind -n -D "$work" --source-server="$source dbname=postgres" >&2
  pg_rewind -P -D "$work" --source-server="$source dbname=postgres" >&2
else
  find "$work" -mindepth 1 -delete
  pg_basebackup -D "$work" -d "$source" -X stream -c fast -P ${slot:+-S "$slot"} >&2
fi

for file in "$keep"/*.conf; do [ ! -f "$file" ] || cp -p "$file" "$work/"; done
auto=$work/postgresql.auto.conf
touch "$auto"
grep -v -e '^ *primary_conninfo' -e '^ *primary_slot_name' -e '^ *recovery_target' "$auto" >"$files/auto" || true
cat "$files/auto" "$files/standby.conf" >"$auto"
[ ! -f "$keep/standby.signal" ] || cp -p "$keep/standby.signal" "$work/standby.signal"
touch "$work/standby.signal"
rm -f "$work/recovery.signal" "$work/postmaster.pid" "$work/postmaster.opts.old"
sync
each up "$work"
mv "$work/PG_VERSION" "$dir/"
rm -rf "$work" "$keep"
sync
