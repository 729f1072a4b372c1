/* Where the program is installed, with its plugins and examples: PREFIX of the Makefile, which says
 * so to the files that include this. */
#ifndef UNROLL_COMMANDS_PREFIX_H
#define UNROLL_COMMANDS_PREFIX_H

#ifndef UNROLL_PREFIX
#define UNROLL_PREFIX "/usr/local"
#endif

#endif
