#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "cli/cmd/load.h"
#include "cli/cmd/watch.h"
#include "cli/cmd/run.h"
#include "cli/dispatch.h"
#include "cli/opt/parse.h"
#include "cli/sys/confine.h"

/* A standard descriptor that is closed must not become a socket's: of this one nothing can be read,
 * and nothing written to it. */
static void keep_descriptors(void)
{
	int fd;

	do {
		fd = open("/", O_PATH);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* -R and --watch run other commands; all the rest is one. */
static int (*driver(const struct cmd *c))(struct session *s)
{
	if (WITH_LOAD && c->verb == V_LOAD)
		return load;
	return WITH_WATCH && c->watch ? watch : dispatch;
}

int main(int argc, char *argv[])
{
	struct opt_context context = {0};
	struct cmd c;
	int code;

	keep_descriptors();
	confine_caller();
	code = cmd_parse(&c, &context, argc - 1, argv + 1);
	if (code) {
		warn(NULL, "%s", context.err);
	} else {
		if (context.note[0])
			warn(NULL, "%s", context.note);
		code = session(&c, driver(&c));
	}
	opt_context_free(&context);
	return code;
}
