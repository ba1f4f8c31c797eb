#include "ct/proto.h"

#include <stdbool.h>
#include <strings.h>

static const struct ct_name tcp_states[] = {
	CT_NAME("NONE"),     CT_NAME("SYN_SENT"),   CT_NAME("SYN_RECV"), CT_NAME("ESTABLISHED"),
	CT_NAME("FIN_WAIT"), CT_NAME("CLOSE_WAIT"), CT_NAME("LAST_ACK"), CT_NAME("TIME_WAIT"),
	CT_NAME("CLOSE"),    CT_NAME("SYN_SENT2"),
};

static const struct ct_name sctp_states[] = {
	CT_NAME("NONE"),	   CT_NAME("CLOSED"),
	CT_NAME("COOKIE_WAIT"),	   CT_NAME("COOKIE_ECHOED"),
	CT_NAME("ESTABLISHED"),	   CT_NAME("SHUTDOWN_SENT"),
	CT_NAME("SHUTDOWN_RECD"),  CT_NAME("SHUTDOWN_ACK_SENT"),
	CT_NAME("HEARTBEAT_SENT"),
};

static const struct ct_name dccp_states[] = {
	CT_NAME("NONE"),   CT_NAME("REQUEST"),	CT_NAME("RESPOND"), CT_NAME("PARTOPEN"),
	CT_NAME("OPEN"),   CT_NAME("CLOSEREQ"), CT_NAME("CLOSING"), CT_NAME("TIMEWAIT"),
	CT_NAME("IGNORE"), CT_NAME("INVALID"),
};

#define STATES(a) .states = (a), .nstates = sizeof(a) / sizeof((a)[0])

static const struct ct_proto protos[] = {
	{CT_PROTO_TCP, CT_KEYS_PORTS, CT_INFO_TCP, .name = "tcp", STATES(tcp_states)},
	{CT_PROTO_UDP, CT_KEYS_PORTS, CT_INFO_NONE, .name = "udp"},
	{CT_PROTO_ICMP, CT_KEYS_ICMP, CT_INFO_NONE, .name = "icmp"},
	{CT_PROTO_ICMPV6, CT_KEYS_ICMPV6, CT_INFO_NONE, .name = "icmpv6"},
	{CT_PROTO_SCTP, CT_KEYS_PORTS, CT_INFO_SCTP, .name = "sctp", STATES(sctp_states)},
	{CT_PROTO_GRE, CT_KEYS_GRE, CT_INFO_NONE, .name = "gre"},
	{CT_PROTO_UDPLITE, CT_KEYS_PORTS, CT_INFO_NONE, .name = "udplite"},
	{CT_PROTO_DCCP, CT_KEYS_PORTS, CT_INFO_DCCP, .name = "dccp", STATES(dccp_states)},
};

#define NPROTOS (sizeof(protos) / sizeof(protos[0]))

static const struct ct_proto unknown = {255, CT_KEYS_NONE, CT_INFO_NONE, .name = "unknown"};

const struct ct_proto *ct_proto(uint8_t num)
{
	for (size_t i = 0; i < NPROTOS; i++)
		if (protos[i].num == num)
			return &protos[i];
	return &unknown;
}

const struct ct_proto *ct_proto_by_name(const char *name)
{
	for (size_t i = 0; i < NPROTOS; i++)
		if (!strcasecmp(protos[i].name, name))
			return &protos[i];
	return NULL;
}

const struct ct_proto *ct_proto_row(size_t i)
{
	return i < NPROTOS ? &protos[i] : NULL;
}

const struct ct_proto *ct_proto_of_info(uint8_t info)
{
	for (size_t i = 0; info && i < NPROTOS; i++)
		if (protos[i].info == info)
			return &protos[i];
	return &unknown;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b) /* nearly always as it is written here */
		a++, b++;
	return !strcasecmp(a, b);
}

int ct_proto_state(const struct ct_proto *p, const char *name)
{
	if (p->info == CT_INFO_TCP && (*name | 32) == 'l' && !strcasecmp(name, "LISTEN"))
		name = "SYN_SENT2";
	for (int i = 0; i < p->nstates; i++)
		if ((p->states[i].text[0] | 32) == (*name | 32) &&
		    same_name(p->states[i].text, name))
			return i;
	return -1;
}

const char *ct_proto_state_name(size_t i)
{
	for (size_t n = 0; n < NPROTOS; n++)
		for (unsigned k = 0; k < protos[n].nstates; k++) {
			bool known = false;

			for (size_t b = 0; b < n; b++)
				known |= ct_proto_state(&protos[b], protos[n].states[k].text) >= 0;
			if (!known && !i--)
				return protos[n].states[k].text;
		}
	return NULL;
}

const char *ct_icmp_type(bool six, size_t i, uint8_t *type)
{
	/* Those of ICMP, then those of ICMPv6. */
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{"echo-reply", 0},
		{"echo-request", 8},
		{"timestamp-request", 13},
		{"timestamp-reply", 14},
		{"info-request", 15},
		{"info-reply", 16},
		{"address-mask-request", 17},
		{"address-mask-reply", 18},
		{"echo-reply", 129},
		{"echo-request", 128},
		{"ni-query", 139},
		{"ni-reply", 140},
	};
	const size_t icmp = 8, all = sizeof(types) / sizeof(types[0]);

	i += six ? icmp : 0;
	if (i >= (six ? all : icmp))
		return NULL;
	*type = types[i].type;
	return types[i].name;
}
