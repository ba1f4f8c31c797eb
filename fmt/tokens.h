/*
 * Pieces of messages, each a byte from 0x80 on in those of the static binary: see fmt/squeeze. They
 * are the ones that save most; of several, the longest is taken.
 */
#ifndef FMT_TOKENS_H
#define FMT_TOKENS_H

#define TOKENS                                                                                     \
	"  \0 f\0 goes \0 is \0 of \0 t\0 th\0 w\0, \0--\0--group\0: \0; \0a \0able\0addres\0"     \
	"al\0an\0an \0and \0argumen\0as \0at\0ation\0cannot \0ce\0ch\0comman\0conditions \0"       \
	"conntrack\0contradicts \0count\0creat\0d \0delet\0destination\0direc\0does not \0"        \
	"e \0e lost (ENOBUFS)\0ed\0ed \0em\0en\0entr\0entries\0entries \0er\0er \0es\0es \0"       \
	"et\0event\0exclude each other\0exist\0expect\0follow\0format\0"                           \
	"full: net.netfilter.n\0giv\0has \0have been \0help\0here\0il\0in\0is \0it\0kernel \0"     \
	"la\0label\0le\0li\0link\0list\0load the module \0look up\0ma\0nam\0ne\0needs \0net\0"     \
	"NET_ADMIN\0network namespac\0no \0not \0not permitted: CAP_\0nothing\0number \0o \0"      \
	"of \0on\0one \0or\0or \0original \0other \0ou\0ow\0pac\0packets \0polic\0port\0"          \
	"protocol\0re\0repl\0ro\0s \0s, \0second\0sh\0sourc\0st\0such \0t \0t of memory\0"         \
	"table \0th\0the \0this \0timeou\0tion\0unknown\0up\0wh\0with \0without \0y \0"

#endif
