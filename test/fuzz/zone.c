/* Noise as TZ: the offset that it means is always less than a week and an hour. */
#include "fmt/date.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t times[] = {0, 951782399, 1783728000, 1798761599, 18446744073};
	struct zone zone = {""};

	memcpy(zone.rule, data, size < sizeof(zone.rule) ? size : sizeof(zone.rule) - 1);
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int32_t offset = zone_offset(&zone, times[i]);
		struct date d;

		MUST(offset > -169 * 3600 && offset < 169 * 3600);
		date_of(&d, times[i] + offset);
		MUST(d.month - 1 < 12 && d.day - 1 < 31 && d.hour < 24 && d.minute < 60 &&
		     d.second < 60 && d.weekday < 7);
	}
	return 0;
}
