/* Names of protocols and ports, in the files that systems have of them. */
#ifndef CT_ETC_H
#define CT_ETC_H

#include <stdbool.h>
#include <stdint.h>

#include "ct/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A port, a range of them as ct_parse_range() takes it, or the name of a service, one of the fifty
 * most used ones or of /etc/services. *r is in host order. */
bool ct_parse_ports(struct nl_str s, struct ct_range *r);

/* A protocol by name or number. Names beyond the table's are looked up in /etc/protocols. */
bool ct_parse_proto(struct nl_str s, uint8_t *num);

#ifdef __cplusplus
}
#endif

#endif
