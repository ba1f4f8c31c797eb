#include "cli/sys/program.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fmt/format.h"

static void look_up(char *name, size_t size, uint32_t pid)
{
	char path[32];
	ssize_t n;
	int fd;

	name[0] = 0;
	if (pid > INT32_MAX)
		return; /* no process's id: the kernel gives such to a process's further sockets */
	format(path, sizeof(path), "/proc/%u/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, name, size - 1);
	close(fd);
	name[n > 0 ? n : 0] = 0;
	name[strcspn(name, "\n")] = 0;
}

const char *program_name(struct programs *p, uint32_t portid)
{
	unsigned i = portid % PROGRAM_SLOTS;

	if (p->slot[i].portid != portid) {
		p->slot[i].portid = portid;
		look_up(p->slot[i].name, sizeof(p->slot[i].name), portid);
	}
	return p->slot[i].name[0] ? p->slot[i].name : NULL;
}
