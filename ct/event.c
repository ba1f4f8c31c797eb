#define _GNU_SOURCE
#include "ct/event.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ct/bpf.h"
#include "ct/proc.h"
#include "ct/uapi.h"
#include "nl/attr.h"

#ifndef SO_MEMINFO /* Linux 4.12 */
#define SO_MEMINFO 55
#endif

/* Where the drop counter lies in what SO_MEMINFO brings. */
#define SOCKET_DROPS 8

static int attach(struct nl_sock *s, const struct ct_filter *f)
{
	struct sock_filter code[CT_BPF_MAX];
	struct sock_fprog prog = {.len = (unsigned short)ct_bpf(f, code), .filter = code};

	if (!prog.len)
		return 0;
	/* It only spares work: without it, user space tests all the same. */
	(void)setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	return 0;
}

int ct_events_open(struct ct_events *e, unsigned events, int rcvbuf, bool reliable,
		   const struct ct_filter *f)
{
	static const uint8_t groups[] = {NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE,
					 NFNLGRP_CONNTRACK_DESTROY, NFNLGRP_CONNTRACK_EXP_NEW,
					 NFNLGRP_CONNTRACK_EXP_DESTROY};
	int err = nl_open(&e->sock, NETLINK_NETFILTER), one = 1;

	e->lost = 0;
	e->drops = 0;
	e->overrun = false;
	if (err)
		return err;
	e->rcvbuf = nl_set_rcvbuf(&e->sock, rcvbuf);
	if (e->rcvbuf < 0)
		err = e->rcvbuf;
	if (!err && reliable &&
	    setsockopt(e->sock.fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &one, sizeof(one)) < 0)
		err = -errno;
	if (!err && f)
		err = attach(&e->sock, f);
	for (unsigned i = 0; !err && i < sizeof(groups); i++) {
		int group = groups[i];

		if (events & 1u << i && setsockopt(e->sock.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
						   &group, sizeof(group)) < 0)
			err = -errno;
	}
	if (err)
		ct_events_close(e);
	return err;
}

void ct_events_close(struct ct_events *e)
{
	nl_close(&e->sock);
}

int ct_events_receive(struct ct_events *e, struct ct_datagrams *d)
{
	struct sockaddr_nl from[CT_EVENT_BATCH];
	struct mmsghdr m[CT_EVENT_BATCH];
	struct iovec iov[CT_EVENT_BATCH];
	int n;

	for (unsigned i = 0; i < CT_EVENT_BATCH; i++) {
		iov[i] = (struct iovec){d->buf[i], CT_EVENT_SIZE};
		m[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
		};
	}
	do {
		n = recvmmsg(e->sock.fd, m, CT_EVENT_BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EPERM || errno == ENOSYS)) {
			/* A sandbox that does not know the call, which is of Linux 2.6.33. */
			n = (int)recvmsg(e->sock.fd, &m[0].msg_hdr, MSG_DONTWAIT);
			m[0].msg_len = n < 0 ? 0 : (unsigned)n;
			n = n < 0 ? n : 1;
		}
		if (n < 0 && errno == ENOBUFS)
			e->overrun = true;
	} while (n < 0 && (errno == EINTR || errno == ENOBUFS));
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		bool ours = m[i].msg_hdr.msg_namelen == sizeof(from[i]) && !from[i].nl_pid;

		d->len[i] = ours ? m[i].msg_len : 0;
		if (ours && m[i].msg_hdr.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		if (!nl_whole(d->buf[i], d->len[i]))
			return -EBADMSG;
	}
	return n;
}

int64_t ct_events_lost(struct ct_events *e)
{
	struct ct_proc_socket s = {.portid = e->sock.portid};
	uint32_t since, info[SOCKET_DROPS + 1];
	socklen_t len = sizeof(info);

	e->overrun = false;
	if (!getsockopt(e->sock.fd, SOL_SOCKET, SO_MEMINFO, info, &len) && len == sizeof(info)) {
		s.drops = info[SOCKET_DROPS];
	} else {
		int found = ct_proc_netlink(&s);

		if (found <= 0)
			return found ? found : -ENOENT;
	}
	since = s.drops - e->drops;
	e->drops = s.drops;
	e->lost += since;
	return since;
}

unsigned ct_event_kind(const struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case CT_MSG(IPCTNL_MSG_CT_NEW):
		return h->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL) ? CT_EV_NEW : CT_EV_UPDATE;
	case CT_MSG(IPCTNL_MSG_CT_DELETE):
		return CT_EV_DESTROY;
	case CT_EXP_MSG(IPCTNL_MSG_EXP_NEW):
		return CT_EV_EXP_NEW;
	case CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE):
		return CT_EV_EXP_DESTROY;
	}
	return 0;
}
