# Waits until whoever holds the other end of standard input is gone, however it went; then stops every
# server below $HOWDAH_DIRECTORY and removes the directory. "keep" on a line means: leave all as it is.
# Needs nothing but a POSIX shell, and /proc or ps.
set -u
export LC_ALL=C
dir=$HOWDAH_DIRECTORY
case $dir in /*/howdah-*) ;; *) exit 1 ;; esac

# Our processes, "name pid" a line: those that were started with a path below the directory. Backends are the
# server's own business.
ours() {
  if [ -r /proc/self/cmdline ]; then
    for file in $(grep -lsF -e "$dir/" /proc/[0-9]*/cmdline); do
      file=${file%/cmdline}
      read -r name 2>/dev/null <"$file/comm" && echo "$name ${file#/proc/}"
    done
  else
    ps -axo pid=,args= | while read -r pid program rest; do
      case "$program ${rest:-}" in *"$dir/"*) echo "${program##*/} $pid" ;; esac
    done
  fi
}

# Sends each of them the signal that ends it; fails when there is none.
end() {
  found=1
  while read -r name pid; do
    case $name in
      postgres) kill -"$1" "$pid" 2>/dev/null && found=0 ;;
      initdb | pg_basebackup) kill -KILL "$pid" 2>/dev/null && found=0 ;;
    esac
  done
  return "$found"
}

stop() {
  signal=QUIT turns=0
  while ours | end "$signal"; do
    turns=$((turns + 1))
    # An immediate shutdown takes some 20 ms; who has not obeyed by now never will.
    [ "$turns" -lt 40 ] || signal=KILL
    [ "$turns" -lt 80 ] || break
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
