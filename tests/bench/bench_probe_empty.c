/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_probe_empty OBJECT kprobe|fentry: attaches the empty programs of that
 * kind, says so on stderr, and keeps them until it is stopped.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "prof/cli.h"

static bool is_of_kind(const struct bpf_program *program, const char *kind)
{
	/* kprobe_empty and kretprobe_empty, fentry_empty and fexit_empty */
	return bpf_program__name(program)[0] == kind[0];
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;

	if (argc != 3)
		return PROF_EXIT_USAGE;
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return PROF_EXIT_FAILED;
	bpf_object__for_each_program(program, object)(void)
		bpf_program__set_autoload(program, is_of_kind(program, argv[2]));
	if (bpf_object__load(object))
		return PROF_EXIT_FAILED;
	bpf_object__for_each_program(
		program, object) if (bpf_program__autoload(program) &&
				     !bpf_program__attach(program)) return PROF_EXIT_FAILED;
	(void)fprintf(stderr, "bench_probe_empty: attached by %s\n", argv[2]);
	(void)pause(); /* the kernel takes them off when we end */
	return PROF_EXIT_OK;
}
