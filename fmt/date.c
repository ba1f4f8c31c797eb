#define _GNU_SOURCE
#include "fmt/date.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt/fmt.h"
#include "fmt/format.h"
#include "fmt/num.h"

#define DAY 86400

/* Days from the epoch to 1 March of year 0: counted from there, a leap day ends its year. */
#define MARCH_0 719468

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void date_of(struct date *d, int64_t seconds)
{
	int64_t days = floor_div(seconds, DAY);
	unsigned second = (unsigned)(seconds - days * DAY);
	unsigned day = (unsigned)((days + MARCH_0) % 146097);
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned of_year = day - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153;

	d->day = of_year - (153 * month + 2) / 5 + 1;
	d->month = month < 10 ? month + 3 : month - 9;
	d->year = (int)(year + (unsigned)((days + MARCH_0) / 146097) * 400 + (d->month <= 2));
	d->hour = second / 3600;
	d->minute = second / 60 % 60;
	d->second = second % 60;
	d->weekday = (unsigned)((days + MARCH_0 + 3) % 7); /* that 1 March was a Wednesday */
}

/* A dot and the nanoseconds of a time, in nine digits. */
static char *put_fraction(char *p, uint64_t ns)
{
	uint32_t part = (uint32_t)(ns % NSEC);

	*p++ = '.';
	*p++ = (char)('0' + part / 100000000);
	return put_pairs(p, part % 100000000, 4);
}

char *put_rfc3339(char *p, uint64_t ns)
{
	struct date d;

	date_of(&d, (int64_t)(ns / NSEC));
	p = put_pairs(p, (uint32_t)d.year, 2);
	*p++ = '-';
	p = put_two(p, d.month);
	*p++ = '-';
	p = put_two(p, d.day);
	*p++ = 'T';
	p = put_two(p, d.hour);
	*p++ = ':';
	p = put_two(p, d.minute);
	*p++ = ':';
	p = put_fraction(put_two(p, d.second), ns);
	*p++ = 'Z';
	return p;
}

char *put_ctime(char *p, const struct zone *z, uint64_t ns)
{
	int64_t t = (int64_t)(ns / NSEC);
	struct date d;

	date_of(&d, t + zone_offset(z, t));
	p = put_mem(p, &"SunMonTueWedThuFriSat"[d.weekday * 3], 3);
	*p++ = ' ';
	p = put_mem(p, &"JanFebMarAprMayJunJulAugSepOctNovDec"[(d.month - 1) * 3], 3);
	*p++ = ' ';
	if (d.day < 10)
		*p++ = ' ';
	p = put_u32(p, d.day);
	*p++ = ' ';
	p = put_two(p, d.hour);
	*p++ = ':';
	p = put_two(p, d.minute);
	*p++ = ':';
	p = put_two(p, d.second);
	*p++ = ' ';
	return put_u32(p, (uint32_t)d.year);
}

char *put_duration(char *p, uint64_t from, uint64_t to)
{
	uint64_t ns = to > from ? to - from : 0;

	return put_fraction(put_u64(p, ns / NSEC), ns);
}

/* Days from the epoch to a date. */
static int64_t days_to(int year, unsigned month, unsigned day)
{
	int y = year - (month <= 2);
	unsigned m = month > 2 ? month - 3 : month + 9;
	int of_era = y % 400;

	return (int64_t)(y / 400) * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       (153 * m + 2) / 5 + day - 1 - MARCH_0;
}

/* --- rules --- */

/* A decimal number, no larger than max. */
static bool number(const char **p, int max, int *v)
{
	const char *start = *p;

	for (*v = 0; isdigit((unsigned char)**p) && *v <= max; ++*p)
		*v = *v * 10 + (**p - '0');
	return *p != start && *v <= max;
}

/* [+-]hh[:mm[:ss]] in seconds; RFC 8536 allows up to a week. */
static bool clock_time(const char **p, int *v)
{
	int part, scale = 3600, sign = **p == '-' ? -1 : 1;

	if (**p == '-' || **p == '+')
		++*p;
	for (*v = 0;; ++*p) {
		if (!number(p, scale == 3600 ? 167 : 59, &part))
			return false;
		*v += part * scale;
		scale /= 60;
		if (**p != ':' || !scale)
			break;
	}
	*v *= sign;
	return true;
}

/* A zone's name: letters, or anything in angle brackets. */
static bool name(const char **p)
{
	const char *start = *p;

	if (**p == '<') {
		*p += strcspn(*p, ">");
		return *(*p)++ == '>';
	}
	while (isalpha((unsigned char)**p))
		++*p;
	return *p - start >= 3;
}

/* Reads when a rule's change is (,Mm.w.d ,Jn or ,n, with /time, by the clock before the change), in
 * seconds from the beginning of that year. */
static bool change(const char **p, int year, int64_t *at)
{
	int64_t first = days_to(year, 1, 1), day;
	int month, week, weekday, clock = 7200;

	if (*(*p)++ != ',')
		return false;
	if (**p == 'M') {
		++*p;
		if (!number(p, 12, &month) || *(*p)++ != '.' || !number(p, 5, &week) ||
		    *(*p)++ != '.' || !number(p, 6, &weekday) || !month || !week)
			return false;
		day = days_to(year, (unsigned)month, 1);
		/* The epoch was a Thursday. */
		day += (weekday - (int)((day + 4) % 7) + 7) % 7 + (week - 1) * 7;
		while (day >= (month == 12 ? days_to(year + 1, 1, 1)
					   : days_to(year, (unsigned)month + 1, 1)))
			day -= 7; /* the fifth is the last */
		day -= first;
	} else {
		bool no_leap = **p == 'J';

		*p += no_leap;
		if (!number(p, 365, &week) || week < no_leap)
			return false;
		day = week - no_leap;
		if (no_leap && day >= 59 && days_to(year, 3, 1) - first == 60)
			day++;
	}
	if (**p == '/') {
		++*p;
		if (!clock_time(p, &clock))
			return false;
	}
	*at = day * DAY + clock;
	return true;
}

int32_t zone_offset(const struct zone *z, int64_t seconds)
{
	const char *p = z ? z->rule : "";
	int standard, summer;
	int64_t start, end, now;
	struct date d;
	bool in;

	if (!name(&p) || !clock_time(&p, &standard))
		return 0;
	standard = -standard; /* POSIX counts to the west */
	if (!*p)
		return standard;
	if (!name(&p))
		return 0;
	summer = standard + 3600;
	if (*p && *p != ',') {
		if (!clock_time(&p, &summer))
			return 0;
		summer = -summer;
	}
	if (!*p)
		p = ",M3.2.0,M11.1.0";
	date_of(&d, seconds + standard);
	if (!change(&p, d.year, &start) || !change(&p, d.year, &end))
		return standard;
	now = seconds - days_to(d.year, 1, 1) * DAY;
	start -= standard;
	end -= summer;
	in = start < end ? now >= start && now < end : now >= start || now < end;
	return in ? summer : standard;
}

/* The last line of a zone's file, which ends in a newline. */
static bool last_line(const char *path, struct zone *z)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = -1;
	char *line;

	if (fd < 0)
		return false;
	if (read(fd, z->rule, 4) == 4 && !memcmp(z->rule, "TZif", 4)) {
		(void)lseek(fd, -(off_t)sizeof(z->rule), SEEK_END); /* not where it is smaller */
		n = read(fd, z->rule, sizeof(z->rule));
	}
	close(fd);
	if (n < 2 || z->rule[n - 1] != '\n')
		return false;
	z->rule[n - 1] = 0;
	line = memrchr(z->rule, '\n', (size_t)n - 1);
	if (!line)
		return false;
	memmove(z->rule, line + 1, strlen(line + 1) + 1);
	return true;
}

#define ZONES "/usr/share/zoneinfo/"

void zone_load(struct zone *z)
{
	const char *tz = getenv("TZ");
	char path[PATH_MAX];

	z->rule[0] = 0;
	if (!tz || !*tz)
		tz = tz ? "UTC0" : "/etc/localtime";
	tz += *tz == ':';
	if (strlen(tz) >= sizeof(path) - sizeof(ZONES))
		return; /* cut, it would be another one */
	format(path, sizeof(path), "%s%s", *tz == '/' ? "" : ZONES, tz);
	if (last_line(path, z))
		return;
	z->rule[0] = 0;
	if (*tz != '/' && strlen(tz) < sizeof(z->rule))
		format(z->rule, sizeof(z->rule), "%s", tz);
}
