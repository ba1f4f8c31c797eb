/*
 * The parts that a build may leave out: "make static XML=0 EVENT=0" gives -DWITH_XML=0 and so on.
 * These are constants for plain conditions: everything is always compiled, and what cannot be
 * reached is left to the linker. An option that was left out stays known, so that it is refused and
 * named.
 */
#ifndef CT_WITH_H
#define CT_WITH_H

#ifndef WITH_XML /* -o xml */
#define WITH_XML 1
#endif
#ifndef WITH_JSON /* -o json, jsonl */
#define WITH_JSON 1
#endif
#ifndef WITH_PROMETHEUS /* -o prometheus */
#define WITH_PROMETHEUS 1
#endif
#ifndef WITH_SAVE /* -o save */
#define WITH_SAVE 1
#endif
#ifndef WITH_SHORT /* -o short */
#define WITH_SHORT 1
#endif
#ifndef WITH_TEMPLATE /* -o format= */
#define WITH_TEMPLATE 1
#endif
#ifndef WITH_GROUP /* --group, --sort, --above, --total, --age */
#define WITH_GROUP 1
#endif
#ifndef WITH_WATCH /* --watch */
#define WITH_WATCH 1
#endif
#ifndef WITH_CHECK /* --check */
#define WITH_CHECK 1
#endif
#ifndef WITH_JUMP /* --jump */
#define WITH_JUMP 1
#endif
#ifndef WITH_ROUTE /* --in, --out, --mac, --nat-gone */
#define WITH_ROUTE 1
#endif
#ifndef WITH_NETNS /* --netns with several, or all */
#define WITH_NETNS 1
#endif
#ifndef WITH_POLICY /* --timeout POLICY, --idle */
#define WITH_POLICY 1
#endif
#ifndef WITH_EVENT /* -E */
#define WITH_EVENT 1
#endif
#ifndef WITH_LOAD /* -R */
#define WITH_LOAD 1
#endif
#ifndef WITH_CREATE /* -I, -A and -U */
#define WITH_CREATE 1
#endif
#ifndef WITH_CONFINE /* seccomp and fewer capabilities */
#define WITH_CONFINE 1
#endif
#ifndef WITH_HELP /* a line on each option, examples, notes on nothing to see, services */
#define WITH_HELP 1
#endif

/* A text for people, which only format() writes: see fmt/squeeze. */
#define TEXT(text) text

#endif
