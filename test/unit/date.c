/* Dates and zones against the C library's. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fmt/date.h"
#include "unit.h"

/* Counts the steps from 2024 to 2031 at which local time differs from localtime_r(3)'s. */
static unsigned differences(const char *tz)
{
	unsigned wrong = 0;
	struct zone zone;

	setenv("TZ", tz, 1);
	tzset();
	zone_load(&zone);
	for (int64_t t = 1704067200 - 1800; t < 1924992000; t += 3600 * 5 + 60 * 7) {
		time_t libc = (time_t)t;
		struct date d;
		struct tm tm;

		localtime_r(&libc, &tm);
		date_of(&d, t + zone_offset(&zone, t));
		if (d.year != tm.tm_year + 1900 || d.month != (unsigned)tm.tm_mon + 1 ||
		    d.day != (unsigned)tm.tm_mday || d.hour != (unsigned)tm.tm_hour ||
		    d.minute != (unsigned)tm.tm_min || d.second != (unsigned)tm.tm_sec ||
		    d.weekday != (unsigned)tm.tm_wday) {
			if (!wrong++)
				printf("\t%s at %lld: rule %s\n", tz, (long long)t, zone.rule);
		}
	}
	return wrong;
}

/* A TZ that is no rule means UTC; a wrong rule behind a right zone, that zone's standard time. */
static void test_wrong_rules(void)
{
	static const struct {
		struct zone zone;
		int32_t offset;
	} rows[] = {
		{{"AAA600000"}, 0},
		{{"AAA1:60"}, 0},
		{{"<"}, 0},
		{{"AAA168"}, 0},
		{{"AAA-167"}, 601200},
		{{"AAA4YYY,M0.1.0,M13.1.0"}, -14400},
		{{"AAA4YYY,M1.0.0,M12.5.6"}, -14400},
		{{"AAA4YYY,M1.999999.0,M12.1.0"}, -14400},
		{{"AAA4YYY,M1.1.7,M12.5.6"}, -14400},
		{{"AAA4YYY,J0,J365"}, -14400},
		{{"AAA4YYY,0/168,365"}, -14400},
		{{"AAA4YYY,0/0,366"}, -14400},
		{{"AAA4YYY,0/0,365/24"}, -10800},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(zone_offset(&rows[i].zone, 1783728000), rows[i].offset); /* July 2026 */
}

/* A path is not cut: that would name another zone's file. */
static void test_long_path(void)
{
	char path[300] = "/tmp/conntrack-date-XXXXXX";
	struct zone zone;
	size_t dir = strlen(path);
	FILE *f;

	if (!mkdtemp(path)) {
		FAIL("mkdtemp");
		return;
	}
	path[dir] = '/';
	memset(path + dir + 1, 'a', 127 - dir - 1);
	f = fopen(path, "w");
	CHECK(f && fprintf(f, "TZif2%80s\nJST-9\n", "") > 0 && !fclose(f));
	setenv("TZ", path, 1);
	zone_load(&zone);
	CHECK_INT(zone_offset(&zone, 1783728000), 9 * 3600);
	strcat(path, "b");
	setenv("TZ", path, 1);
	zone_load(&zone);
	CHECK_INT(zone_offset(&zone, 1783728000), 0);
	path[strlen(path) - 1] = 0;
	unlink(path);
	path[dir] = 0;
	rmdir(path);
}

int main(void)
{
	static const char *const rules[] = {
		"UTC0",
		"",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT,M3.2.0,M11.1.0",
		"<+0330>-3:30",
		"AEST-10AEDT,M10.1.0,M4.1.0/3",
		"<-03>3",
		"IST-1GMT0,M10.5.0,M3.5.0/1",
		"AAA4YYY,J60/2,J300",
		"AAA4YYY,59/2,299/25",
		"NZST-12NZDT,M9.5.0,M4.1.0/3",
		"<+0330>-03:30:00<+0430>-04:30:00,M3.4.0/02:00:00,M10.4.0/03:00:00",
	};
	/* Each has had the same rule all these years. */
	static const char *const zones[] = {"Europe/Berlin",	"America/New_York", "Asia/Kolkata",
					    "Australia/Sydney", "Pacific/Chatham",  "Asia/Tokyo",
					    ":Europe/Dublin",	"America/Santiago", "UTC"};
	struct date d;

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		CHECK_INT(differences(rules[i]), 0);
	for (unsigned i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (!access("/usr/share/zoneinfo/Europe/Berlin", R_OK))
			CHECK_INT(differences(zones[i]), 0);
	test_wrong_rules();
	test_long_path();
	date_of(&d, 951782400); /* 29 February 2000 */
	CHECK_INT(d.year * 10000 + (int)(d.month * 100 + d.day), 20000229);
	CHECK_INT(d.weekday, 2);
	date_of(&d, -1);
	CHECK_INT(d.year * 10000 + (int)(d.month * 100 + d.day), 19691231);
	return UNIT_END();
}
