#include "ct/program.h"

#include <string.h>

#include "ct/proc.h"

/* Reads the name of a process into name, empty where it is not known. */
static void look_up(char *name, size_t size, uint32_t pid)
{
	static const char end[] = "/comm";
	char path[32], digits[10];
	size_t n = sizeof("/proc/") - 1, k = 0;

	name[0] = 0;
	if (pid > INT32_MAX)
		return; /* no process's id: the kernel gives such to a process's further sockets */
	do
		digits[k++] = (char)('0' + pid % 10);
	while (pid /= 10);
	memcpy(path, "/proc/", n);
	while (k)
		path[n++] = digits[--k];
	memcpy(path + n, end, sizeof(end));
	if (ct_proc_read(path, name, size) < 0)
		name[0] = 0;
	name[strcspn(name, "\n")] = 0;
}

const char *ct_program_name(struct ct_programs *p, uint32_t portid)
{
	unsigned i = portid % CT_PROGRAM_SLOTS;

	if (p->slot[i].portid != portid) {
		p->slot[i].portid = portid;
		look_up(p->slot[i].name, sizeof(p->slot[i].name), portid);
	}
	return p->slot[i].name[0] ? p->slot[i].name : NULL;
}
