#include "ct/etc.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ct/lines.h"
#include "ct/proto.h"
#include "ct/text.h"
#include "ct/with.h"

/* True when a line, which is taken apart, gives the name a number. */
static bool line_names(char *line, struct nl_str name, uint64_t max, uint64_t *v)
{
	bool named = false, good = false;
	unsigned n = 0;
	char *word, *rest;

	line[strcspn(line, "#")] = 0;
	for (word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest), n++) {
		if (n == 1)
			good = ct_parse_number((struct nl_str){word, (uint32_t)strcspn(word, "/")},
					       max, v);
		else
			named |= ct_str_is(name, word);
	}
	return named && good;
}

/* Looks name up in a file of lines "NAME NUMBER[/...] ALIAS... # comment". */
static bool look_up(const char *path, struct nl_str name, uint64_t max, uint64_t *v)
{
	struct ct_lines in = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
	bool found = false;
	char *line;
	size_t len;

	if (in.fd < 0)
		return false;
	while (!found && (line = ct_lines_next(&in, &len)))
		found = line_names(line, name, max, v);
	close(in.fd);
	ct_lines_free(&in);
	return found;
}

bool ct_parse_proto(struct nl_str s, uint8_t *num)
{
	uint64_t v;

	if (ct_parse_number(s, UINT8_MAX, &v)) {
		*num = (uint8_t)v;
		return true;
	}
	for (size_t i = 0; ct_proto_row(i); i++)
		if (ct_str_is(s, ct_proto_row(i)->name)) {
			*num = ct_proto_row(i)->num;
			return true;
		}
	if (ct_str_is(s, "icmp6") || ct_str_is(s, "ipv6-icmp")) {
		*num = CT_PROTO_ICMPV6;
		return true;
	}
	if (!s.len || !look_up("/etc/protocols", s, UINT8_MAX, &v))
		return false;
	*num = (uint8_t)v;
	return true;
}

bool ct_parse_ports(struct nl_str s, struct ct_range *r)
{
	/* The services that are asked for most, for hosts without the file. */
	static const char services[] =
		"ftp 21\0ssh 22\0telnet 23\0smtp 25\0domain 53\0bootps 67\0bootpc 68\0tftp 69\0"
		"http 80\0kerberos 88\0pop3 110\0sunrpc 111\0ntp 123\0netbios-ns 137\0"
		"netbios-dgm 138\0netbios-ssn 139\0imap2 143\0snmp 161\0snmp-trap 162\0bgp 179\0"
		"ldap 389\0https 443\0microsoft-ds 445\0submissions 465\0isakmp 500\0syslog 514\0"
		"route 520\0dhcpv6-client 546\0dhcpv6-server 547\0rtsp 554\0submission 587\0"
		"ipp 631\0ldaps 636\0domain-s 853\0rsync 873\0imaps 993\0pop3s 995\0socks 1080\0"
		"openvpn 1194\0pptp 1723\0radius 1812\0radius-acct 1813\0nfs 2049\0mysql 3306\0"
		"ms-wbt-server 3389\0ipsec-nat-t 4500\0sip 5060\0sip-tls 5061\0postgresql 5432\0"
		"mdns 5353\0";
	struct nl_str rest, name;

	if (ct_parse_range(s, UINT16_MAX, r))
		return true;
	if (!WITH_HELP)
		return false;
	for (const char *p = services; p < services + sizeof(services) - 1; p += strlen(p) + 1) {
		rest = ct_str_of(p);
		ct_next_piece(&rest, ' ', &name);
		if (name.len == s.len && !strncasecmp(name.p, s.p, s.len))
			return ct_parse_range(rest, UINT16_MAX, r);
	}
	if (!s.len || !look_up("/etc/services", s, UINT16_MAX, &r->lo))
		return false;
	r->hi = r->lo;
	return true;
}
