/*
 * Dates, in UTC and in local time.
 *
 * The C library's local time is a twentieth of the static binary, for it knows every rule since
 * 1900. Connections are younger than the machine's uptime: the rule in force will do, which is in
 * the variable TZ (POSIX.1, "TZ") or in the last line of the zone's file (RFC 8536, section 3.3).
 */
#ifndef FMT_DATE_H
#define FMT_DATE_H

#include <stdint.h>

struct date {
	int year;
	unsigned month, day; /* from 1 */
	unsigned hour, minute, second;
	unsigned weekday; /* 0: Sunday */
};

/* A zone's rule as text, empty for UTC. */
struct zone {
	char rule[128];
};

/* Makes *d the date that many seconds since the epoch, in the proleptic Gregorian calendar, not
 * before the year 0. */
void date_of(struct date *d, int64_t seconds);

/* Writes a time, in nanoseconds since the epoch, as RFC 3339 has it, in UTC with nanoseconds, at p:
 * 30 bytes. Returns the end. */
char *put_rfc3339(char *p, uint64_t ns);

/* Writes such a time as ctime(3) does, in local time by z, at p: 24 bytes. Returns the end. */
char *put_ctime(char *p, const struct zone *z, uint64_t ns);

/* Writes the seconds between two such times, with nine decimals, at p: 21 bytes at most; 0 where
 * the second is before the first. Returns the end. */
char *put_duration(char *p, uint64_t from, uint64_t to);

/* Reads the rule that the environment's TZ or, without it, /etc/localtime stands for; UTC when that
 * is no rule. */
void zone_load(struct zone *z);

/* Returns the seconds to add to UTC at that time, which is in seconds since the epoch; 0 when z is
 * NULL. */
int32_t zone_offset(const struct zone *z, int64_t seconds);

#endif
