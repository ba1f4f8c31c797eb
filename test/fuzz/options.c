/* Command lines: words parted by newlines or NULs. Each is parsed twice, the second time by the
 * shortcut for lines of one shape, and must mean the same. */
#include <string.h>

#include "cli/cmd.h"
#include "fuzz.h"

#define WORDS 60

/* Files that a command line names are read while it is parsed: none here. */
static bool names_file(const char *word)
{
	return !strncmp(word, "--la", 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS];
	struct cmd c = {0};
	uint32_t sel, set;
	enum verb verb;
	int n = 0, err;
	bool fine = true;

	MUST(text);
	memcpy(text, data, size);
	text[size] = 0;
	for (char *p = text; n < WORDS && p < text + size; n++) {
		argv[n] = p;
		p += strcspn(p, "\n");
		*p++ = 0;
		fine &= !names_file(argv[n]);
	}
	if (fine) {
		err = cmd_parse(&c, n, argv);
		MUST(!err || err == EXIT_USAGE);
		MUST(!err || c.err[0] || c.no_command);
		verb = c.verb;
		sel = c.sel.ntests;
		set = c.set.ntests;
		MUST(err || (verb && !(verb & (verb - 1))));
		MUST(cmd_parse(&c, n, argv) == err);
		MUST(err || (c.verb == verb && c.sel.ntests == sel && c.set.ntests == set));
	}
	cmd_free(&c);
	free(text);
	return 0;
}
