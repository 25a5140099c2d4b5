# SPDX-License-Identifier: BSD-2-Clause
"""Holds the tree to the map of rooms in docs/CONTRIBUTING.md.

usage: rooms_check.py TREE

A room is a folder with source files; its row in the map says which other rooms and which third-party headers it may
include.  Nothing includes what its row does not name, rooms form no circle, and within ws_client/ no two files do.  A
room without a row, a row without a room, a permission that nothing uses, a crowded folder and a long file fail as well.
That each of these is noticed is tried on copies of the tree that were spoilt on purpose.
"""
import os
import posixpath
import re
import sys

MAP = "docs/CONTRIBUTING.md"
SOURCES = (".c", ".h", ".sh", ".py", ".js")
FILES_PER_FOLDER = 16
LINES_PER_FILE = 470
# Whatever is written for one purpose only may include what it tests; what it weighs is still looked at.
FREE = "tests/"
GENERATED = {"keys.skel.h", "probe.skel.h", "sends.skel.h", "stages.skel.h", "vmlinux.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
C_LIBRARY = re.compile(
    r"(sys|linux|net|netinet|arpa)/|(assert|ctype|dirent|dlfcn|elf|endian|errno|fcntl|getopt|grp|ifaddrs|inttypes|limits"
    r"|locale|math|netdb|poll|pthread|pwd|sched|signal|std\w+|string|strings|termios|threads|time|ucontext|unistd)\.h$")


def read_tree(top):
    """Every file by its path from the top; the text of source files and of the map, nothing of others."""
    files = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name == ".ci" or not name.startswith((".", "build"))]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            files[path] = ""
            if path.endswith(SOURCES) or path == MAP:
                with open(os.path.join(top, path), encoding="utf-8") as file:
                    files[path] = file.read()
    return files


def room_of(path):
    return posixpath.dirname(path) + "/"


def read_map(text):
    """Of each row of the map: the rooms it may include, and what third-party headers' names begin with."""
    rooms = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            names = [re.findall(r"`([^`]+)`", cell) for cell in cells]
            rooms[names[0][0]] = (set(names[2]), tuple(names[3]))
    return rooms


def includes(files):
    """(file, included file of ours or None, the name as it stands) for every include of every C file."""
    for path, text in files.items():
        if path.endswith((".c", ".h")):
            for quote, name in INCLUDE.findall(text):
                beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
                places = (beside, name, "include/" + name) if quote == '"' else ("include/" + name,)
                ours = [at for at in places if at in files]
                if quote == '"' or ours or not C_LIBRARY.match(name):
                    yield path, ours[0] if ours else None, name


def circle(arrows):
    """The names on one circle of the arrows (a dict of sets), or None."""
    state = {}

    def walk(at, way):
        state[at] = "open"
        for to in sorted(arrows.get(at, ())):
            if state.get(to) == "open":
                return way[way.index(to):] + [to]
            if to not in state:
                found = walk(to, way + [to])
                if found:
                    return found
        state[at] = "done"
        return None

    for start in sorted(arrows):
        found = start not in state and walk(start, [start])
        if found:
            return found
    return None


def check_includes(files, rooms):
    room_arrows, file_arrows = {}, {}
    for path, ours, name in includes(files):
        here = room_of(path)
        if here.startswith(FREE) or name in GENERATED:
            continue
        allowed, third_party = rooms.get(here, (set(), ()))
        if not ours:
            if not name.startswith(third_party or "\0"):
                yield f"{path}: <{name}> is a third party's, and the row of {here} does not allow it"
            continue
        there = room_of(ours)
        if there != here:
            room_arrows.setdefault(here, set()).add(there)
            if there not in allowed:
                yield f"{path}: includes {ours}, and the row of {here} does not allow {there}"
        # A .c file and its header are one.
        of, to = os.path.splitext(path)[0], os.path.splitext(ours)[0]
        if of != to and of.startswith("ws_client/") and to.startswith("ws_client/"):
            file_arrows.setdefault(of, set()).add(to)
    for room, (allowed, _) in rooms.items():
        for other in sorted(allowed - room_arrows.get(room, set())):
            yield f"{room}: its row allows {other}, and nothing there includes it"
    for what, arrows in (("rooms", room_arrows), ("files of ws_client", file_arrows)):
        found = circle(arrows)
        if found:
            yield f"{what} include each other in a circle: {' -> '.join(found)}"


def check_folders(files, rooms):
    counts = {}
    for path in files:
        if path.endswith(SOURCES):
            counts[room_of(path)] = counts.get(room_of(path), 0) + 1
    for room, count in sorted(counts.items()):
        if count > FILES_PER_FOLDER:
            yield f"{room}: {count} source files; it should become rooms, of at most {FILES_PER_FOLDER}"
        if room not in rooms and not room.startswith(FREE) and room != "/":
            yield f"{room}: has no row in {MAP}"
    for room in rooms:
        if not any(path.startswith(room) for path in files):
            yield f"{room}: has a row in {MAP}, and is not there"


def check_lengths(files):
    for path, text in files.items():
        line_count = text.count("\n")
        if path.endswith((".c", ".h")) and line_count > LINES_PER_FILE:
            yield f"{path}: {line_count} lines; at most {LINES_PER_FILE} are read as one subject"


def check(files):
    rooms = read_map(files[MAP])
    return [*check_includes(files, rooms), *check_folders(files, rooms), *check_lengths(files)]


def spoilt(files):
    """(the only complaint that is due, the spoilt copy): one for each thing that is to be noticed."""

    def copy(changes):
        return {**files, **changes}

    def added(path, line):
        return {path: files[path] + line + "\n"}

    def allowing(of, to):
        row = next(line for line in files[MAP].splitlines() if line.startswith(f"| `{of}`"))
        cells = row.split("|")
        cells[3] += f"`{to}` "
        return {MAP: files[MAP].replace(row, "|".join(cells))}

    yield "does not allow feed/", copy(added("wire/utf8.c", '#include "feed/venue.h"'))
    yield "does not allow it", copy(added("wire/utf8.h", "#include <openssl/ssl.h>"))
    yield "rooms include each other in a circle", copy({
        **added("shm/segment/bus_file.h", '#include "shm/lanes/bus_lane.h"'),
        **allowing("shm/segment/", "shm/lanes/")})
    yield "files of ws_client include each other in a circle", copy({
        "ws_client/tell/one.h": '#include "two.h"\n', "ws_client/tell/two.c": '#include "one.h"\n',
        "ws_client/tell/two.h": ""})
    yield "attic/: has no row", copy({"attic/old.c": ""})
    yield "gone/: has a row", copy(added(MAP, "| `gone/` |  |  |  |"))
    yield "nothing there includes it", copy(allowing("feed/", "wire/"))
    yield "source files; it should", copy({f"wire/more_{i}.c": "" for i in range(FILES_PER_FOLDER)})
    yield "lines; at most", copy({"wire/utf8.c": files["wire/utf8.c"] + "\n" * LINES_PER_FILE})


def main():
    files = read_tree(sys.argv[1])
    complaints = check(files)
    for complaint in complaints:
        print(complaint)
    if complaints:
        return 1
    for due, copy in spoilt(files):
        found = check(copy)
        if len(found) != 1 or due not in found[0]:
            print(f"a tree spoilt so that '{due}' is due was answered: {found}")
            return 1
        print("noticed:", found[0])
    print(f"{len(read_map(files[MAP]))} rooms: as the map says")
    return 0


sys.exit(main())
