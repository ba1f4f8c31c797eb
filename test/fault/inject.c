/*
 * A library to preload (LD_PRELOAD, glibc) that makes system calls and allocations fail. Only calls
 * that the program itself makes are counted and fail; those of its libraries are left alone.
 *
 * FAULT	KIND:N:WHAT[,...]: the N-th call of this kind (from 1; with N+ that one and all
 *		later ones) fails. KIND is one of kinds[] below. WHAT is an errno's name; or "short"
 *		(sendto, read, write): less is done than was asked for; or, for recvmsg and
 *		recvmmsg, one of forgeries[] below.
 * FAULT_LOG	a file that gets a line "hit KIND N FD" for each fault, FD being -1 where there is
 *		none, and when the program ends a line "calls KIND COUNT" for each kind
 * FAULT_ACTION	a command for the shell, run before the first ppoll or poll of the program: what is
 *		to happen once the program waits
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FAULTS 8
#define SHORT	   7 /* bytes that a short read or write still does */

enum kind {
	SOCKET,
	BIND,
	GETSOCKNAME,
	SETSOCKOPT,
	GETSOCKOPT,
	SENDTO,
	RECVMSG,
	RECVMMSG,
	READ,
	WRITE,
	OPEN,
	CLOSE,
	POLL,
	SYSCALL,
	ALLOC,
	KINDS,
};

static const char *const kinds[KINDS] = {
	[SOCKET] = "socket",
	[BIND] = "bind",
	[GETSOCKNAME] = "getsockname",
	[SETSOCKOPT] = "setsockopt",
	[GETSOCKOPT] = "getsockopt",
	[SENDTO] = "sendto",
	[RECVMSG] = "recvmsg",
	[RECVMMSG] = "recvmmsg",
	[READ] = "read",
	[WRITE] = "write",
	[OPEN] = "open",
	[CLOSE] = "close",
	[POLL] = "poll",
	[SYSCALL] = "syscall",
	[ALLOC] = "alloc",
};

/* The ways to forge a datagram. The first three send a false datagram before the true one; it says
 * of every request that it was refused. The others replace the true one, and spoil its middle
 * message. */
enum forgery {
	GENUINE,
	SENDER,	 /* from another process */
	SEQ,	 /* another sequence number */
	PORTID,	 /* to another socket */
	TRUNC,	 /* cut by the buffer, and marked so */
	TOOLONG, /* a message longer than the datagram */
	TOOTINY, /* a message shorter than its header */
	ODD,	 /* a length that is no multiple of four */
	CUT,	 /* the end of the datagram is missing */
	GARBAGE, /* noise in place of attributes */
	REFUSED, /* the kernel's verdict is ENOMEM */
	BUSY,	 /* the kernel's verdict is EBUSY */
	LOST,	 /* dropped by the kernel, which says so by ENOBUFS */
	INTR,	 /* the dump was interrupted, says the kernel; nothing is spoiled */
	PARTIAL, /* not forged: less than was asked for */
};

static const char *const forgeries[] = {
	[GENUINE] = "",	   [SENDER] = "sender",	  [SEQ] = "seq",	 [PORTID] = "portid",
	[TRUNC] = "trunc", [TOOLONG] = "toolong", [TOOTINY] = "tootiny", [ODD] = "odd",
	[CUT] = "cut",	   [GARBAGE] = "garbage", [REFUSED] = "refused", [BUSY] = "busy",
	[LOST] = "lost",   [INTR] = "intr",	  [PARTIAL] = "short",
};

static const struct {
	const char *name;
	int err;
} errnos[] = {
	{"EACCES", EACCES},
	{"EAGAIN", EAGAIN},
	{"EINTR", EINTR},
	{"EIO", EIO},
	{"EMFILE", EMFILE},
	{"ENOBUFS", ENOBUFS},
	{"ENOENT", ENOENT},
	{"ENOMEM", ENOMEM},
	{"ENOPROTOOPT", ENOPROTOOPT},
	{"ENOSPC", ENOSPC},
	{"ENOSYS", ENOSYS},
	{"EPERM", EPERM},
	{"EPIPE", EPIPE},
	{"EPROTONOSUPPORT", EPROTONOSUPPORT},
};

struct fault {
	enum kind kind;
	unsigned long n;
	bool on; /* later calls fail, too */
	int err; /* or */
	enum forgery forgery;
};

static struct fault faults[MAX_FAULTS];
static unsigned nfaults;
static unsigned long calls[KINDS];
static uintptr_t start, end; /* of the program's code and data */
static int log_fd = -1;

static void __attribute__((noreturn)) wrong(const char *fault)
{
	fprintf(stderr, "inject: cannot understand FAULT: %s\n", fault);
	_exit(125);
}

/* The row of a word in a table of n, or n. */
static unsigned look_up(const char *const *table, unsigned n, const char *word)
{
	unsigned i;

	for (i = 0; i < n && strcmp(table[i], word) != 0; i++)
		;
	return i;
}

static void take_fault(const char *text)
{
	struct fault f = {0};
	char kind[32], what[32], plus = 0;
	unsigned i;

	if (nfaults == MAX_FAULTS ||
	    (sscanf(text, "%31[a-z]:%lu:%31[A-Za-z]", kind, &f.n, what) != 3 &&
	     sscanf(text, "%31[a-z]:%lu%c:%31[A-Za-z]", kind, &f.n, &plus, what) != 4) ||
	    (plus && plus != '+'))
		wrong(text);
	f.on = plus;
	f.kind = look_up(kinds, KINDS, kind);
	f.forgery = look_up(forgeries, PARTIAL + 1, what);
	if (f.forgery > PARTIAL) {
		f.forgery = GENUINE;
		for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]) && !f.err; i++)
			if (!strcmp(errnos[i].name, what))
				f.err = errnos[i].err;
	}
	if (f.kind == KINDS || (!f.err && !f.forgery))
		wrong(text);
	faults[nfaults++] = f;
}

/* The program comes first. */
static int find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + h->p_vaddr;

		if (h->p_type != PT_LOAD)
			continue;
		if (!start || at < start)
			start = at;
		if (at + h->p_memsz > end)
			end = at + h->p_memsz;
	}
	return 1;
}

static void __attribute__((constructor)) begin(void)
{
	const char *log = getenv("FAULT_LOG"), *text = getenv("FAULT");
	char copy[256], *rest = copy, *one;

	if (text && *text) {
		if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
			wrong(text);
		while ((one = strsep(&rest, ",")))
			take_fault(one);
	}
	if (log)
		log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dl_iterate_phdr(find_program, NULL);
}

/* dprintf() asks for the file's position, which a confined process may not. */
static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	char line[64];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	(void)!write(log_fd, line, (size_t)n);
}

static void __attribute__((destructor)) finish(void)
{
	for (unsigned i = 0; i < KINDS; i++)
		note("calls %s %lu\n", kinds[i], calls[i]);
}

/* Counts a call; returns the fault that is to befall it, or NULL. */
static const struct fault *befalls(enum kind kind, int fd, const void *caller)
{
	if ((uintptr_t)caller < start || (uintptr_t)caller >= end)
		return NULL;
	calls[kind]++;
	for (unsigned i = 0; i < nfaults; i++) {
		const struct fault *f = &faults[i];

		if (f->kind != kind || (calls[kind] != f->n && !(f->on && calls[kind] > f->n)))
			continue;
		note("hit %s %lu %d\n", kinds[kind], calls[kind], fd);
		errno = f->err;
		return f;
	}
	return NULL;
}

#define BEFALLS(kind, fd) befalls(kind, fd, __builtin_return_address(0))
#define NEXT(name)	  ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int socket(int domain, int type, int protocol)
{
	return BEFALLS(SOCKET, -1) ? -1 : NEXT(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return BEFALLS(BIND, fd) ? -1 : NEXT(bind)(fd, addr, len);
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return BEFALLS(GETSOCKNAME, fd) ? -1 : NEXT(getsockname)(fd, addr, len);
}

int setsockopt(int fd, int level, int name, const void *v, socklen_t len)
{
	return BEFALLS(SETSOCKOPT, fd) ? -1 : NEXT(setsockopt)(fd, level, name, v, len);
}

int getsockopt(int fd, int level, int name, void *v, socklen_t *len)
{
	return BEFALLS(GETSOCKOPT, fd) ? -1 : NEXT(getsockopt)(fd, level, name, v, len);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	       socklen_t tolen)
{
	const struct fault *f = BEFALLS(SENDTO, fd);
	ssize_t n;

	if (f && f->err)
		return -1;
	n = NEXT(sendto)(fd, data, len, flags, to, tolen);
	return f && n > 0 ? n / 2 : n;
}

ssize_t read(int fd, void *data, size_t len)
{
	const struct fault *f = BEFALLS(READ, fd);

	if (f && f->err)
		return -1;
	return NEXT(read)(fd, data, f && len > SHORT ? SHORT : len);
}

ssize_t write(int fd, const void *data, size_t len)
{
	const struct fault *f = BEFALLS(WRITE, fd);

	if (f && f->err)
		return -1;
	return NEXT(write)(fd, data, f && len > SHORT ? SHORT : len);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return BEFALLS(OPEN, -1) ? -1 : NEXT(open)(path, flags, mode);
}

/* As with the kernel's, the descriptor is gone all the same. */
int close(int fd)
{
	const struct fault *f = BEFALLS(CLOSE, fd);
	int err = NEXT(close)(fd);

	if (!f)
		return err;
	errno = f->err;
	return -1;
}

/* In a process without faults. */
static void act(const void *caller)
{
	const char *action = getenv("FAULT_ACTION");

	if (!action || (uintptr_t)caller < start || (uintptr_t)caller >= end)
		return;
	unsetenv("FAULT_ACTION");
	unsetenv("LD_PRELOAD");
	if (system(action))
		note("the action failed\n");
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	act(__builtin_return_address(0));
	return BEFALLS(POLL, -1) ? -1 : NEXT(poll)(fds, n, timeout);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	act(__builtin_return_address(0));
	return BEFALLS(POLL, -1) ? -1 : NEXT(ppoll)(fds, n, timeout, mask);
}

/* The process confines itself by syscall(). Where FAULT_ACTION names a program to run, it must stay
 * unconfined. */
long syscall(long number, ...)
{
	long a[5];
	va_list args;

	va_start(args, number);
	for (unsigned i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (getenv("FAULT_ACTION")) {
		errno = ENOSYS;
		return -1;
	}
	return BEFALLS(SYSCALL, -1) ? -1 : NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4]);
}

/* glibc's own names: dlsym() allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	return BEFALLS(ALLOC, -1) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return BEFALLS(ALLOC, -1) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return BEFALLS(ALLOC, -1) ? NULL : __libc_realloc(p, size);
}

/* The i-th message of a datagram, or NULL. */
static struct nlmsghdr *message(void *data, size_t len, unsigned i)
{
	uint8_t *p = data;

	for (;; i--) {
		struct nlmsghdr *h = (struct nlmsghdr *)p;

		if (len < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > len)
			return NULL;
		if (!i)
			return h;
		if (NLMSG_ALIGN(h->nlmsg_len) >= len)
			return NULL;
		len -= NLMSG_ALIGN(h->nlmsg_len);
		p += NLMSG_ALIGN(h->nlmsg_len);
	}
}

/* Noise that is the same on every run, below a family header. */
static void spoil(struct nlmsghdr *h)
{
	static uint32_t noise = 1;

	for (uint32_t i = NLMSG_HDRLEN + 4; i < h->nlmsg_len; i++) {
		noise = noise * 1664525 + 1013904223;
		((uint8_t *)h)[i] = (uint8_t)(noise >> 24);
	}
}

/* The kernel's word on a request or a dump, where this message is one. */
static void judge(struct nlmsghdr *h, int err)
{
	if (h->nlmsg_type != NLMSG_ERROR && h->nlmsg_type != NLMSG_DONE)
		return;
	if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof(err))
		memcpy(NLMSG_DATA(h), &err, sizeof(err));
}

/* Forges the datagram of n bytes that m holds; returns its new length. */
static ssize_t forge(struct msghdr *m, ssize_t n, enum forgery how)
{
	void *data = m->msg_iov[0].iov_base;
	struct sockaddr_nl *from = m->msg_name;
	struct nlmsghdr *h;
	unsigned count = 0;

	if (n <= 0)
		return n;
	for (; (h = message(data, (size_t)n, count)); count++) {
		if (how == SENDER || how == SEQ || how == PORTID)
			judge(h, -EACCES);
		if (how == REFUSED || how == BUSY)
			judge(h, how == BUSY ? -EBUSY : -ENOMEM);
		h->nlmsg_seq += how == SEQ ? 1000000 : 0;
		h->nlmsg_pid += how == PORTID;
		h->nlmsg_flags |= how == INTR ? NLM_F_DUMP_INTR : 0;
	}
	if (how == SENDER && from)
		from->nl_pid = 4242;
	if (how == CUT)
		return n - n / 3;
	if (how == LOST) {
		errno = ENOBUFS;
		return -1;
	}
	h = message(data, (size_t)n, count / 2);
	if (!h)
		return n;
	if (how == TRUNC) {
		m->msg_flags |= MSG_TRUNC;
		return (uint8_t *)h - (uint8_t *)data;
	}
	if (how == TOOLONG)
		h->nlmsg_len = (uint32_t)n + 4;
	else if (how == TOOTINY)
		h->nlmsg_len = sizeof(*h) - 4;
	else if (how == ODD)
		h->nlmsg_len -= 3;
	else if (how == GARBAGE)
		spoil(h);
	return n;
}

static int peek(const struct fault *f)
{
	return f->forgery >= SENDER && f->forgery <= PORTID ? MSG_PEEK : 0;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	const struct fault *f = BEFALLS(RECVMSG, fd);

	if (!f)
		return NEXT(recvmsg)(fd, m, flags);
	if (f->err)
		return -1;
	return forge(m, NEXT(recvmsg)(fd, m, flags | peek(f)), f->forgery);
}

int recvmmsg(int fd, struct mmsghdr *m, unsigned len, int flags, struct timespec *timeout)
{
	const struct fault *f = BEFALLS(RECVMMSG, fd);
	int n;

	if (!f)
		return NEXT(recvmmsg)(fd, m, len, flags, timeout);
	if (f->err)
		return -1;
	/* Looking at several would show the first one several times. */
	n = NEXT(recvmmsg)(fd, m, peek(f) ? 1 : len, flags | peek(f), timeout);
	if (n > 0)
		m->msg_len = (unsigned)forge(&m->msg_hdr, m->msg_len, f->forgery);
	return n;
}
