# Joins standard input and output to 127.0.0.1:$1 with whatever is there. It greets with the name of
# the tool on a line of its own, and ends when either side closes.
port=$1
only=$2
has() { { [ -z "$only" ] || [ "$only" = "$1" ]; } && command -v "$1" >/dev/null 2>&1; }

if has socat; then
	echo "howdah-relay socat"
	exec socat -t 0 - "TCP4:127.0.0.1:$port,nodelay"
fi

if has perl; then
	exec perl -e '
		use strict; use Socket;
		my $port = shift;
		socket(my $s, PF_INET, SOCK_STREAM, 6) or die "socket: $!\n";
		connect($s, sockaddr_in($port, inet_aton("127.0.0.1"))) or die "127.0.0.1:$port: $!\n";
		setsockopt($s, 6, 1, 1);
		syswrite(STDOUT, "howdah-relay perl\n");
		my ($in, $out) = ("", "");
		for (;;) {
			my ($r, $w) = ("", "");
			vec($r, 0, 1) = 1 if length $in < 65536;
			vec($r, fileno $s, 1) = 1 if length $out < 65536;
			vec($w, fileno $s, 1) = 1 if length $in;
			vec($w, 1, 1) = 1 if length $out;
			select($r, $w, undef, undef) > 0 or next;
			if (vec($r, 0, 1)) { sysread(STDIN, $in, 65536, length $in) or last }
			if (vec($r, fileno $s, 1) and !sysread($s, $out, 65536, length $out)) {
				while (length $out) { my $n = syswrite(STDOUT, $out) or last; substr($out, 0, $n) = "" }
				last;
			}
			# A pipe that may be written to takes 4096 bytes without blocking.
			if (vec($w, 1, 1)) { my $n = syswrite(STDOUT, $out, 4096) or last; substr($out, 0, $n) = "" }
			if (vec($w, fileno $s, 1)) { my $n = send($s, substr($in, 0, 65536), MSG_DONTWAIT); substr($in, 0, $n) = "" if $n }
		}
	' "$port"
fi

if has python3; then
	exec python3 -c '
import os, select, socket, sys
try:
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
except OSError as e:
    sys.exit("127.0.0.1:%s: %s" % (sys.argv[1], e))
s.setsockopt(6, 1, 1)
os.write(1, b"howdah-relay python3\n")
i = o = b""
f = s.fileno()
while True:
    r, w, _ = select.select(([0] if len(i) < 65536 else []) + ([f] if len(o) < 65536 else []), ([f] if i else []) + ([1] if o else []), [])
    if 0 in r:
        d = os.read(0, 65536)
        if not d: break
        i += d
    if f in r:
        d = s.recv(65536)
        if not d:
            while o: o = o[os.write(1, o):]
            break
        o += d
    if 1 in w: o = o[os.write(1, o[:4096]):]
    if f in w:
        try: i = i[s.send(i, socket.MSG_DONTWAIT):]
        except BlockingIOError: pass
' "$port"
fi

if has bash; then
	exec bash -c '
		exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
		echo "howdah-relay bash"
		exec 4<&0
		cat <&3 &
		cat <&4 >&3 &
		exec 0</dev/null 1>/dev/null 3>&- 4<&-
		wait -n
		kill %1 %2 2>/dev/null
		wait
	' howdah-relay "$port"
fi

if has ncat; then
	echo "howdah-relay ncat"
	exec ncat 127.0.0.1 "$port"
fi

if has nc; then
	echo "howdah-relay nc"
	# Told to close with its input where it has to be told.
	case "$(nc -h 2>&1)" in *-N*) exec nc -N 127.0.0.1 "$port" ;; esac
	exec nc 127.0.0.1 "$port"
fi

echo "none of socat, perl, python3, bash, ncat and nc is in the container" >&2
exit 127
