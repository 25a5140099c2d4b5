/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "prof/bus.h"

struct prof_bus_words prof_bus_explain(int err)
{
	static const struct {
		int err;
		struct prof_bus_words words;
	} table[] = {
		{ -ENOENT,
		  { "there is no such bus",
		    "start a producer first (websocket_client, ebpf_loader, dpdk_capture), "
		    "or name another one with --bus" } },
		{ -EEXIST,
		  { "a running program uses that bus",
		    "stop it, or choose another name with --bus" } },
		{ -EINVAL,
		  { "the bus's name or one of its sizes is not valid",
		    "a name is a slash and at most 254 characters without one" } },
		{ -EPROTO,
		  { "the file of that name in /dev/shm is not a bus, or is damaged",
		    "remove it with bus_stat --unlink, or choose another name with --bus" } },
		{ -EPROTONOSUPPORT,
		  { "the bus was made by another version of the profiler",
		    "stop all its programs and start them again from one build" } },
		{ -ESTALE,
		  { "the bus, or what was looked up in it, is out of date",
		    "remove it with bus_stat --unlink" } },
		{ -EACCES,
		  { "the bus belongs to another user, or its file is open to everybody",
		    "run as that user, or share it by group: start its first program with --bus-group" } },
		{ -EPERM,
		  { "the bus belongs to another user", "ask its owner to remove it, or choose "
						       "another name with --bus" } },
		{ -ENOSPC,
		  { "no place is left on the bus: every lane, consumer or table entry is in use",
		    "stop a program that is attached; bus_stat shows which are" } },
		{ -ENOMEM,
		  { "not enough memory, or /dev/shm is full",
		    "free memory, enlarge /dev/shm, or use fewer or shorter lanes" } },
		{ -EIO,
		  { "the bus's file was cut short while it was in use",
		    "restart all programs of the bus; find out who can write to it" } },
		{ -ENOTSUP,
		  { "this machine's memory pages are not 4,096 bytes", "use a 4 KiB kernel" } },
		{ -ETIMEDOUT,
		  { "another program holds the registry of the bus and does not go on",
		    "continue or end it; bus_stat shows who is attached" } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == err)
			return table[i].words;
	return (struct prof_bus_words){ strerror(err < 0 ? -err : err), NULL };
}
