# netns: -a -t -l
# End to end: Prometheus scrapes the metrics, of a server and of the node exporter's textfile
# collector, and a query returns the numbers; JSON is read by others while events are lost.
. "${0%/*}/../lib.sh"
cd "$TMP" || exit 1
mkdir bin node
cp "$CONNTRACK" bin/conntrack
PATH=$TMP/bin:$PATH
export PATH

# --- Prometheus ---

# query EXPRESSION: its value, by Prometheus
query() {
	python3 - "$1" <<'PY'
import json, sys, urllib.parse, urllib.request
url = "http://127.0.0.1:9090/api/v1/query?" + urllib.parse.urlencode({"query": sys.argv[1]})
found = json.load(urllib.request.urlopen(url, timeout=5))["data"]["result"]
print(*[sample["value"][1] for sample in found])
PY
}
if command -v prometheus >/dev/null && command -v prometheus-node-exporter >/dev/null &&
	command -v socat >/dev/null && command -v python3 >/dev/null; then
	for i in 1 2 3; do
		conntrack -I -s 10.0.0.$i -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 600 2>/dev/null
	done
	conntrack -L --group dport,proto -o prometheus >node/ct.prom
	socat TCP-LISTEN:9101,fork,reuseaddr \
		SYSTEM:'echo HTTP/1.0 200 OK; echo; conntrack -S -o prometheus' 2>/dev/null &
	hold $!
	prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$TMP/node" --web.listen-address=127.0.0.1:9100 \
		>node.log 2>&1 &
	hold $!
	cat >prometheus.yml <<'YAML'
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: conntrack
    static_configs: [{targets: ["127.0.0.1:9101", "127.0.0.1:9100"]}]
YAML
	prometheus --config.file=prometheus.yml --storage.tsdb.path="$TMP/tsdb" \
		--web.listen-address=127.0.0.1:9090 >prometheus.log 2>&1 &
	hold $!
	scraped() {
		[ -n "$(query conntrack_entries)" ] && [ -n "$(query conntrack_group_flows)" ]
	}
	# answers NAME EXPECTED QUERY: on a busy machine a scrape may be late, and its values gone till the next.
	answers() {
		answer() {
			[ "$(query "$1")" = "$2" ]
		}
		until_true 10 answer "$3" "$2"
		is "$1" "$2" "$(query "$3")"
	}
	if until_true 60 scraped; then
		answers "groups, by the textfile collector" 3 \
			'conntrack_group_flows{dport="53",proto="udp"}'
		answers "counters of all CPUs" 3 'sum(conntrack_insert_total)'
		answers "the number of entries" 1 'conntrack_entries >= bool 3'
		answers "the limit" "$(cat /proc/sys/net/netfilter/nf_conntrack_max)" conntrack_entries_limit
	else
		not_ok "Prometheus scrapes" "$(tail -n 5 prometheus.log node.log)"
	fi
else
	skip "Prometheus scrapes" "prometheus, prometheus-node-exporter, socat or python3 is not installed"
fi

# --- JSON under events and loss ---

# reads FILE NAME: other programs read each of its lines as a document
reads() {
	if command -v jq >/dev/null; then
		is "$2: jq" "$(lines "$1")" "$(jq -c . "$1" 2>&1 | grep -c '^{')"
	else
		cannot "$2: jq" "not installed"
	fi
	if command -v python3 >/dev/null; then
		is "$2: json.tool" "$(lines "$1")" \
			"$(python3 -m json.tool --json-lines --no-indent "$1" 2>&1 | grep -c '^{')"
	else
		cannot "$2: json.tool" "there is no python3"
	fi
}
conntrack -F 2>/dev/null
conntrack -E -o json --sync --on-loss resync -b 4096 >events 2>err &
pid=$!
hold $pid
synced() {
	grep -q sync_end events
}
until_true 10 synced
kill -STOP $pid
seq 1 3000 | sed 's/.*/-I -s 10.1.0.1 -d 10.1.0.2 -p udp --sport & --dport 9 -t 300/' | conntrack -R -
kill -CONT $pid
lossy() {
	[ "$(grep -c sync_end events)" -ge 2 ]
}
until_true 20 lossy
kill -INT $pid
wait $pid
is "events were lost" yes "$(grep -q '"event":"lost"' events && echo yes)"
is "and made up for" yes "$([ "$(grep -c '"event":"sync"' events)" -ge 3000 ] && echo yes)"
reads events "-E -o json"
for words in '-L -o jsonl' '-L -o jsonl --sort bytes' '-L --group src,dport -o jsonl' '-S -o jsonl' \
	'-S --total -o jsonl' '-C all -o jsonl' '--check -o json' '-D -o jsonl -p udp'; do
	# shellcheck disable=SC2086 # words
	conntrack $words >out 2>/dev/null
	is "$words: something" yes "$([ -s out ] && echo yes)"
	reads out "$words"
done

finish
