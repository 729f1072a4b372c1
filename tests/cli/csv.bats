#!/usr/bin/env bats
# Series from CSV files, by the plugin csv, through the whole command line.
load helper

# Writes a config for $scratch/train.csv, its parameters behind the path in $1, with test.csv.
write_config() {
    cat > "$scratch/series.yaml" <<YAML
data:
  set: {csv: {path: train.csv, test: test.csv, label: kind${1:+, $1}}}
  scale: standard
model: {cell: bilstm, units: 4}
train: {batch: 3, steps: 4, optimizer: {adam: {rate: 1e-2}}}
YAML
}

write_steps() {
    printf '%s\n' 'id,x,y,kind' a,1,2,up b,4,3,down a,2,3,up c,3,1,up b,3,2,down d,9,8,down \
        b,1,1,down > "$scratch/train.csv"
    printf '%s\n' 'id,x,y,kind' a,1,3,up b,7,3,down b,5,3,down > "$scratch/test.csv"
}

@test "the example learns more than always saying the same" {
    run "$unroll" run "$root/configs/liver.yaml"
    echo "$output"
    [ "$status" -eq 0 ]
    accuracy=$(sed -n 's/.*final test .*accuracy \([0-9]*\).* of 103$/\1/p' <<< "$output")
    [ "$accuracy" -ge 65 ] # the larger class is 55 % of the series
}

@test "series are trained on, shown, predicted and verified" {
    write_steps
    write_config "id: id"
    id=$("$unroll" run -q "$scratch/series.yaml")
    "$unroll" show "$id" | grep -q "csv"
    run -0 "$unroll" predict "$id" --format csv
    echo "$output"
    [ "${lines[0]}" = example,label,predicted,probability,right ]
    [[ "${lines[1]}" =~ ^a,up,(up|down),0\. && "${lines[2]}" =~ ^b,down,(up|down),0\. ]]
    [ "${#lines[@]}" -eq 3 ]
    run -0 "$unroll" predict "$id" --first 0 --format csv
    [ "${lines[0]}" = label,predicted_down,predicted_up,recall ]
    [[ "${lines[1]}" == down,* && "${lines[2]}" == up,* ]]
    run -0 "$unroll" verify -q "$id"
    [[ "$output" == "identical: "*" 2 predictions"* ]]
}

@test "files that have moved are named for predict and verify; others are refused" {
    write_steps
    write_config "id: id"
    id=$("$unroll" run -q "$scratch/series.yaml")
    "$unroll" predict "$id" > "$scratch/before"
    mv "$scratch/train.csv" "$scratch/moved.csv"
    run -4 "$unroll" predict "$id"
    cd "$scratch"
    "$unroll" predict "$id" data.set.csv.path=moved.csv > after
    cmp before after
    run -0 "$unroll" verify -q "$id" "data.set.csv.path=$scratch/moved.csv"
    [[ "$output" == "identical: "* ]]
    run -2 "$unroll" predict "$id" data.set.csv.path=moved.csv data.set.csv.inputs=[y]
    [[ "$output" == *"data.set.csv.path=moved.csv ...: run $id was trained otherwise; "* ]]
    run -2 "$unroll" verify "$id" moved.csv
    [[ "$output" == *"moved.csv"*"key.path=value"* ]]
    run -2 "$unroll" predict
    [[ "$output" == *"predict needs a run"* ]]
    sed 's/^a,1/a,7/' moved.csv > train.csv
    for command in predict verify; do
        run -4 "$unroll" "$command" "$id"
        echo "$output"
        [[ "$output" == *"data set csv is not the one"*" elsewhere: data.set.csv.path=$PWD/train.csv, data.set.csv.test=$PWD/test.csv" ]]
    done
}

@test "a file is not both training and test" {
    write_steps
    write_config "id: id"
    ln "$scratch/train.csv" "$scratch/twin.csv"
    run -4 "$unroll" run -q "$scratch/series.yaml" data.set.csv.test="$scratch/twin.csv"
    [[ "$output" == *"twin.csv: \`path\` and \`test\` are the same file; "* ]]
}

@test "columns that are chosen make another run, another place of the file the same" {
    write_steps
    write_config "id: id"
    "$unroll" run -q "$scratch/series.yaml"
    mkdir "$scratch/elsewhere"
    mv "$scratch"/*.csv "$scratch/series.yaml" "$scratch/elsewhere"
    run "$unroll" run "$scratch/elsewhere/series.yaml"
    [[ "$output" == *"done already"* || "$output" == *"already done"* ]]
    "$unroll" run -q "$scratch/elsewhere/series.yaml" 'data.set.csv.inputs=[y]'
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from runs')" -eq 2 ]
}

@test "a row can be a series" {
    printf '%s\n' 'kind;t1;t2;t3' 'up;1;2;3' 'down;3;2' 'up;2;;' > "$scratch/train.csv"
    printf '%s\n' 'kind;t1;t2;t3;t4' 'down;4;3;2;1' > "$scratch/test.csv"
    write_config 'layout: series, separator: ";"'
    "$unroll" run -q "$scratch/series.yaml"
}

@test "a bad cell is named by file, line and column, with status 4" {
    write_steps
    write_config "id: id"
    sed -i '4s/3/n.a./' "$scratch/train.csv"
    run "$unroll" run -q "$scratch/series.yaml"
    echo "$output"
    [ "$status" -eq 4 ]
    [[ "$output" == *"train.csv:4:3: y: expected a number, found \`n.a.\`"* ]]
}

@test "parameters that lack something are an error in the config" {
    write_config
    run "$unroll" check "$scratch/series.yaml"
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"series.yaml:2:9: error: data.set.csv"*"needs \`id\`"* ]]
}
