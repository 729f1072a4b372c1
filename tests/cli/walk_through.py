#!/usr/bin/env python3
"""Does what a walk-through says: walk_through.py DOCUMENT FOLDER

Of the Markdown DOCUMENT, a block whose first line is a comment with a file's name (/* smooth.c */,
# smooth.yaml) is written to that file in FOLDER. In a block called `console`, lines that begin with
"$ " are run there, one after the other, and what they print (both streams) must be the lines below;
"..." stands for any lines. Figures with a decimal point and ids of runs are not compared. Lines that
end with a backslash go on. Exit status 1 with the first difference.
"""
import os
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^(?:/\* |# )([\w.-]+\.\w+)(?: \*/)?$")


def plain(text, folder):
    """Without what differs from machine to machine."""
    text = text.replace(os.path.realpath(folder), "~").replace(folder, "~")
    text = re.sub(r"\b[0-9a-f]{12}\b", "ID", text)
    text = re.sub(r"-?\d+\.\d+(e[-+]?\d+)?|\d\.?\d*e[-+]\d+", "FIGURE", text)
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]


def agrees(expected, printed):
    """Whether the lines PRINTED are EXPECTED, in which "..." stands for any lines."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(agrees(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and agrees(expected[1:], printed[1:])


def commands_of(block):
    """Pairs of a command and what it should print."""
    pairs = []
    continues = False
    for line in block.splitlines():
        if line.startswith("$ "):
            pairs.append([line[2:], ""])
        elif continues:
            pairs[-1][0] += "\n" + line
        else:
            pairs[-1][1] += line + "\n"
        continues = line.endswith("\\") and (line.startswith("$ ") or continues)
    return pairs


def run(command, expected, folder):
    process = subprocess.run(["bash", "-c", command], cwd=folder, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False)
    if agrees(plain(expected, folder), plain(process.stdout, folder)):
        return
    sys.exit(f"$ {command}\nshould print:\n{expected}\nbut printed:\n{process.stdout}")


def main(document, folder):
    os.umask(0o022)
    with open(document, encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    files = count = 0
    for language, block in blocks:
        if language == "console":
            for command, expected in commands_of(block):
                run(command, expected, folder)
                count += 1
            continue
        name = NAME.match(block.split("\n", 1)[0])
        if not name:
            sys.exit(f"{document}: a block of {language} without a name:\n{block}")
        with open(os.path.join(folder, name[1]), "w", encoding="utf-8") as file:
            file.write(block)
        files += 1
    print(f"{files} files written, {count} commands run")


main(*sys.argv[1:])
