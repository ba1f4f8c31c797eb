#define _GNU_SOURCE
#include "ct/program.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "ct/proc.h"

#define SECOND UINT64_C(1000000000)

/* Digits of a process's or descriptor's number: longer names are none. */
#define DIGITS 10

/* Puts a number in decimal, terminated. Returns its end. */
static char *put_number(char *p, uint64_t v)
{
	if (v > 9)
		p = put_number(p, v / 10);
	*p++ = (char)('0' + v % 10);
	*p = 0;
	return p;
}

/* Copies a string, as stpcpy(3) does, which is large in some C libraries. */
static char *put(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n + 1);
	return p + n;
}

static bool leads_to(const char *path, const char *link)
{
	char text[40];
	ssize_t n = readlink(path, text, sizeof(text));

	return n == (ssize_t)strlen(link) && !memcmp(text, link, (size_t)n);
}

/* Looks for a descriptor that leads to link in a process. Returns whether there is one; then path
 * (40 bytes) is it. */
static bool find_descriptor(char *path, const char *link, const char *pid)
{
	char *end = put(put(put(path, "/proc/"), pid), "/fd/");
	DIR *dir = opendir(path);
	const struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		if (strlen(d->d_name) > DIGITS)
			continue;
		put(end, d->d_name);
		found = leads_to(path, link);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The same in all processes. */
static bool find_process(char *path, const char *link)
{
	DIR *dir = opendir("/proc");
	const struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir)))
		found = d->d_name[0] >= '1' && d->d_name[0] <= '9' && strlen(d->d_name) <= DIGITS &&
			find_descriptor(path, link, d->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/* Reads the name of the process whose descriptor path is. */
static void read_name(char *name, size_t size, const char *path)
{
	char comm[40], *end = put(comm, path);

	while (memcmp(end, "/fd/", 4) != 0)
		end--;
	put(end, "/comm");
	if (ct_proc_read(comm, name, size) < 0)
		name[0] = 0;
	name[strcspn(name, "\n")] = 0;
}

static void look_up(struct ct_programs *p, unsigned i, uint64_t time)
{
	struct ct_proc_socket s = {.portid = p->slot[i].portid};
	char *path = p->slot[i].path, *link = p->slot[i].link;
	char *name = p->slot[i].name, pid[DIGITS + 1];

	p->slot[i].time = time;
	name[0] = 0;
	if (ct_proc_netlink(&s) <= 0)
		return;
	put(put_number(put(link, "socket:["), s.inode), "]");
	/* A process's first socket has its id, in the process's own namespace. */
	put_number(pid, s.portid);
	if (!find_descriptor(path, link, pid)) {
		if (time - p->searched < SECOND)
			return;
		p->searched = time;
		if (!find_process(path, link))
			return;
	}
	read_name(name, sizeof(p->slot[i].name), path);
	if (!leads_to(path, link))
		name[0] = 0; /* the process has ended, and the name may be another one's */
}

const char *ct_program_name(struct ct_programs *p, uint32_t portid, uint64_t time)
{
	unsigned i = 0;

	for (unsigned k = 0; k < CT_PROGRAM_SLOTS && p->slot[i].portid != portid; k++)
		if (p->slot[k].portid == portid || p->slot[k].time < p->slot[i].time)
			i = k;
	if (p->slot[i].portid != portid) {
		p->slot[i].portid = portid;
		look_up(p, i, time);
	} else if (p->slot[i].time != time) {
		if (!p->slot[i].name[0] ? time - p->slot[i].time >= SECOND
					: !leads_to(p->slot[i].path, p->slot[i].link))
			look_up(p, i, time);
		else if (p->slot[i].name[0])
			p->slot[i].time = time;
	}
	return p->slot[i].name[0] ? p->slot[i].name : NULL;
}
