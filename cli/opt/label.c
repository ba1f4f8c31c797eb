/* Names of labels: read once they are needed. */
#include <errno.h>

#include "cli/opt/option.h"
#include "fmt/format.h"

void cmd_forget_labels(struct cmd *c)
{
	ct_labelmap_free(&c->labels);
	c->labels_loaded = false;
}

int cmd_labels(struct cmd *c)
{
	const char *path = c->labelmap_path ? c->labelmap_path : CT_LABEL_FILE;
	struct parser p = {.cmd = c};
	int err;

	c->labels_used = true;
	if (c->labels_loaded)
		return 0;
	err = ct_labelmap_load(&c->labels, path);
	if (err > 0)
		return parse_error(&p, "%s:%d: expected a bit number from 0 to %d and a name", path,
				   err, CT_LABEL_BITS - 1);
	if (err < 0 && (c->labelmap_path || err != -ENOENT))
		return parse_error(&p, "label file %s: %s", path, error_text(-err));
	c->labels_loaded = true;
	return 0;
}
