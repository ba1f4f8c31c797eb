/* A filter as a classic BPF program for the event socket: what it drops neither wakes us nor takes
 * room in the buffer. */
#ifndef CT_BPF_H
#define CT_BPF_H

#include <linux/filter.h>

#include "ct/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Old kernels bound a program by net.core.optmem_max: 2500 instructions fit by default. */
#define CT_BPF_MAX 2048

/* Compiles what of f can be expressed and fits; the rest is left out, so that the program passes
 * more than f at times, never less. For sockets that receive conntrack events alone. Returns the
 * number of instructions written to code, 0 when there is nothing to filter. */
unsigned ct_bpf(const struct ct_filter *f, struct sock_filter code[CT_BPF_MAX]);

#ifdef __cplusplus
}
#endif

#endif
