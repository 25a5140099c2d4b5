# SPDX-License-Identifier: BSD-2-Clause
"""Compares the defaults that --help (standard input) tells with those of a manual page.

usage: manual_check.py PAGE <HELP

The default that one names stands in what the other says of the option.  A default is what follows "default", or stands
before "(default)", "if not given" or "by default"; what counts of it is its number, or else one word.  Options that all
programs share are explained once: they are left out.
"""
import re
import sys

SHARED = {"--bus", "--bus-group", "--duration", "--verbose", "--help", "--version"}
AFTER = re.compile(r"\bdefault:? (?:is )?([^;,()]+)")
BEFORE = re.compile(r"((?:[^\s;()]+ ){0,7}[^\s;()]+?)(?: \(default\)|,? if not given| by default)")


def options_of_help(lines):
    options, name = {}, None
    for line in lines:
        found = re.match(r" {2}(?:-\w, | {4})?(--[a-z0-9-]+|-\w )(.{0,40}?)(?: {2,}|$)(.*)", line)
        if found and not line.startswith(" " * 20):
            name = found.group(1).strip()
            options[name] = found.group(3)
        elif name and line.startswith(" " * 20):
            options[name] += " " + line.strip()
        else:
            name = None
    return options


def plain(text):
    return re.sub(r"\\f.|\\&", "", text).replace("\\-", "-").replace("\\(aq", "'")


def options_of_page(lines):
    options, names, is_heading = {}, [], False
    for line in lines:
        if line.startswith((".TP", ".SH")):
            names, is_heading = [], line.startswith(".TP")
        elif is_heading:
            names, is_heading = re.findall(r"--[a-z0-9-]+", plain(line)), False
            options.update({name: "" for name in names})
        else:
            for name in names:
                options[name] += " " + re.sub(r"^\.[A-Z]+ ", "", plain(line)).strip()
    return options


def defaults_of(text):
    text = re.sub(r"\s+", " ", text)
    return ([(numbers_of(found) or longest(found))[0] for found in AFTER.findall(text)] +
            [(numbers_of(found) or words_of(found))[-1] for found in BEFORE.findall(text)])


def numbers_of(text):
    return re.findall(r"\d[\d.:]*\d|\d", text.replace(",", ""))


def words_of(text):
    return re.findall(r"[\w']+", text.lower())


def longest(text):
    return [max(words_of(text), key=len)]


def missing(defaults, text):
    """Those of which the other text says nothing."""
    text = re.sub(r"\s+", " ", text).lower().replace(",", "")
    return [default for default in defaults if default not in text]


def main():
    told = options_of_help(sys.stdin.read().splitlines())
    page = options_of_page(open(sys.argv[1]).read().splitlines())
    bad = 0
    for name in sorted((set(told) & set(page)) - SHARED):
        for where, other, text in (("--help", told[name], page[name]), ("the page", page[name], told[name])):
            for default in missing(defaults_of(other), text):
                print(f"{name}: only {where} has the default {default}")
                bad += 1
    sys.exit(1 if bad or not told else 0)


main()
