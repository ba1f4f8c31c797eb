/* The session that a command runs in: its handle, its output, and what it had looked up. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/message.h"
#include "cli/opt/cmd.h"

struct ct_hosts;
struct ct_routes;
struct ct_policy;
struct ct_timeouts;
struct ct_netns_list;
struct screen;
struct view;

/* Made when it is first needed; NULL before. */
struct lookups {
	struct ct_routes *routes;     /* for --in and --out */
	struct ct_hosts *own;	      /* this host's addresses, for --nat-gone */
	struct ct_hosts *neighbors;   /* for --mac */
	struct ct_policy *policy;     /* the timeout policy found last */
	struct ct_timeouts *timeouts; /* for --idle */
	struct zone zone;	      /* the local time zone, with has_zone */
	bool has_zone;
	/* Read while files can be opened, where the command may ask for them; -1: not known. */
	int8_t acct, timestamp; /* of nf_conntrack_acct and nf_conntrack_timestamp */
	bool legacy;		/* there may be tables of iptables-legacy */
};

struct session {
	const struct cmd *cmd;
	struct subject about; /* for messages */
	struct ct_handle *ct; /* opened by the command that needs it */
	struct out *out;      /* standard output */
	bool shared;	      /* it goes to the same pipe or file as messages */
	struct fmt fmt;
	struct screen *screen; /* shows instead of fmt; NULL without --watch */
	struct view *view;     /* its rows, in a window; NULL without */
	/* Called between the datagrams of a list; true: it ends there. NULL: it does not. */
	bool (*interrupted)(struct session *s);
	bool lenient;		 /* an interface that is not there is no error */
	struct lookups *lookups; /* of the process; a load file's lines share them */
	uint8_t lacking;	 /* CT_LACKS_*, of entries that were met: see cli/counters.h */
	unsigned lacks;		 /* of the last list: see note_lacks() */
	struct ct_filter filter; /* the command's conditions, with the routes that they need */
	bool many; /* of several network namespaces one: the summary and the end follow behind all
		    */
	struct ct_netns_list *spaces; /* all of them */
	uint64_t shown[2];	      /* so far: entries, expectations */
	/* The command's options of these names, or those of the driver that runs it. */
	bool quiet, dry_run, carry_on;
	uint64_t limit;
};

/* Makes s run c, which is its own command or a line of the load file that it runs. */
void session_command(struct session *s, const struct cmd *c);

/* Makes s->fmt what s->cmd wants. */
void session_format(struct session *s);

/* Opens s->ct. CONNTRACK_NO_PUSHDOWN in the environment keeps filters out of the kernel. Returns as
 * ct_open(). */
int session_open(struct session *s);

/* Closes what the format has open, for a command that has done its work, unless it is to run in
 * other network namespaces, too; and writes the output; where that goes to the same pipe or file
 * as messages, and is short, it comes behind the summary.
 * Returns 0, or EXIT_REFUSED when that could not be done; session() tells why. */
int session_finish(struct session *s);

/* Sets everything up that c needs to run (output, network namespace, least privilege), calls
 * driver, which returns the exit code, takes it down again and tells what went wrong with standard
 * output. Returns the exit code of the process. */
int session(const struct cmd *c, int (*driver)(struct session *s));

#endif
