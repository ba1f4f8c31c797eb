#include "ct/etc.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ct/lines.h"
#include "ct/text.h"

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

bool ct_etc_number(const char *path, struct nl_str name, uint64_t max, uint64_t *v)
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
