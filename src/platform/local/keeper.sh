# Waits until whoever holds the other end of standard input is gone, however it went; then stops every
# server below $HOWDAH_DIRECTORY and removes the directory. "keep" on a line means: leave all as it is.
# Needs nothing but a POSIX shell, and /proc or ps.
set -u
export LC_ALL=C
dir=$HOWDAH_DIRECTORY
case $dir in /*/howdah-*) ;; *) exit 1 ;; esac

# Our processes of one name: those that were started with a path below the directory. Backends are the server's own.
ours() {
  if [ -r /proc/self/cmdline ]; then
    for file in $(grep -lsF -e "$dir/" /proc/[0-9]*/cmdline); do
      file=${file%/cmdline}
      read -r name 2>/dev/null <"$file/comm" || continue
      case $name in "$1") echo "${file#/proc/}" ;; esac
    done
  else
    ps -axo pid=,args= | while read -r pid program rest; do
      case "$program ${rest:-}" in *"$dir/"*) case ${program##*/} in "$1") echo "$pid" ;; esac ;; esac
    done
  fi
}

stop() {
  for name in initdb pg_basebackup; do
    for pid in $(ours "$name"); do kill -KILL "$pid" 2>/dev/null; done
  done
  signal=QUIT turns=0
  while pids=$(ours postgres); [ -n "$pids" ]; do
    for pid in $pids; do kill -"$signal" "$pid" 2>/dev/null; done
    turns=$((turns + 1))
    # An immediate shutdown takes some 20 ms; who has not obeyed by now never will.
    [ "$turns" -lt 30 ] || signal=KILL
    [ "$turns" -lt 60 ] || break
    sleep 0.05 2>/dev/null || sleep 1
  done
}

exec 3<&0 </dev/null
trap : HUP INT TERM
{ read -r word && [ "$word" = keep ] && exit 7; exit 0; } <&3 &
reader=$!
wait "$reader"
[ $? -ne 7 ] || exit 0
kill "$reader" 2>/dev/null
exec 3<&-
cd /
turns=0
while stop; rm -rf "$dir" 2>/dev/null; [ -e "$dir" ] && [ "$turns" -lt 20 ]; do
  turns=$((turns + 1))
  sleep 0.1 2>/dev/null || sleep 1
done
[ ! -e "$dir" ]
