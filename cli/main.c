#include "cli/run.h"

int main(int argc, char *argv[])
{
	struct cmd c = {0};
	int code;

	code = cmd_parse(&c, argc - 1, argv + 1);
	if (code) {
		if (c.err[0])
			complain(NULL, "%s", c.err);
		if (c.no_command)
			usage();
	} else {
		if (c.note[0])
			complain(NULL, "%s", c.note);
		code = run_all(&c);
	}
	cmd_free(&c);
	return code;
}
