/* Load files: cut into lines and words, and each line parsed, with nothing sent to a kernel. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "cli/load.c"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	struct lines in = {0};
	struct words words = {0};
	struct cmd c = {0};
	size_t seen = 0;
	char *line;
	int err = 0;

	if (file < 0)
		file = memfd_create("load", MFD_CLOEXEC);
	if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size ||
	    lseek(file, 0, SEEK_SET))
		return 0;
	in.fd = file;
	while ((line = next_line(&in, &err))) {
		size_t len = strlen(line);
		bool names_file = strstr(line, "la"); /* --labelmap */

		seen += len + 1;
		if (split(&words, line))
			continue;
		for (int i = 0; i < words.n; i++) {
			MUST(words.v[i] >= line && words.v[i] <= line + len);
			names_file |= strstr(words.v[i], "la") != NULL;
		}
		if (!names_file && words.n)
			MUST(!cmd_parse(&c, words.n, words.v) || c.err[0] || c.no_command);
	}
	MUST(!err && (seen == size || seen == size + 1));
	cmd_free(&c);
	free(words.v);
	free(in.buf);
	return 0;
}
