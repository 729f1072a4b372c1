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
    (umask 077; install_into "$root" all) > "$BATS_FILE_TMPDIR/log" 2>&1
    listing > "$BATS_FILE_TMPDIR/before"
    (umask 077; install_into "$root" install) >> "$BATS_FILE_TMPDIR/log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/log"
        return 1
    }
}

# install_into ROOT TARGET [SETTING...]
install_into() {
    env -u MAKEFLAGS -u MFLAGS make --no-print-directory -C "$1" BUILD="$made" VARIANT="$variant" \
        PREFIX="$usr" "${@:2}"
}

# What was built, and when.
listing() {
    find "$made" -printf '%p %i %T@ %C@\n' | sort
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
        share/unroll/experiments/digits-sweep.yaml share/unroll/experiment.schema.json \
        share/unroll/experiments/experiment.schema.json lib/unroll/plugins/mgu.so \
        share/unroll/plugins/README.md share/doc/unroll/README.md; do
        [ -s "$file" ]
    done
    for plugin in "$root"/plugins/*.c; do
        name=$(basename "$plugin" .c)
        [ "$name" = skeleton ] || [ -s "lib/unroll/plugins/$name.so" ]
        cmp "$plugin" "share/unroll/plugins/${plugin##*/}"
    done
    [ ! -e lib/unroll/plugins/skeleton.so ] # its module would be in the way of copies
    [ -z "$(find . -type d ! -perm 755)" ]
    [ -z "$(find bin lib/unroll -type f ! -perm 755)" ]
    [ -z "$(find include share lib/pkgconfig -type f ! -perm 644)" ]
    run ! grep -rI "$made" .
    # What its documents refer to is there, but for what is about the sources.
    for folder in share/doc/unroll share/doc/unroll/plugins; do
        while read -r target; do
            [ -e "$folder/$target" ] || { echo "$folder: $target" >&3; false; }
        done < <(grep -oP '\]\(\K[^):]+' "$folder/README.md" | grep -v -e ^tests/ -e ^src/)
    done
}

@test "what make has built, make install takes as it is" {
    diff "$BATS_FILE_TMPDIR/before" <(listing)
    install_into "$root" install DESTDIR="$scratch/stage"
    diff "$BATS_FILE_TMPDIR/before" <(listing)
}

# A copy of what the sources are installed from, with files that are none of them.
copy_with_private_files() {
    mkdir "$scratch/tree"
    cp -a "$root"/{Makefile,README.md,configs,experiments,plugins,src,tests} "$scratch/tree"
    ! type git > /dev/null || [ "$1" != git ] || {
        git -C "$scratch/tree" init -q
        git -C "$scratch/tree" add .
        echo 'seed: 1' > "$scratch/tree/configs/mine.yaml"
    }
    for name in starter.yaml~ .starter.yaml.swp '#starter.yaml#' 'my own.yaml' 'a b.txt' .env; do
        echo 'seed: 1' > "$scratch/tree/configs/$name"
    done
    mkdir "$scratch/tree/experiments/my results"
    echo 'seed: 1' > "$scratch/tree/experiments/my results/b.yaml"
}

@test "private files beside the examples are not installed, with git and without" {
    for how in git archive; do
        copy_with_private_files $how
        install_into "$scratch/tree" install DESTDIR="$scratch/stage"
        diff <(cd "$usr" && find . | sort) <(cd "$scratch/stage$usr" && find . | sort)
        install_into "$scratch/tree" uninstall DESTDIR="$scratch/stage"
        [ ! -e "$scratch/stage$usr/share/unroll" ]
        rm -rf "$scratch/tree" "$scratch/stage"
    done
}

@test "nothing is written where something is missing" {
    type git > /dev/null || skip "git is not installed"
    copy_with_private_files git
    rm "$scratch/tree/configs/starter.yaml"
    run install_into "$scratch/tree" install DESTDIR="$scratch/stage"
    [ "$status" -ne 0 ]
    [[ "$output" == *"install: configs/starter.yaml cannot be read; nothing was installed"* ]]
    [ ! -e "$scratch/stage" ]
}

@test "uninstall removes all of it, and nothing of others" {
    install_into "$root" install DESTDIR="$scratch/stage"
    diff <(cd "$usr" && find . | sort) <(cd "$scratch/stage$usr" && find . | sort)
    install_into "$root" uninstall DESTDIR="$scratch/stage"
    [ -z "$(find "$scratch/stage" ! -type d)" ]
    [ ! -e "$scratch/stage$usr/lib/unroll" ]
    [ ! -e "$scratch/stage$usr/share/unroll" ]
    [ ! -e "$scratch/stage$usr/share/doc/unroll" ]
    install_into "$root" install DESTDIR="$scratch/stage"
    touch "$scratch/stage$usr/lib/unroll/plugins/mine.so"
    install_into "$root" uninstall DESTDIR="$scratch/stage"
    [ "$(find "$scratch/stage" ! -type d)" = "$scratch/stage$usr/lib/unroll/plugins/mine.so" ]
    [ "$(install_into "$root" uninstall DESTDIR="$scratch/none")" = \
        "nothing is installed in $scratch/none$usr" ]
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
    # Editors look for the schema where the file's first line says.
    for folder in configs experiments; do
        schemas=$(sed -n 's/.*[$]schema=//p' "$usr/share/unroll/$folder"/*.yaml | sort -u)
        [ -n "$schemas" ]
        while read -r schema; do
            python3 -m json.tool "$usr/share/unroll/$folder/$schema" > /dev/null
        done <<< "$schemas"
    done
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
    echo unroll_recurrent_activation_names >> "$scratch/names" # data
    # Plugins reach these instead of the C library's, so that an exit is told.
    printf '%s\n' exit quick_exit >> "$scratch/names"
    sort -u -o "$scratch/names" "$scratch/names"
    [ "$(wc -l < "$scratch/names")" -gt 40 ]
    run ! grep -vx -e 'unroll_.*' -e exit -e quick_exit "$scratch/names"
    # What begins with an underscore is the compiler's, what has a version another library's.
    diff "$scratch/names" <(nm -D --defined-only "$usr/bin/unroll" |
        awk '$3 !~ /^_|@/ { print $3 }' | sort)
    run ! grep -E '^unroll_(memory_set_handler|matrix_init|file_replace|file_map_open|parts_enter)$' \
        "$scratch/names"
}

@test "a library that a plugin links keeps its own functions, whatever the program's are called" {
    as_user
    # Each of the program's names, with and without the prefix, as a library might have it.
    nm -D --defined-only "$usr/bin/unroll" | sed -n 's/.* [TD] unroll_//p' > names
    [ -s names ]
    sed 's/.*/int &(int x) { return x + 1; }/' names > other.c
    { echo 'int other(void); int other(void) { int sum = 0;'; sed 's/.*/sum += &(1);/' names
        echo 'return sum; }'; } >> other.c
    cc -w -fno-builtin -shared -fPIC -o libother.so other.c
    cat > third.c <<'C'
#include "unroll.h"
#include <stdio.h>
int other(void);
static double factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params, (void)state;
    if (time->step == 0)
        fprintf(stderr, "answer %d\n", other());
    return 1;
}
static const struct schedule third = {
    .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 1, .name = "third",
               .summary = "Uses a library."},
    .factor = factor,
};
UNROLL_PLUGIN(&third.module);
C
    mkdir plugins
    cc $(pkg-config --cflags unroll) -shared -fPIC third.c -o plugins/third.so -L. -lother \
        -Wl,-rpath,"$scratch"
    chmod go-w . plugins plugins/third.so libother.so
    echo "base: $usr/share/unroll/configs/starter.yaml" > third.yaml
    run unroll run -q third.yaml train.epochs=1 train.schedule=third --plugin-dir plugins
    [ "$status" -eq 0 ]
    [[ "$output" == *"answer $((2 * $(wc -l < names)))"* ]]
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
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS 'EXIT STATUS' ENVIRONMENT FILES PLUGINS; do
        grep -qx "$section" "$scratch/page"
    done
    grep -q '^ *--version' "$scratch/page"
    for file in $(sed -n '/^FILES$/,/^PLUGINS$/p' "$scratch/page" | grep -o "$usr/[^ ]*"); do
        [ -e "$file" ]
        echo "$file"
    done > "$scratch/files"
    [ "$(wc -l < "$scratch/files")" -ge 6 ]
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
    sed 's/"scale"/"scale2_x"/' "$root/plugins/skeleton.c" > "$scratch/own.c"
    plugin "$scratch/own.c" "$scratch/plugins/own.so"
    as_user
    [ "$(offers unroll co)" = compare ]
    [ "$(offers unroll he)" = help ]
    [ "$(offers unroll help co)" = compare ]
    [ -z "$(offers unroll help compare co)" ]
    [ "$(offers unroll run --che)" = --checkpoint ]
    [ "$(offers unroll batch --format "")" = "csv json latex markdown text" ]
    [ "$(offers unroll batch --format = j)" = json ]
    [ -z "$(offers unroll run --threads "")" ]
    [[ " $(offers unroll modules l) " == *" layer "*" lstm "* ]]
    [ "$(offers unroll modules layer/m)" = layer/mgu ]
    [ "$(offers unroll modules --plugin-dir = plugins layer/scale2)" = layer/scale2_x ]
    rm -r plugins own.c
    [ "$(offers unroll list --state "")" = "diverged done failed interrupted queued running" ]
    [ "$(offers unroll fetch f)" = fashion-mnist ]
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
    [ "$(offers unroll compare --store = other.db t)" = two ]
    [ "$(offers unroll compare --store=other.db t)" = two ]
    [ "$(offers unroll compare --store '~/other.db' t)" = two ]
    [ "$(offers unroll predict --store other.db "" | wc -w)" -eq 2 ]
    id=$(unroll list --store other.db --format csv | sed -n '2s/,.*//p')
    [ "$(offers unroll diff --store other.db "" | wc -w)" -gt 2 ]
    [ "$(offers unroll diff --store other.db two.yaml "$id")" = "$id" ]
    [ -z "$(offers unroll predict "")" ]
    [ ! -e runs ]
}

@test "the walk-through of plugins/README.md does what it says" {
    as_user
    run python3 "$BATS_TEST_DIRNAME/walk_through.py" "$root/plugins/README.md" "$scratch"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *" files written, "*" commands run" ]]
    # "Twenty lines": of the first plugin, without comments, blank lines and lines of a brace.
    awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' "$root/plugins/README.md" |
        grep -vE '^(/\*.*\*/)?[{};]*$' > "$scratch/lines"
    [ "$(wc -l < "$scratch/lines")" -gt 10 ]
    [ "$(wc -l < "$scratch/lines")" -lt 20 ]
}
