/* Dates and zones against the C library's. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fmt/date.h"
#include "unit.h"

/* Whether local time is what localtime_r(3) says, every step from 2024 to 2031. */
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
		"XXX4YYY,J60/2,J300",
		"XXX4YYY,59/2,299/25",
		"NZST-12NZDT,M9.5.0,M4.1.0/3",
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
	date_of(&d, 951782400); /* 29 February 2000 */
	CHECK_INT(d.year * 10000 + (int)(d.month * 100 + d.day), 20000229);
	CHECK_INT(d.weekday, 2);
	date_of(&d, -1);
	CHECK_INT(d.year * 10000 + (int)(d.month * 100 + d.day), 19691231);
	return UNIT_END();
}
