/* The session that a command runs in: handle, output, messages. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <stdarg.h>

#include "cli/opt/cmd.h"

struct screen;

/* What has been looked up, once it was needed; NULL before. */
struct lookups {
	struct ct_routes *routes; /* for --in and --out */
	struct ct_policy *policy; /* the timeout policy found last */
	struct zone zone;	  /* the local time zone, with has_zone */
	bool has_zone;
};

/* What every command works with. */
struct run {
	struct cmd *cmd;
	struct ct_handle *ct; /* opened by the command that needs it */
	struct out *out;      /* standard output */
	struct fmt fmt;
	struct screen *screen;	       /* shows instead of fmt; NULL without --watch */
	struct lookups *lookups;       /* of the process; a load file's lines share them */
	const char *file;	       /* the load file at hand */
	unsigned long line;	       /* its line, 0: no file; otherwise nothing is summed up */
	bool carry_on, dry_run, quiet; /* said of the whole file */
};

/* One line on stderr: "conntrack: ", the load file's line if there is one (r may be NULL), and the
 * rest in the manner of printf. */
void warn(const struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Complains about a refusal of the kernel: what was tried (a verb in the infinitive), what the
 * error (negative errno) means there, the kernel's own text, and what to do where that is known.
 * Returns EXIT_REFUSED. */
int kernel_error(const struct run *r, const char *verb, int err);

/* The summary line: "conntrack vX.Y.Z (NAME): " and the rest in the manner of printf. */
void summary(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Opens r->ct. CONNTRACK_NO_PUSHDOWN in the environment keeps filters out of the kernel. Returns as
 * ct_open(). */
int run_open(struct run *r);

/* Nanoseconds since the epoch. */
uint64_t now_ns(void);

/* Gives up what no command needs once it has begun, see confine(); but with --jump exec, whose
 * programs may need it. run_open() does it, too. */
void run_confine(struct run *r);

/* Finds the policy of r->cmd's --timeout NAME, if it has one, and makes it the timeout of the entry
 * to create, or the change's policy. Returns 0 or the exit code, the reason told. */
int run_policy(struct run *r);

/* Whether run_policy() would do so at once, without a word or a lookup. */
bool run_policy_fits(const struct run *r);

/* Whether there is such an interface here; one that ends in + there may be. */
bool interface_exists(struct nl_str name);

/* Makes r->cmd's filter ready for --in and --out, if it has them. Returns 0 or the exit code, the
 * reason told. */
int run_interfaces(struct run *r);

/* After the command: says so, and changes the exit code, if routes could not be looked up. */
int run_interfaces_end(struct run *r, int code);

/* Sets r->fmt up as r->cmd wants it. */
void run_format(struct run *r);

/* Closes what the format has open, for a command that has done its work. */
void run_end(struct run *r);

/* Sets everything up that r->cmd needs to run (output, network namespace), calls driver, which
 * returns the exit code, and takes it down again; reports what went wrong with standard output.
 * Returns the exit code of the process. */
int session(struct cmd *c, int (*driver)(struct run *r));

/* The usage text, for a command line without a command. */
void usage(void);

#endif
