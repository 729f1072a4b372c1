#!/bin/sh
# Prints the one header that plugins include: src/unroll.h with every header of ours in the place
# where it is first included, and the system's in front. A paragraph (between blank lines) that says
# "Not for plugins." is left out. What the program exports has a prefix there, by macros: libraries
# that a plugin links may have a hash_new() of their own, and the program's would be taken for it.
#   src/unroll-header.sh [FOLDER]      FOLDER holds unroll.h; src where nothing is said
#   src/unroll-header.sh --exports HEADER
#   src/unroll-header.sh --aliases HEADER
# The second prints the names of what HEADER declares and does not define, with the prefix, as a list
# for the linker: all that a plugin may use of the program. The third: the linker's options that give
# these names to what is meant.
set -eu

# The names of what the header in FILE declares, without the prefix.
exports() {
    # Comments, preprocessor lines, bodies and attributes go; what is left of a function is a
    # declaration at the outermost level.
    awk '
    { text = text " \n" $0 }
    END {
        gsub(/\\\n/, " ", text)
        while ((at = index(text, "/*")) > 0) {
            rest = substr(text, at + 2)
            text = substr(text, 1, at - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        count = split(text, lines, "\n")
        clear = ""
        continued = 0
        for (i = 1; i <= count; i++) {
            is_directive = continued || lines[i] ~ /^[ ]*#/
            continued = is_directive && lines[i] ~ /\\[ ]*$/
            if (!is_directive)
                clear = clear " " lines[i]
        }
        depth = 0
        statement = ""
        for (i = 1; i <= length(clear); i++) {
            character = substr(clear, i, 1)
            if (character == "{") {
                depth++
            } else if (character == "}") {
                depth--
                if (depth == 0 && statement ~ /\(/)
                    statement = "" # a function with its body
            } else if (depth == 0 && character == ";") {
                print statement
                statement = ""
            } else if (depth == 0) {
                statement = statement character
            }
        }
    }' "$1" |
        sed -e 's/__attribute__ *((.*//' |
        awk '/^ *(typedef|enum [a-z_]* *$|struct [a-z_]* *$)/ { next }
             /^ *extern / { sub(/\[.*/, ""); name = $NF; sub(/^[*]*/, "", name); print name; next }
             /\(/ { sub(/\(.*/, ""); name = $NF; sub(/^[*]*/, "", name); print name }' |
        LC_ALL=C sort
}

if [ "${1:-}" = --exports ]; then
    echo '{'
    exports "$2" | sed 's/.*/unroll_&;/'
    echo '};'
    exit
fi
if [ "${1:-}" = --aliases ]; then
    exports "$2" | sed 's/.*/--defsym=unroll_&=&/'
    exit
fi

# The header; NAMES of what is exported get the prefix.
header() {
    awk -v folder="$1" -v names="$2" '
    # Adds what PATH includes, then its own lines; unroll.h begins with its own.
    function take(path,    line, lines, count, i) {
        if (path in taken)
            return
        taken[path] = 1
        count = 0
        while ((getline line < (folder "/" path)) > 0)
            lines[++count] = line
        close(folder "/" path)
        for (i = 1; path != "unroll.h" && i <= count; i++)
            if (lines[i] ~ /^#include "/)
                take(name_of(lines[i]))
        for (i = 1; i <= count; i++) {
            line = lines[i]
            if (line ~ /^#include "/) {
                take(name_of(line))
            } else if (line ~ /^#include </) {
                if (!(line in is_listed))
                    system_list[++system_count] = line
                is_listed[line] = 1
            } else {
                add(line)
            }
        }
        add("")
    }
    function name_of(line) {
        gsub(/^#include "|".*$/, "", line)
        return line
    }
    function add(line) {
        if (line != "") {
            paragraph = paragraph line "\n"
            return
        }
        if (paragraph != "" && paragraph !~ /Not[ *\n]+for[ *\n]+plugins\./)
            body = body paragraph "\n"
        paragraph = ""
    }
    BEGIN {
        take("unroll.h")
        start = "#define _GNU_SOURCE\n#endif\n"
        head = index(body, start) + length(start)
        printf "%s\n", substr(body, 1, head - 1)
        for (i = 1; i <= system_count; i++)
            print system_list[i]
        count = split(names, list, "\n")
        if (count > 0)
            print "\n/* As the program calls what it exports. */"
        for (i = 1; i <= count; i++)
            printf "#define %s unroll_%s\n", list[i], list[i]
        printf "%s", substr(body, head)
    }' | cat -s
}

folder=${1:-src}
plain=$(mktemp)
trap 'rm -f "$plain"' EXIT
header "$folder" "" > "$plain"
header "$folder" "$(exports "$plain")"
