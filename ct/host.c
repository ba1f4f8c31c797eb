#include "ct/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ct/field.h"
#include "ct/hash.h"
#include "ct/uapi.h"
#include "nl/route.h"

/* A list that changed while it was read may lack something: it is read again so many times. */
#define TRIES 8

static uint32_t bucket_of(const struct ct_hosts *s, uint8_t l3, const uint8_t *addr)
{
	return ct_hash_add(s->seed, ct_field_address(l3, addr)) % CT_HOST_BUCKETS;
}

const struct ct_host *ct_hosts_find(const struct ct_hosts *s, uint8_t l3, const uint8_t *addr)
{
	for (uint32_t i = s->bucket[bucket_of(s, l3, addr)]; i; i = s->host[i - 1].next)
		if (s->host[i - 1].l3 == l3 &&
		    !memcmp(s->host[i - 1].addr.b, addr, ct_addr_len(l3)))
			return &s->host[i - 1];
	return NULL;
}

static int add(struct ct_hosts *s, const struct nl_address *a)
{
	uint32_t *first = &s->bucket[bucket_of(s, a->family, a->addr)];
	uint64_t mac = a->mac ? (uint64_t)nl_get_be16(a->mac) << 32 | nl_get_be32(a->mac + 2) : 0;
	const struct ct_host *same = ct_hosts_find(s, a->family, a->addr);

	if (same) { /* on two links, as are link-local addresses, it may be two devices */
		s->host[same - s->host].known &= same->mac == mac;
		return 0;
	}
	if (s->n == s->room) {
		uint32_t room = s->room ? s->room * 2 : 64;
		struct ct_host *host = realloc(s->host, room * sizeof(*host));

		if (!host)
			return -ENOMEM;
		s->host = host;
		s->room = room;
	}
	s->host[s->n] = (struct ct_host){.l3 = a->family,
					 .next = *first,
					 .mac = mac,
					 .known = a->mac != NULL};
	memcpy(s->host[s->n].addr.b, a->addr, ct_addr_len(a->family));
	*first = ++s->n;
	return 0;
}

static void clear(struct ct_hosts *s)
{
	s->n = 0;
	memset(s->bucket, 0, sizeof(s->bucket));
}

/* Returns -EAGAIN when the list changed meanwhile. */
static int read_list(struct ct_hosts *s, struct nl_sock *sock, bool neighbors)
{
	uint32_t buf[NL_RECV_SIZE / 4];
	const struct nlmsghdr *h;
	struct nl_address a;
	struct nl_reply r;
	int err = 0;

	clear(s);
	nl_addresses_begin(&r, sock, neighbors, buf, sizeof(buf));
	while (nl_reply_receive(&r) > 0)
		while ((h = nl_reply_next(&r)))
			if (!err && nl_address(h, &a))
				err = add(s, &a);
	return r.err.err ? r.err.err : err ? err : r.intr ? -EAGAIN : 0;
}

int ct_hosts_read(struct ct_hosts *s, bool neighbors)
{
	struct nl_sock sock;
	int err = nl_open(&sock, NETLINK_ROUTE);
	unsigned tries = 0;

	s->seed = ct_hash_seed();
	if (!err) {
		do {
			err = read_list(s, &sock, neighbors);
		} while (err == -EAGAIN && ++tries < TRIES);
		nl_close(&sock);
	}
	if (err)
		clear(s);
	return err;
}

bool ct_hosts_nat_gone(const struct ct_hosts *own, const struct nlmsghdr *h)
{
	struct ct_end from, to;
	uint64_t status;

	if (!ct_field_number(h, CT_F_STATUS, &status) || !(status & IPS_SRC_NAT))
		return false;
	ct_field_end(&from, h, CT_F_ORIG_SRC);
	ct_field_end(&to, h, CT_F_REPLY_DST);
	return to.l3 && from.l3 == to.l3 && memcmp(from.addr, to.addr, ct_addr_len(to.l3)) != 0 &&
	       !ct_hosts_find(own, to.l3, to.addr);
}

/* Finds the source of a message's original direction, or of its reply; NULL where it is unknown. */
static const struct ct_host *source(const struct ct_hosts *s, const struct nlmsghdr *h, bool reply)
{
	struct ct_end e;

	ct_field_end(&e, h, reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC);
	return e.l3 ? ct_hosts_find(s, e.l3, e.addr) : NULL;
}

bool ct_hosts_local(const struct ct_hosts *own, const struct nlmsghdr *h)
{
	return source(own, h, false) || source(own, h, true);
}

unsigned ct_hosts_macs(const struct ct_hosts *neighbors, const struct nlmsghdr *h, uint64_t mac[2])
{
	unsigned n = 0;

	for (unsigned reply = 0; reply < 2; reply++) {
		const struct ct_host *host = source(neighbors, h, reply);

		if (host && host->known)
			mac[n++] = host->mac;
	}
	return n;
}

void ct_hosts_free(struct ct_hosts *s)
{
	if (s)
		free(s->host);
	free(s);
}
