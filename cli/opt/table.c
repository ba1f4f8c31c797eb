/* The option table: rows only. */
#include "cli/opt/option.h"

#include "cli/opt/opt.h"
#include "cli/opt/value.h"
#include "ct/proto.h"
#include "fmt/format.h"

#define SELECT	 (V_LIST | V_DELETE | V_UPDATE | V_EVENT | V_COUNT)
#define QUERY	 (SELECT & ~V_UPDATE) /* what -U sets, the others select by */
#define CHANGE	 (V_CREATE | V_ADD | V_UPDATE)
#define TUPLE	 .select = SELECT | V_GET, .set = V_CREATE | V_ADD
#define LABELLED (V_PRINT | V_CREATE | V_ADD)
#define V_EVERY	 (V_PRINT | V_CREATE | V_ADD | V_FLUSH | V_COUNT | V_STATS | V_LOAD)
#define EXPECTED (V_LIST | V_GET | V_DELETE | V_CREATE | V_EVENT)

/* An option's names, its argument's name and its help line, one behind the other. */
#if WITH_HELP
#define TEXT(names, meta, help) names "\0" meta "\0" help
#else
#define TEXT(names, meta, help) names "\0" meta "\0"
#endif

/* The parser of an option that a build may leave out. */
#define PART(part, parser) (WITH_##part ? (parser) : opt_absent)

#define COMMAND(v, l, n, a, f, m, h)                                                               \
	{                                                                                          \
		.verb = v, .letter = l, .names = TEXT(n, m, h), .arg = a, .group = GROUP_COMMAND,  \
		.parse = f                                                                         \
	}

/* Shorthands for what many rows share. */
#define ADDR_ROW(n, l, f, h)                                                                       \
	{                                                                                          \
		.names = TEXT(n, "ADDR[:PORT][/MASK]", h), .letter = l, .arg = ARG_REQUIRED,       \
		.group = GROUP_SELECT, TUPLE, .field = f, .parse = opt_nets                        \
	}
#define KEY_ROW(n, k, f, p, m, h)                                                                  \
	{                                                                                          \
		.names = TEXT(n, m, h), .arg = ARG_REQUIRED, .group = GROUP_SELECT, .keys = k,     \
		TUPLE, .field = f, .parse = p                                                      \
	}
#define SELECT_ROW(n, l, f, p, m, h)                                                               \
	{                                                                                          \
		.names = TEXT(n, m, h), .letter = l, .arg = ARG_REQUIRED, .group = GROUP_SELECT,   \
		.select = SELECT, .field = f, .parse = p                                           \
	}
#define NAT_ROW(n, l, f, s, h)                                                                     \
	{                                                                                          \
		.names = TEXT(n, "ADDR[:PORT]", h), .letter = l, .arg = ARG_OPTIONAL,              \
		.group = GROUP_SELECT, .select = SELECT, .set = s, .field = f,                     \
		.accepts = accepts_net, .parse = opt_nat                                           \
	}
#define EXPECT_ROW(n, f, p, m, h)                                                                  \
	{                                                                                          \
		.names = TEXT(n, m, h), .arg = ARG_REQUIRED, .group = GROUP_EXPECT,                \
		.expect = EXPECTED, .field = f, .parse = p                                         \
	}
#define FLAG_ROW(n, l, f, s, e, h)                                                                 \
	{                                                                                          \
		.names = TEXT(n, "", h), .letter = l, .group = GROUP_OUTPUT, .select = s,          \
		.expect = e, .field = f, .parse = opt_flag                                         \
	}

static const struct option options[] = {
	COMMAND(V_LIST, 'L', "list dump", ARG_OPTIONAL, opt_table, "TABLE", "list entries"),
	COMMAND(V_GET, 'G', "get", ARG_OPTIONAL, opt_table, "TABLE",
		"show the one entry with this tuple"),
	COMMAND(V_DELETE, 'D', "delete", ARG_OPTIONAL, opt_table, "TABLE",
		"delete every matching entry, and show each"),
	COMMAND(V_CREATE, 'I', "create", ARG_OPTIONAL, PART(CREATE, opt_table), "TABLE|orig|reply",
		"create; an existing entry is an error"),
	COMMAND(V_ADD, 'A', "add", ARG_OPTIONAL, PART(CREATE, opt_table), "TABLE|orig|reply",
		"create; an existing entry is updated"),
	COMMAND(V_UPDATE, 'U', "update", ARG_OPTIONAL, PART(CREATE, opt_table), "TABLE|orig|reply",
		"update every matching entry, and show each"),
	COMMAND(V_EVENT, 'E', "event", ARG_OPTIONAL, PART(EVENT, opt_table), "TABLE",
		"follow events until interrupted"),
	COMMAND(V_FLUSH, 'F', "flush", ARG_OPTIONAL, opt_table, "TABLE", "empty the table"),
	COMMAND(V_COUNT, 'C', "count counter", ARG_OPTIONAL, opt_table, "TABLE",
		"print the number of entries"),
	{.verb = V_COUNT,
	 .letter = 'c',
	 .names = TEXT("", "TABLE", "the same, where no other command is given"),
	 .arg = ARG_OPTIONAL,
	 .group = GROUP_COMMAND,
	 .accepts = accepts_alone,
	 .parse = opt_table},
	COMMAND(V_STATS, 'S', "stats", ARG_OPTIONAL, opt_table, "TABLE",
		"print the kernel's counters, per CPU"),
	{.verb = V_LOAD,
	 .letter = 'R',
	 .names = TEXT("load-file", "FILE|-", "run the commands in a file, one a line"),
	 .arg = ARG_REQUIRED,
	 .group = GROUP_COMMAND,
	 .parse = PART(LOAD, opt_file)},
	COMMAND(V_HELP, 'h', "help", ARG_OPTIONAL, opt_help, "COMMAND|all",
		"print help, on a command in detail"),
	COMMAND(V_VERSION, 'V', "version", ARG_NONE, opt_help, "", "print the version"),

	{TEXT("src orig-src", "ADDR[:PORT][/MASK]", "original source"), 's', ARG_REQUIRED,
	 GROUP_SELECT, TUPLE, .expect = EXPECTED, .field = CT_F_ORIG_SRC, .parse = opt_nets},
	{TEXT("dst orig-dst", "ADDR[:PORT][/MASK]", "original destination"), 'd', ARG_REQUIRED,
	 GROUP_SELECT, TUPLE, .expect = EXPECTED, .field = CT_F_ORIG_DST, .parse = opt_nets},
	ADDR_ROW("reply-src", 'r', CT_F_REPLY_SRC, "reply source"),
	ADDR_ROW("reply-dst", 'q', CT_F_REPLY_DST, "reply destination"),
	{TEXT("mask-src", "MASK", "netmask for -s; of an expected source"), 0, ARG_REQUIRED,
	 GROUP_SELECT, .select = SELECT, .expect = V_CREATE, .field = OPT_F_MASK_SRC,
	 .parse = opt_mask_addr},
	{TEXT("mask-dst", "MASK", "netmask for -d; of an expected destination"), 0, ARG_REQUIRED,
	 GROUP_SELECT, .select = SELECT, .expect = V_CREATE, .field = OPT_F_MASK_DST,
	 .parse = opt_mask_addr},
	{TEXT("any", "", "addresses and ports match in any position"), 0, ARG_NONE, GROUP_SELECT,
	 .select = SELECT, .parse = opt_any},
	{TEXT("proto protonum", "PROTO", "layer-4 protocol, by name or number"), 'p', ARG_REQUIRED,
	 GROUP_SELECT, .select = SELECT | V_GET | V_HELP, .set = V_CREATE | V_ADD, .early = true,
	 .expect = EXPECTED, .parse = opt_protos, .field = CT_F_PROTO},
	{TEXT("family", "FAMILY", "ipv4, ipv6, inet for both"), 'f', ARG_REQUIRED, GROUP_SELECT,
	 .select = SELECT | V_GET | V_FLUSH, .set = V_CREATE | V_ADD, .expect = EXPECTED | V_COUNT,
	 .parse = opt_family, .field = CT_F_FAMILY},
	{TEXT("sport orig-port-src", "PORT[:PORT]", "original source port"), 0, ARG_REQUIRED,
	 GROUP_SELECT, CT_KEYS_PORTS, TUPLE, .expect = EXPECTED, .field = CT_F_ORIG_SPORT,
	 .parse = opt_ports},
	{TEXT("dport orig-port-dst", "PORT[:PORT]", "original destination port"), 0, ARG_REQUIRED,
	 GROUP_SELECT, CT_KEYS_PORTS, TUPLE, .expect = EXPECTED, .field = CT_F_ORIG_DPORT,
	 .parse = opt_ports},
	KEY_ROW("reply-port-src", CT_KEYS_PORTS, CT_F_REPLY_SPORT, opt_ports, "PORT[:PORT]",
		"reply source port"),
	KEY_ROW("reply-port-dst", CT_KEYS_PORTS, CT_F_REPLY_DPORT, opt_ports, "PORT[:PORT]",
		"reply destination port"),
	{TEXT("state", "STATE", "state of TCP, SCTP or DCCP"), 0, ARG_REQUIRED, GROUP_SELECT,
	 .select = QUERY, .set = CHANGE, .field = CT_F_STATE, .parse = opt_state},
	SELECT_ROW("ctstate", 0, CT_F_CTSTATE, opt_ctstate, "STATE",
		   "NEW, ESTABLISHED, RELATED, SNAT, DNAT"),
	{TEXT("status", "STATUS", "ASSURED, SEEN_REPLY, UNREPLIED ..., !NAME"), 'u', ARG_REQUIRED,
	 GROUP_SELECT, .select = QUERY, .set = CHANGE, .field = CT_F_STATUS, .parse = opt_status},
	{TEXT("mark", "VALUE[/MASK]", "mark; on -I -A -U: set it"), 'm', ARG_REQUIRED, GROUP_SELECT,
	 .select = QUERY, .set = CHANGE, .field = CT_F_MARK, .parse = opt_mark},
	{TEXT("secmark", "NUMBER", "obsolete: no kernel reports it"), 'c', ARG_REQUIRED,
	 GROUP_SELECT, .select = SELECT, .accepts = accepts_number, .parse = opt_secmark},
	SELECT_ROW("label", 'l', CT_F_LABEL, opt_labels, "NAME", "all of these labels are set"),
	{TEXT("zone", "ZONE", "zone of both directions, 0: none"), 'w', ARG_REQUIRED, GROUP_SELECT,
	 TUPLE, .expect = EXPECTED, .field = CT_F_ZONE, .parse = opt_u16},
	KEY_ROW("orig-zone", 0, CT_F_ORIG_ZONE, opt_u16, "ZONE", "zone of the original direction"),
	KEY_ROW("reply-zone", 0, CT_F_REPLY_ZONE, opt_u16, "ZONE", "zone of the reply direction"),
	{TEXT("id", "ID", "entry id"), 'i', ARG_REQUIRED, GROUP_SELECT, .select = SELECT,
	 .expect = EXPECTED & ~V_CREATE, .field = CT_F_ID, .accepts = accepts_number,
	 .parse = opt_u32},
	NAT_ROW("src-nat", 'n', CT_F_SRC_NAT, V_CREATE | V_ADD, "source NAT, to this address"),
	NAT_ROW("dst-nat", 'g', CT_F_DST_NAT, V_CREATE | V_ADD, "destination NAT, to this address"),
	NAT_ROW("any-nat", 'j', CT_F_ANY_NAT, 0, "either"),
	{TEXT("tcp-flags", "MASK,COMP", "TCP conntrack flags of either direction"), 0, ARG_REQUIRED,
	 GROUP_SELECT, .info = CT_INFO_TCP, .select = QUERY, .set = CHANGE, .field = CT_F_TCP_FLAGS,
	 .parse = opt_tcp_flags},
	KEY_ROW("icmp-type", CT_KEYS_ICMP, CT_F_ICMP_TYPE, opt_icmp_type, "TYPE", "ICMP type"),
	KEY_ROW("icmp-code", CT_KEYS_ICMP, CT_F_ICMP_CODE, opt_u8, "CODE", "ICMP code"),
	KEY_ROW("icmp-id", CT_KEYS_ICMP, CT_F_ICMP_ID, opt_u16, "ID", "ICMP id"),
	KEY_ROW("icmpv6-type", CT_KEYS_ICMPV6, CT_F_ICMPV6_TYPE, opt_icmp_type, "TYPE",
		"ICMPv6 type"),
	KEY_ROW("icmpv6-code", CT_KEYS_ICMPV6, CT_F_ICMPV6_CODE, opt_u8, "CODE", "ICMPv6 code"),
	KEY_ROW("icmpv6-id", CT_KEYS_ICMPV6, CT_F_ICMPV6_ID, opt_u16, "ID", "ICMPv6 id"),
	KEY_ROW("srckey orig-key-src", CT_KEYS_GRE, CT_F_ORIG_SRCKEY, opt_u16, "KEY",
		"GRE source key"),
	KEY_ROW("dstkey orig-key-dst", CT_KEYS_GRE, CT_F_ORIG_DSTKEY, opt_u16, "KEY",
		"GRE destination key"),
	KEY_ROW("reply-key-src", CT_KEYS_GRE, CT_F_REPLY_SRCKEY, opt_u16, "KEY",
		"GRE source key of the reply"),
	KEY_ROW("reply-key-dst", CT_KEYS_GRE, CT_F_REPLY_DSTKEY, opt_u16, "KEY",
		"GRE destination key of the reply"),
	{TEXT("orig-vtag", "TAG", "SCTP verification tag"), 0, ARG_REQUIRED, GROUP_SELECT,
	 .info = CT_INFO_SCTP, .select = SELECT, .set = V_CREATE | V_ADD, .field = CT_F_ORIG_VTAG,
	 .parse = opt_u32},
	{TEXT("reply-vtag", "TAG", "SCTP verification tag of the reply"), 0, ARG_REQUIRED,
	 GROUP_SELECT, .info = CT_INFO_SCTP, .select = SELECT, .set = V_CREATE | V_ADD,
	 .field = CT_F_REPLY_VTAG, .parse = opt_u32},
	{TEXT("role", "ROLE", "DCCP role: client, server"), 0, ARG_REQUIRED, GROUP_SELECT,
	 .info = CT_INFO_DCCP, .select = SELECT, .set = V_CREATE | V_ADD, .field = CT_F_ROLE,
	 .parse = opt_role},
	{TEXT("helper", "NAME", "helper attached"), 0, ARG_REQUIRED, GROUP_SELECT, .select = SELECT,
	 .set = V_CREATE | V_ADD, .expect = EXPECTED, .field = CT_F_HELPER, .parse = opt_helper},
	{TEXT("in", "INTERFACE", "comes in by it, by routing; lan+ for all lan..."), 'i',
	 ARG_REQUIRED, GROUP_SELECT, .select = SELECT, .field = CT_F_IN,
	 .accepts = accepts_interface, .parse = PART(ROUTE, opt_interface)},
	SELECT_ROW("bytes", 0, CT_F_BYTES, opt_amounts, "MIN[:MAX]",
		   "bytes of both directions; k, M, G"),
	SELECT_ROW("packets", 0, CT_F_PACKETS, opt_amounts, "MIN[:MAX]",
		   "packets of both directions"),
	SELECT_ROW("expires", 0, CT_F_EXPIRES, opt_amounts, "MIN[:MAX]", "seconds left"),

	{TEXT("timeout", "SECONDS|POLICY", "time left, or a timeout policy's name"), 't',
	 ARG_REQUIRED, GROUP_CHANGE, .set = CHANGE, .expect = V_CREATE, .field = CT_F_EXPIRES,
	 .parse = opt_timeout},
	{TEXT("label-add", "NAME", "set these labels"), 0, ARG_REQUIRED, GROUP_CHANGE,
	 .set = CHANGE, .field = CT_F_LABEL, .parse = opt_labels},
	{TEXT("label-del", "NAME", "clear these labels, or all"), 0, ARG_OPTIONAL, GROUP_CHANGE,
	 .set = V_UPDATE, .field = OPT_F_LABEL_DEL, .parse = opt_labels},
	EXPECT_ROW("tuple-src", CT_F_EXPECT_SRC, opt_nets, "ADDR[/MASK]", "expected source"),
	EXPECT_ROW("tuple-dst", CT_F_EXPECT_DST, opt_nets, "ADDR", "expected destination"),
	EXPECT_ROW("tuple-port-src", CT_F_EXPECT_SPORT, opt_ports, "PORT", "expected source port"),
	EXPECT_ROW("tuple-port-dst", CT_F_EXPECT_DPORT, opt_ports, "PORT",
		   "expected destination port"),
	{TEXT("mask-port-src", "MASK", "mask of the expected source port"), 0, ARG_REQUIRED,
	 GROUP_EXPECT, .expect = V_CREATE, .field = OPT_F_MASK_SPORT, .parse = opt_u16},
	{TEXT("mask-port-dst", "MASK", "mask of the expected destination port"), 0, ARG_REQUIRED,
	 GROUP_EXPECT, .expect = V_CREATE, .field = OPT_F_MASK_DPORT, .parse = opt_u16},

	{TEXT("output", "FORMAT", "xml, json, save ...; -o help lists them"), 'o', ARG_REQUIRED,
	 GROUP_OUTPUT, .select = V_PRINT | V_STATS | V_COUNT | V_HELP,
	 .expect = V_PRINT | V_STATS | V_COUNT, .accepts = accepts_output, .parse = opt_output},
	{TEXT("out", "INTERFACE", "leaves by it, by routing"), 'o', ARG_REQUIRED, GROUP_SELECT,
	 .select = SELECT, .field = CT_F_OUT, .accepts = accepts_interface,
	 .parse = PART(ROUTE, opt_interface)},
	{TEXT("color", "WHEN", "auto (the default), always, never"), 0, ARG_REQUIRED, GROUP_OUTPUT,
	 .select = V_PRINT, .expect = V_PRINT, .parse = opt_color},
	FLAG_ROW("zero", 'z', 4, V_LIST, 0, "zero the counters of the entries shown"),
	{TEXT("group", "FIELD,...", "one line per group; src/24 for networks"), 'g', ARG_REQUIRED,
	 GROUP_OUTPUT, .select = V_LIST, .accepts = accepts_group, .parse = PART(GROUP, opt_group)},
	{TEXT("watch", "SECONDS", "redraw every so often, 2 by default, with rates"), 0,
	 ARG_OPTIONAL, GROUP_OUTPUT, .select = V_LIST | V_COUNT | V_STATS,
	 .expect = V_COUNT | V_STATS, .parse = PART(WATCH, opt_watch)},
	{TEXT("jump", "TARGET[=ARG]", "instead of printing: count, null, delete, mark, exec"), 'j',
	 ARG_REQUIRED, GROUP_OUTPUT, .select = V_LIST | V_EVENT, .expect = V_LIST | V_EVENT,
	 .accepts = accepts_jump, .parse = PART(JUMP, opt_jump)},
	{TEXT("sort", "KEY", "bytes, packets, expires, flows; - before reverses"), 0, ARG_REQUIRED,
	 GROUP_OUTPUT, .select = V_LIST, .parse = PART(GROUP, opt_sort)},
	{TEXT("limit", "N", "stop after N"), 0, ARG_REQUIRED, GROUP_OUTPUT,
	 .select = V_LIST | V_EVENT, .expect = V_LIST | V_EVENT, .parse = opt_limit},
	{TEXT("event-mask", "EVENT", "ALL, NEW, UPDATES, DESTROY"), 'e', ARG_REQUIRED, GROUP_EVENT,
	 .select = V_EVENT, .expect = V_EVENT, .parse = opt_events},
	{TEXT("buffer-size", "BYTES", "receive buffer, default 8 MiB"), 'b', ARG_REQUIRED,
	 GROUP_EVENT, .select = V_EVENT, .expect = V_EVENT, .parse = opt_rcvbuf},
	{TEXT("on-loss", "ACTION", "warn, exit, or resync"), 0, ARG_REQUIRED, GROUP_EVENT,
	 .select = V_EVENT, .expect = V_EVENT, .parse = opt_on_loss},
	{TEXT("sync", "", "list the table first, as SYNC events"), 0, ARG_NONE, GROUP_EVENT,
	 .select = V_EVENT, .expect = V_EVENT, .field = 5, .parse = opt_flag},
	{TEXT("reliable", "", "have DESTROY events held back until delivered"), 0, ARG_NONE,
	 GROUP_EVENT, .select = V_EVENT, .expect = V_EVENT, .field = 6, .parse = opt_flag},
	FLAG_ROW("quiet", 0, 0, V_DELETE | V_UPDATE | V_CREATE | V_ADD | V_LOAD | V_LIST,
		 V_DELETE | V_CREATE | V_LIST, "no summary; -D and -U show no entries"),
	FLAG_ROW("none-ok", 0, 1, V_DELETE | V_UPDATE | V_GET, V_DELETE | V_GET,
		 "finding nothing is success"),
	FLAG_ROW("dry-run", 0, 2, V_DELETE | V_UPDATE | V_FLUSH | V_LOAD, V_DELETE | V_FLUSH,
		 "show what would change, change nothing"),
	FLAG_ROW("continue", 0, 3, V_LOAD, 0, "go on after a line that fails"),
	{TEXT("netns", "PID|NAME|PATH", "work in that network namespace"), 'n', ARG_REQUIRED,
	 GROUP_OTHER, .select = V_EVERY, .expect = V_EVERY, .accepts = accepts_netns,
	 .parse = opt_netns},
	{TEXT("labelmap", "PATH", "label names, instead of " CT_LABEL_FILE), 0, ARG_REQUIRED,
	 GROUP_OTHER, .early = true, .select = LABELLED | V_COUNT | V_LOAD,
	 .expect = LABELLED | V_COUNT, .parse = opt_labelmap},
	{.parse = NULL},
};

/* Without the row that ends the table. */
#define NOPTIONS (sizeof(options) / sizeof(options[0]) - 1)

_Static_assert(NOPTIONS < OPTION_SLOTS / 2, "the index wants empty slots");

const struct option *option_row(size_t i)
{
	return i < NOPTIONS ? &options[i] : NULL;
}
