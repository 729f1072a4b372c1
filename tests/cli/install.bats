#!/usr/bin/env bats
# `make install`: what is there afterwards works from there, without the source tree.
load helper

# The objects are copied and only what knows its place is made again, so that the tested build stays
# as it is.
setup_file() {
    local root=$BATS_TEST_DIRNAME/../.. build=${UNROLL_BUILD:-build/release}
    export variant=${build##*/}
    export made=$BATS_FILE_TMPDIR/build usr=$BATS_FILE_TMPDIR/usr
    mkdir -p "$made/$variant"
    find "$root/$build" -mindepth 1 -maxdepth 1 ! -name 'test*' \
        -exec cp -a -t "$made/$variant" {} +
    (umask 077; install_into "$root" install) > "$BATS_FILE_TMPDIR/log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/log"
        return 1
    }
}

# install_into ROOT TARGET [SETTING...]
install_into() {
    env -u MAKEFLAGS -u MFLAGS make --no-print-directory -C "$1" BUILD="$made" VARIANT="$variant" \
        PREFIX="$usr" "${@:2}"
}

# As a user has it who installed the program and nothing else.
as_user() {
    export PATH=$usr/bin:$PATH PKG_CONFIG_PATH=$usr/lib/pkgconfig HOME=$scratch
    unset UNROLL_STORE UNROLL_DATA UNROLL_PLUGINS XDG_DATA_HOME
    cd "$scratch" || return
}

@test "everything is installed, for everybody to read and for nobody else to write" {
    cd "$usr"
    for file in bin/unroll include/unroll.h lib/pkgconfig/unroll.pc share/man/man1/unroll.1 \
        share/bash-completion/completions/unroll share/unroll/unroll.schema.json \
        share/unroll/configs/unroll.schema.json share/unroll/configs/starter.yaml \
        share/unroll/experiments/digits-sweep.yaml lib/unroll/plugins/mgu.so; do
        [ -s "$file" ]
    done
    for plugin in "$root"/plugins/*.c; do
        [ -s "lib/unroll/plugins/$(basename "$plugin" .c).so" ]
    done
    [ -z "$(find . -type d ! -perm 755)" ]
    [ -z "$(find bin lib/unroll -type f ! -perm 755)" ]
    [ -z "$(find include share lib/pkgconfig -type f ! -perm 644)" ]
    run ! grep -rI "$made" .
}

@test "uninstall removes all of it, and nothing of others" {
    install_into "$root" install DESTDIR="$scratch/stage"
    diff <(cd "$usr" && find . | sort) <(cd "$scratch/stage$usr" && find . | sort)
    install_into "$root" uninstall DESTDIR="$scratch/stage"
    [ -z "$(find "$scratch/stage" ! -type d)" ]
    [ ! -e "$scratch/stage$usr/lib/unroll" ]
    [ ! -e "$scratch/stage$usr/share/unroll" ]
    install_into "$root" install DESTDIR="$scratch/stage"
    touch "$scratch/stage$usr/lib/unroll/plugins/mine.so"
    install_into "$root" uninstall DESTDIR="$scratch/stage"
    [ "$(find "$scratch/stage" ! -type d)" = "$scratch/stage$usr/lib/unroll/plugins/mine.so" ]
}

@test "a prefix that is no whole path is refused" {
    for prefix in usr "/opt/my usr" ""; do
        run install_into "$root" install PREFIX="$prefix" DESTDIR="$scratch/stage"
        [ "$status" -ne 0 ]
        [[ "$output" == *"PREFIX must be one word that begins with /: $prefix."* ]]
        [ ! -e "$scratch/stage" ]
    done
}

@test "the installed program finds its plugins, configs and schema" {
    as_user
    [ "$(command -v unroll)" = "$usr/bin/unroll" ]
    run unroll modules layer/mgu
    [[ "$output" == "layer mgu ($usr/lib/unroll/plugins/mgu.so,"* ]]
    run unroll check "$usr"/share/unroll/configs/*.yaml "$usr"/share/unroll/experiments/*.yaml
    [ "$status" -eq 0 ]
    unroll run -q "$usr/share/unroll/configs/starter.yaml" train.epochs=1 model.cell=mgu
    grep -q '"mgu"' "$usr/share/unroll/configs/unroll.schema.json"
    # Editors look for the schema where the config's first line says.
    schemas=$(sed -n 's/.*[$]schema=//p' "$usr"/share/unroll/configs/*.yaml | sort -u)
    [ -n "$schemas" ]
    while read -r schema; do
        python3 -m json.tool "$usr/share/unroll/configs/$schema" > /dev/null
    done <<< "$schemas"
}

@test "a plugin builds outside the tree with the flags of pkg-config" {
    as_user
    sed 's/"scale"/"my_cell"/' "$root/plugins/skeleton.c" > my_cell.c
    # As the header says, word for word.
    cc $(pkg-config --cflags unroll) -shared -fPIC my_cell.c -o my_cell.so
    chmod go-w . my_cell.so
    [ "$(nm -D --defined-only my_cell.so | awk '{ print $3 }')" = unroll_plugin ]
    cat > my_cell.yaml <<'YAML'
data: {set: digits, sequence: rows}
model: {stack: [{lstm: {units: 8}}, {readout: last}, my_cell, dense]}
train: {batch: 32, epochs: 1, optimizer: adam}
YAML
    UNROLL_PLUGINS=$scratch unroll run -q my_cell.yaml
    [ "$(pkg-config --modversion unroll)" = "$(unroll --version | cut -d' ' -f2)" ]
    [ "$(pkg-config --variable=plugindir unroll)" = "$usr/lib/unroll/plugins" ]
}

@test "the header compiles as C11 without extensions; our plugins build without warnings" {
    as_user
    for plugin in "$root"/plugins/*.c; do
        cc $(pkg-config --cflags unroll) -Wall -Wextra -Werror -shared -fPIC -o plugin.so "$plugin"
    done
    cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$usr/include" -shared -fPIC -o plugin.so \
        "$root/plugins/skeleton.c"
    echo '#include "unroll.h"' > "$scratch/twice.c"
    echo '#include "unroll.h"' >> "$scratch/twice.c"
    cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$usr/include" -c -o "$scratch/twice.o" \
        "$scratch/twice.c"
}

@test "the program exports what the header declares, and nothing else" {
    # gcc's own list of what is declared, without what has a body.
    echo '#include "unroll.h"' > "$scratch/list.c"
    gcc -fsyntax-only -I"$usr/include" -aux-info "$scratch/declared" "$scratch/list.c"
    grep -F "$usr/include/unroll.h:" "$scratch/declared" | grep -v '\*/ static ' |
        sed 's/ (.*//; s/.*[ *]//' > "$scratch/names"
    echo recurrent_activation_names >> "$scratch/names" # data
    # Plugins reach this one instead of the C library's, so that an exit is told.
    echo exit >> "$scratch/names"
    sort -u -o "$scratch/names" "$scratch/names"
    [ "$(wc -l < "$scratch/names")" -gt 50 ]
    # What begins with an underscore is the compiler's, what has a version another library's.
    diff "$scratch/names" <(nm -D --defined-only "$usr/bin/unroll" |
        awk '$3 !~ /^_|@/ { print $3 }' | sort)
    run ! grep -E '^(memory_set_handler|matrix_init|file_replace)$' "$scratch/names"
}

@test "the man page has every command and option, and no fault" {
    command -v groff >/dev/null || skip "groff is not installed"
    page=$usr/share/man/man1/unroll.1
    run groff -man -Kutf8 -Tutf8 -ww -z "$page"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    MANWIDTH=200 groff -man -Kutf8 -Tutf8 -P-cbou -rLL=160n "$page" > "$scratch/page"
    for variable in $(grep -rhoE 'getenv\("[A-Z_]+' "$root/src" | cut -d'"' -f2 |
        grep -vx -e HOME -e PATH -e TERM); do
        grep -q "^ *$variable\b" "$scratch/page"
    done
    for command in $("$unroll" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        grep -q "^   unroll $command$" "$scratch/page"
        "$unroll" "$command" --help | sed -n 's/^  \(-[^ ]*\( --[^ ]*\)\?\).*/\1/p' |
            grep -v -e '--help' | while read -r option; do
            sed -n "/^   unroll $command$/,/^   unroll /p" "$scratch/page" |
                grep -qF -- "$option" || { echo "$command: $option" >&3; false; }
        done
    done
}

# offers WORD...: what bash would offer for the last one.
offers() {
    bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _unroll
        printf "%s\n" "${COMPREPLY[@]}"' "$usr/share/bash-completion/completions/unroll" "$@" |
        sort | paste -sd' '
}

@test "bash completes commands, options, choices, files and what is in the store" {
    shellcheck -s bash "$usr/share/bash-completion/completions/unroll"
    as_user
    [ "$(offers unroll co)" = compare ]
    [ "$(offers unroll run --che)" = --checkpoint ]
    [ "$(offers unroll batch --format "")" = "csv json latex markdown text" ]
    [ "$(offers unroll batch --format = j)" = json ]
    [ -z "$(offers unroll run --threads "")" ]
    [[ " $(offers unroll modules l) " == *" layer "*" lstm "* ]]
    mkdir folder
    touch "a file.yaml" other.txt
    [ "$(offers unroll run "")" = "a file.yaml folder" ]
    [ "$(offers unroll run --data "")" = folder ]
    [ "$(offers unroll compare "")" = "" ]
    cat > two.yaml <<YAML
base: $usr/share/unroll/configs/starter.yaml
seeds: 1
variants: {a: {train.epochs: 1}, b: {train.epochs: 1, model.units: 8}}
compare: {metric: test.accuracy, baseline: a}
YAML
    unroll batch two.yaml --store other.db
    [ "$(offers unroll compare --store other.db t)" = two ]
    [ "$(offers unroll predict --store other.db "" | wc -w)" -eq 2 ]
    [ -z "$(offers unroll predict "")" ]
    [ ! -e runs ]
}

@test "the walk-through of plugins/README.md does what it says" {
    as_user
    run python3 "$BATS_TEST_DIRNAME/walk_through.py" "$root/plugins/README.md" "$scratch"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *" files written, "*" commands run" ]]
}
