/* The option table: rows only. */
#include "cli/opt/option.h"

#include <stddef.h>

#include "cli/opt/opt.h"
#include "ct/proto.h"

#define SELECT	 (V_LIST | V_DELETE | V_UPDATE | V_EVENT | V_COUNT)
#define QUERY	 (SELECT & ~V_UPDATE) /* what -U sets, the others select by */
#define CHANGE	 (V_CREATE | V_ADD | V_UPDATE)
#define LABELLED (V_PRINT | V_CREATE | V_ADD)
#define V_EVERY	 (V_PRINT | V_CREATE | V_ADD | V_FLUSH | V_COUNT | V_STATS | V_LOAD | V_CHECK)
#define EXPECTED (V_LIST | V_GET | V_DELETE | V_CREATE | V_EVENT)
#define ADDRESS	 "ADDR[:PORT][/MASK]"

/* An option's names, its argument's name and its help line, one behind the other. */
#if WITH_HELP
#define NAMES(long_names, meta, help) .names = long_names "\0" meta "\0" help
#else
#define NAMES(long_names, meta, help) .names = long_names "\0" meta "\0"
#endif

/* The parser of an option that a build may leave out. */
#define PART(part, parser) (WITH_##part ? (parser) : opt_absent)

/* Its words. */
#define WORDS(part, words) (WITH_##part ? (words) : NULL)

/* Members that many rows share. */
#define COMMAND(bit, l)                                                                            \
	.verb = (bit), .letter = (l), .arg = ARG_OPTIONAL, .group = GROUP_COMMAND,                 \
	.word = word_table
#define SELECTS	   .group = GROUP_SELECT, .select = SELECT
#define TUPLE	   .group = GROUP_SELECT, .select = SELECT | V_GET, .set = V_CREATE | V_ADD
#define EXPECTS	   .group = GROUP_EXPECT, .expect = EXPECTED
#define FOLLOWS	   .group = GROUP_EVENT, .select = V_EVENT, .expect = V_EVENT
#define FLAG(name) .arg = ARG_NONE, .flag = offsetof(struct cmd, name), .parse = opt_flag

static const struct option options[] = {
	{NAMES("list dump", "TABLE", "list entries"), COMMAND(V_LIST, 'L'), .parse = opt_table},
	{NAMES("get", "TABLE", "show the one entry with this tuple"), COMMAND(V_GET, 'G'),
	 .parse = opt_table},
	{NAMES("delete", "TABLE", "delete every matching entry, and show each"),
	 COMMAND(V_DELETE, 'D'), .parse = opt_table},
	{NAMES("create", "TABLE|orig|reply", "create; an existing entry is an error"),
	 COMMAND(V_CREATE, 'I'), .parse = PART(CREATE, opt_table)},
	{NAMES("add", "TABLE|orig|reply", "create; an existing entry is updated"),
	 COMMAND(V_ADD, 'A'), .parse = PART(CREATE, opt_table)},
	{NAMES("update", "TABLE|orig|reply", "update every matching entry, and show each"),
	 COMMAND(V_UPDATE, 'U'), .parse = PART(CREATE, opt_table)},
	{NAMES("event", "TABLE", "follow events until interrupted"), COMMAND(V_EVENT, 'E'),
	 .parse = PART(EVENT, opt_table)},
	{NAMES("flush", "TABLE", "empty the table"), COMMAND(V_FLUSH, 'F'), .parse = opt_table},
	{NAMES("count counter", "TABLE", "print the number of entries"), COMMAND(V_COUNT, 'C'),
	 .parse = opt_table},
	{NAMES("", "TABLE", "-C, where no other command is given"), COMMAND(V_COUNT, 'c'),
	 .accepts = ACCEPTS_ALONE, .parse = opt_table},
	{NAMES("stats", "TABLE", "print the kernel's counters, per CPU"), COMMAND(V_STATS, 'S'),
	 .parse = opt_table},
	{NAMES("check", "", "tell how full the table is, what was dropped, what to do"),
	 .verb = V_CHECK, .arg = ARG_NONE, .group = GROUP_COMMAND, .parse = PART(CHECK, opt_help)},
	{NAMES("load-file", "FILE|-", "run the commands in a file, one a line"), .verb = V_LOAD,
	 .letter = 'R', .group = GROUP_COMMAND, .parse = PART(LOAD, opt_file)},
	{NAMES("help", "COMMAND|all", "print help; on a command, in detail"), .verb = V_HELP,
	 .letter = 'h', .arg = ARG_OPTIONAL, .group = GROUP_COMMAND, .parse = opt_help},
	{NAMES("version", "", "print the version"), .verb = V_VERSION, .letter = 'V',
	 .arg = ARG_NONE, .group = GROUP_COMMAND, .parse = opt_help},

	{NAMES("src orig-src", ADDRESS, "original source"), .letter = 's', TUPLE,
	 .expect = EXPECTED, .field = CT_F_ORIG_SRC, .parse = opt_nets},
	{NAMES("dst orig-dst", ADDRESS, "original destination"), .letter = 'd', TUPLE,
	 .expect = EXPECTED, .field = CT_F_ORIG_DST, .parse = opt_nets},
	{NAMES("reply-src", ADDRESS, "reply source"), .letter = 'r', TUPLE, .field = CT_F_REPLY_SRC,
	 .parse = opt_nets},
	{NAMES("reply-dst", ADDRESS, "reply destination"), .letter = 'q', TUPLE,
	 .field = CT_F_REPLY_DST, .parse = opt_nets},
	{NAMES("mask-src", "MASK", "netmask for -s; of an expected source"), .once = true, SELECTS,
	 .expect = V_CREATE, .field = CT_SPEC_MASK_SRC, .parse = opt_mask_addr},
	{NAMES("mask-dst", "MASK", "netmask for -d; of an expected destination"), .once = true,
	 SELECTS, .expect = V_CREATE, .field = CT_SPEC_MASK_DST, .parse = opt_mask_addr},
	{NAMES("any", "", "addresses and ports match in any position"), .arg = ARG_NONE, SELECTS,
	 .parse = opt_any},
	{NAMES("proto protonum", "PROTO", "layer-4 protocol, by name or number"), .letter = 'p',
	 .group = GROUP_SELECT, .select = SELECT | V_GET | V_HELP, .set = V_CREATE | V_ADD,
	 .expect = EXPECTED, .early = true, .field = CT_F_PROTO, .parse = opt_protos,
	 .word = word_proto},
	{NAMES("family", "FAMILY", "layer-3 protocol"), .letter = 'f', .group = GROUP_SELECT,
	 .select = SELECT | V_GET | V_FLUSH, .set = V_CREATE | V_ADD, .expect = EXPECTED | V_COUNT,
	 .field = CT_F_FAMILY, .parse = opt_family, .word = word_family},
	{NAMES("sport orig-port-src", "PORT[:PORT]", "original source port"), TUPLE,
	 .keys = CT_KEYS_PORTS, .expect = EXPECTED, .field = CT_F_ORIG_SPORT, .parse = opt_ports},
	{NAMES("dport orig-port-dst", "PORT[:PORT]", "original destination port"), TUPLE,
	 .keys = CT_KEYS_PORTS, .expect = EXPECTED, .field = CT_F_ORIG_DPORT, .parse = opt_ports},
	{NAMES("reply-port-src", "PORT[:PORT]", "reply source port"), TUPLE, .keys = CT_KEYS_PORTS,
	 .field = CT_F_REPLY_SPORT, .parse = opt_ports},
	{NAMES("reply-port-dst", "PORT[:PORT]", "reply destination port"), TUPLE,
	 .keys = CT_KEYS_PORTS, .field = CT_F_REPLY_DPORT, .parse = opt_ports},
	{NAMES("state", "STATE", "the protocol's state"), .group = GROUP_SELECT, .select = QUERY,
	 .set = CHANGE, .field = CT_F_STATE, .parse = opt_state, .word = word_state},
	{NAMES("ctstate", "STATE", "state as packet filters name it"), SELECTS,
	 .field = CT_F_CTSTATE, .parse = opt_ctstate, .word = word_ctstate},
	{NAMES("status", "STATUS", "status bits, or !NAME"), .letter = 'u', .group = GROUP_SELECT,
	 .select = QUERY, .set = CHANGE, .field = CT_F_STATUS, .parse = opt_status,
	 .word = word_status},
	{NAMES("mark", "VALUE[/MASK]", "mark; on -I -A -U: set it"), .letter = 'm',
	 .group = GROUP_SELECT, .select = QUERY | V_FLUSH, .set = CHANGE, .field = CT_F_MARK,
	 .parse = opt_mark},
	{NAMES("secmark", "NUMBER", "obsolete: no kernel reports it"), .letter = 'c', SELECTS,
	 .accepts = ACCEPTS_NUMBER, .parse = opt_secmark},
	{NAMES("label", "NAME|VALUE/MASK", "all of these labels are set"), .letter = 'l', SELECTS,
	 .field = CT_F_LABEL, .parse = opt_labels},
	{NAMES("zone", "ZONE", "zone of both directions, 0: none"), .letter = 'w', TUPLE,
	 .expect = V_CREATE, .field = CT_F_ZONE, .parse = opt_u16},
	{NAMES("orig-zone", "ZONE", "zone of the original direction"), TUPLE,
	 .field = CT_F_ORIG_ZONE, .parse = opt_u16},
	{NAMES("reply-zone", "ZONE", "zone of the reply direction"), TUPLE,
	 .field = CT_F_REPLY_ZONE, .parse = opt_u16},
	{NAMES("id", "ID", "entry id"), .letter = 'i', SELECTS, .expect = EXPECTED & ~V_CREATE,
	 .field = CT_F_ID, .accepts = ACCEPTS_NUMBER, .parse = opt_u32},
	{NAMES("src-nat", "ADDR[:PORT]", "source NAT, to this address"), .letter = 'n',
	 .arg = ARG_OPTIONAL, SELECTS, .set = V_CREATE | V_ADD, .field = CT_F_SRC_NAT,
	 .accepts = ACCEPTS_NET, .parse = opt_nat},
	{NAMES("dst-nat", "ADDR[:PORT]", "destination NAT, to this address"), .letter = 'g',
	 .arg = ARG_OPTIONAL, SELECTS, .set = V_CREATE | V_ADD, .field = CT_F_DST_NAT,
	 .accepts = ACCEPTS_NET, .parse = opt_nat},
	{NAMES("any-nat", "ADDR[:PORT]", "either NAT"), .letter = 'j', .arg = ARG_OPTIONAL, SELECTS,
	 .field = CT_F_ANY_NAT, .accepts = ACCEPTS_NET, .parse = opt_nat},
	{NAMES("mac", "MAC", "a device by its MAC address, which is one end of the flow"), SELECTS,
	 .field = CT_F_MAC, .parse = PART(ROUTE, opt_mac)},
	{NAMES("nat-gone", "", "source NAT, to an address that this host does not have"),
	 .arg = ARG_NONE, SELECTS, .field = CT_F_NAT_GONE, .parse = PART(ROUTE, opt_nat)},
	{NAMES("keep", "ADDR[/MASK]", "--nat-gone passes over these addresses"), SELECTS,
	 .field = CT_F_SRC_NAT, .parse = PART(ROUTE, opt_keep)},
	{NAMES("from", "FILE|-", "meets the conditions of one line of this file"), .once = true,
	 SELECTS, .parse = PART(LOAD, opt_from)},
	{NAMES("tcp-flags", "MASK,COMP", "TCP conntrack flags of either direction, joined by +"),
	 .group = GROUP_SELECT, .info = CT_INFO_TCP, .select = QUERY, .set = CHANGE,
	 .field = CT_F_TCP_FLAGS, .parse = opt_tcp_flags, .word = word_tcp_flag},
	{NAMES("icmp-type", "TYPE", "ICMP type"), TUPLE, .keys = CT_KEYS_ICMP,
	 .field = CT_F_ICMP_TYPE, .parse = opt_icmp_type, .word = word_icmp_type},
	{NAMES("icmp-code", "CODE", "ICMP code"), TUPLE, .keys = CT_KEYS_ICMP,
	 .field = CT_F_ICMP_CODE, .parse = opt_u8},
	{NAMES("icmp-id", "ID", "ICMP id"), TUPLE, .keys = CT_KEYS_ICMP, .field = CT_F_ICMP_ID,
	 .parse = opt_u16},
	{NAMES("icmpv6-type", "TYPE", "ICMPv6 type"), TUPLE, .keys = CT_KEYS_ICMPV6,
	 .field = CT_F_ICMPV6_TYPE, .parse = opt_icmp_type, .word = word_icmp_type},
	{NAMES("icmpv6-code", "CODE", "ICMPv6 code"), TUPLE, .keys = CT_KEYS_ICMPV6,
	 .field = CT_F_ICMPV6_CODE, .parse = opt_u8},
	{NAMES("icmpv6-id", "ID", "ICMPv6 id"), TUPLE, .keys = CT_KEYS_ICMPV6,
	 .field = CT_F_ICMPV6_ID, .parse = opt_u16},
	{NAMES("srckey orig-key-src", "KEY", "GRE source key"), TUPLE, .keys = CT_KEYS_GRE,
	 .field = CT_F_ORIG_SRCKEY, .parse = opt_u16},
	{NAMES("dstkey orig-key-dst", "KEY", "GRE destination key"), TUPLE, .keys = CT_KEYS_GRE,
	 .field = CT_F_ORIG_DSTKEY, .parse = opt_u16},
	{NAMES("reply-key-src", "KEY", "GRE source key of the reply"), TUPLE, .keys = CT_KEYS_GRE,
	 .field = CT_F_REPLY_SRCKEY, .parse = opt_u16},
	{NAMES("reply-key-dst", "KEY", "GRE destination key of the reply"), TUPLE,
	 .keys = CT_KEYS_GRE, .field = CT_F_REPLY_DSTKEY, .parse = opt_u16},
	{NAMES("orig-vtag", "TAG", "SCTP verification tag"), SELECTS, .info = CT_INFO_SCTP,
	 .set = V_CREATE | V_ADD, .field = CT_F_ORIG_VTAG, .parse = opt_u32},
	{NAMES("reply-vtag", "TAG", "SCTP verification tag of the reply"), SELECTS,
	 .info = CT_INFO_SCTP, .set = V_CREATE | V_ADD, .field = CT_F_REPLY_VTAG, .parse = opt_u32},
	{NAMES("role", "ROLE", "DCCP role"), SELECTS, .info = CT_INFO_DCCP, .set = V_CREATE | V_ADD,
	 .field = CT_F_ROLE, .parse = opt_role, .word = word_role},
	{NAMES("helper", "NAME", "entry's helper; known ones"), SELECTS, .set = V_CREATE | V_ADD,
	 .expect = EXPECTED, .field = CT_F_HELPER, .parse = opt_helper, .word = word_helper},
	{NAMES("in", "INTERFACE", "packets come in by it, by routing; lan+ for lan..."),
	 .letter = 'i', SELECTS, .field = CT_F_IN, .accepts = ACCEPTS_INTERFACE,
	 .parse = PART(ROUTE, opt_interface)},
	{NAMES("bytes", "MIN[:MAX]", "bytes of both directions; k, M, G"), SELECTS,
	 .field = CT_F_BYTES, .parse = opt_amounts},
	{NAMES("packets", "MIN[:MAX]", "packets of both directions"), SELECTS,
	 .field = CT_F_PACKETS, .parse = opt_amounts},
	{NAMES("age", "MIN[:MAX]", "seconds since creation"), SELECTS, .field = CT_F_AGE,
	 .parse = opt_amounts},
	{NAMES("expires", "MIN[:MAX]", "seconds left"), SELECTS, .field = CT_F_EXPIRES,
	 .parse = opt_amounts},

	{NAMES("timeout", "SECONDS|POLICY", "time left, or a timeout policy's name"), .letter = 't',
	 .group = GROUP_CHANGE, .set = CHANGE, .expect = V_CREATE, .field = CT_F_EXPIRES,
	 .parse = opt_timeout},
	{NAMES("label-add label-set", "NAME|VALUE/MASK", "set these labels"), .group = GROUP_CHANGE,
	 .set = CHANGE, .field = CT_F_LABEL, .parse = opt_labels},
	{NAMES("label-del", "NAME", "clear these labels, or all"), .arg = ARG_OPTIONAL,
	 .group = GROUP_CHANGE, .set = V_ADD | V_UPDATE, .field = CT_SPEC_LABEL_DEL,
	 .parse = opt_labels},
	{NAMES("wscale", "ORIG,REPLY", "TCP window scales"), .group = GROUP_CHANGE,
	 .info = CT_INFO_TCP, .set = CHANGE, .field = CT_SPEC_WSCALE,
	 .parse = PART(CREATE, opt_wscale)},
	{NAMES("tuple-src", "ADDR[/MASK]", "expected source"), EXPECTS, .field = CT_F_EXPECT_SRC,
	 .parse = opt_nets},
	{NAMES("tuple-dst", "ADDR", "expected destination"), EXPECTS, .field = CT_F_EXPECT_DST,
	 .parse = opt_nets},
	{NAMES("tuple-port-src", "PORT", "expected source port"), EXPECTS,
	 .field = CT_F_EXPECT_SPORT, .parse = opt_ports},
	{NAMES("tuple-port-dst", "PORT", "expected destination port"), EXPECTS,
	 .field = CT_F_EXPECT_DPORT, .parse = opt_ports},
	{NAMES("mask-port-src", "MASK", "mask of the expected source port"), .group = GROUP_EXPECT,
	 .expect = V_CREATE, .field = CT_SPEC_MASK_SPORT, .parse = opt_u16},
	{NAMES("mask-port-dst", "MASK", "mask of the expected destination port"),
	 .group = GROUP_EXPECT, .expect = V_CREATE, .field = CT_SPEC_MASK_DPORT, .parse = opt_u16},

	{NAMES("output", "FORMAT", "what to print; -o help explains it"), .letter = 'o',
	 .group = GROUP_OUTPUT, .select = V_PRINT | V_STATS | V_COUNT | V_HELP | V_CHECK,
	 .expect = V_PRINT | V_STATS | V_COUNT, .accepts = ACCEPTS_OUTPUT, .parse = opt_output,
	 .word = word_output},
	{NAMES("out", "INTERFACE", "packets leave by it, by routing"), .letter = 'o', SELECTS,
	 .field = CT_F_OUT, .accepts = ACCEPTS_INTERFACE, .parse = PART(ROUTE, opt_interface)},
	{NAMES("color", "WHEN", "colored text"), .once = true, .group = GROUP_OUTPUT,
	 .select = V_PRINT, .expect = V_PRINT, .parse = opt_color, .word = word_color},
	{NAMES("zero", "", "zero the counters of the entries shown"), .letter = 'z', FLAG(zero),
	 .group = GROUP_OUTPUT, .select = V_LIST},
	{NAMES("group", "FIELD,...", "one line per group; src/24 for networks"), .letter = 'g',
	 .group = GROUP_OUTPUT, .select = V_LIST | V_EVENT, .accepts = ACCEPTS_GROUP,
	 .parse = PART(GROUP, opt_group), .word = WORDS(GROUP, word_group)},
	{NAMES("watch", "SECONDS", "repeat every SECONDS (default 2), with rates"), .once = true,
	 .arg = ARG_OPTIONAL, .group = GROUP_OUTPUT, .select = V_LIST | V_COUNT | V_STATS,
	 .expect = V_COUNT | V_STATS, .flag = offsetof(struct cmd, watch),
	 .parse = PART(WATCH, opt_seconds)},
	{NAMES("jump", "TARGET[=ARG]", "hand entries on instead of printing them"), .once = true,
	 .letter = 'j', .group = GROUP_OUTPUT, .select = V_LIST | V_EVENT,
	 .expect = V_LIST | V_EVENT, .accepts = ACCEPTS_JUMP, .parse = PART(JUMP, opt_jump),
	 .word = WORDS(JUMP, word_jump)},
	{NAMES("sort", "KEY", "sort by this; with - the smallest first"), .once = true,
	 .group = GROUP_OUTPUT, .select = V_LIST, .parse = PART(GROUP, opt_sort),
	 .word = WORDS(GROUP, word_sort)},
	{NAMES("limit", "N", "stop after N entries or events"), .once = true, .group = GROUP_OUTPUT,
	 .select = V_LIST | V_EVENT, .expect = V_LIST | V_EVENT, .parse = opt_limit},
	{NAMES("above", "N|N%", "exit code 1 where there are more"), .once = true,
	 .group = GROUP_OUTPUT, .select = V_COUNT, .expect = V_COUNT,
	 .parse = PART(GROUP, opt_above)},
	{NAMES("total", "", "the sum of all CPUs"), .arg = ARG_NONE,
	 .flag = offsetof(struct cmd, total), .parse = PART(GROUP, opt_flag), .group = GROUP_OUTPUT,
	 .select = V_STATS, .expect = V_STATS},
	{NAMES("event-mask", "EVENT", "events to follow"), .letter = 'e', FOLLOWS,
	 .parse = PART(EVENT, opt_events), .word = WORDS(EVENT, word_event)},
	{NAMES("buffer-size", "BYTES", "receive buffer, default 8 MiB"), .once = true,
	 .letter = 'b', FOLLOWS, .parse = PART(EVENT, opt_rcvbuf)},
	{NAMES("on-loss", "ACTION", "what to do when events were lost"), .once = true, FOLLOWS,
	 .parse = PART(EVENT, opt_on_loss), .word = WORDS(EVENT, word_on_loss)},
	{NAMES("for", "SECONDS", "end after so many seconds"), .once = true, FOLLOWS,
	 .flag = offsetof(struct cmd, duration), .parse = PART(EVENT, opt_seconds)},
	{NAMES("every", "SECONDS", "with --group: a report of new and ended flows"), .once = true,
	 FOLLOWS, .flag = offsetof(struct cmd, every), .parse = PART(GROUP, opt_seconds)},
	{NAMES("sync", "", "list the table first, as SYNC events"), FOLLOWS, FLAG(sync)},
	{NAMES("reliable", "", "the kernel holds DESTROY events until delivered"), FOLLOWS,
	 FLAG(reliable)},
	{NAMES("quiet", "", "no summary, no notes; -D and -U show no entries"), FLAG(quiet),
	 .group = GROUP_OUTPUT,
	 .select = V_DELETE | V_UPDATE | V_CREATE | V_ADD | V_LOAD | V_LIST | V_EVENT,
	 .expect = V_DELETE | V_CREATE | V_LIST | V_EVENT},
	{NAMES("none-ok", "", "finding nothing, or nothing to follow, is success"), FLAG(none_ok),
	 .group = GROUP_OUTPUT, .select = V_DELETE | V_UPDATE | V_GET | V_EVENT,
	 .expect = V_DELETE | V_GET | V_EVENT},
	{NAMES("dry-run", "", "show what would change, change nothing"), FLAG(dry_run),
	 .group = GROUP_OUTPUT, .select = V_DELETE | V_UPDATE | V_FLUSH | V_LOAD,
	 .expect = V_DELETE | V_FLUSH},
	{NAMES("continue", "", "go on after a line that fails"), FLAG(carry_on),
	 .group = GROUP_OUTPUT, .select = V_LOAD},
	{NAMES("netns", "PID|NAME|PATH", "work in this network namespace"), .once = true,
	 .letter = 'n', .group = GROUP_OTHER, .select = V_EVERY, .expect = V_EVERY,
	 .accepts = ACCEPTS_NETNS, .parse = opt_netns},
	{NAMES("labelmap", "PATH", "label names, instead of " CT_LABEL_FILE), .once = true,
	 .group = GROUP_OTHER, .early = true, .select = LABELLED | V_COUNT | V_LOAD,
	 .expect = LABELLED | V_COUNT, .parse = opt_labelmap},
	{.parse = NULL},
};

/* Without the row that ends the table. */
#define NOPTIONS (sizeof(options) / sizeof(options[0]) - 1)

_Static_assert(NOPTIONS < OPTION_SLOTS / 2, "the index wants empty slots");
_Static_assert(CT_SPEC_COUNT <= 64, "a set of fields has 64 bits");

const struct option *option_row(size_t i)
{
	return i < NOPTIONS ? &options[i] : NULL;
}
