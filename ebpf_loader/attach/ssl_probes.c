/* SPDX-License-Identifier: BSD-2-Clause */
#include "ssl_probes.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "probe.skel.h"

void ssl_probes_choose(const struct probe *skeleton, bool has_ssl)
{
	struct bpf_program *const programs[] = {
		skeleton->progs.ssl_read_enter, skeleton->progs.ssl_read_ex_enter,
		skeleton->progs.ssl_peek_enter, skeleton->progs.ssl_peek_ex_enter,
		skeleton->progs.ssl_leave,	skeleton->progs.ssl_renew,
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		(void)bpf_program__set_autoload(programs[i], has_ssl);
}

/* Can a program ask which of its links it runs for?  Kernels from 5.15 on. */
static bool can_tell_links(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_get_attach_cookie, NULL) == 1;
}

void ssl_probes_configure(const struct ssl_target *target, struct probe_config *config)
{
	const struct probe_ssl_layout *first = &config->ssl_layouts[0];
	bool is_told_apart = target->library_count <= 1 || can_tell_links();

	config->has_ssl = true;
	config->has_ssl_links = is_told_apart && target->library_count > 1;
	for (uint32_t i = 0; i < target->library_count; i++)
		config->ssl_layouts[i] = target->libraries[i].layout;
	/* Who cannot tell them apart goes by what holds for all of them. */
	for (uint32_t i = 1; i < target->library_count && !is_told_apart; i++)
		if (memcmp(first, &config->ssl_layouts[i], sizeof(*first)) != 0)
			memset(config->ssl_layouts, 0, sizeof(config->ssl_layouts));
}

struct placement {
	const struct probe *skeleton;
	const struct ssl_target *target;
	const struct ssl_library *library;
	uint64_t number; /* of the library, if the program can ask for it */
};

static int attach_half(const struct placement *placement, const struct bpf_program *program,
		       uint64_t offset, bool is_return, struct bpf_link **link)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = is_return,
		    .bpf_cookie = placement->number);
	int pid = placement->target->pid ? (int)placement->target->pid : -1;

	*link = bpf_program__attach_uprobe_opts(program, pid, placement->library->path, offset,
						&options);
	return *link ? 0 : -errno;
}

/* SSL_read(), or an error.  Of the others a library may lack some, as other versions do. */
static int attach_library(const struct placement *placement, struct bpf_link **links)
{
	const struct probe *skeleton = placement->skeleton;
	const struct bpf_program *const entries[SSL_FUNCTION_COUNT] = {
		[SSL_FUNCTION_READ] = skeleton->progs.ssl_read_enter,
		[SSL_FUNCTION_READ_EX] = skeleton->progs.ssl_read_ex_enter,
		[SSL_FUNCTION_PEEK] = skeleton->progs.ssl_peek_enter,
		[SSL_FUNCTION_PEEK_EX] = skeleton->progs.ssl_peek_ex_enter,
	};

	for (int i = 0; i < SSL_FUNCTION_COUNT; i++) {
		uint64_t offset = placement->library->offsets[i];
		const struct bpf_program *entry = entries[i] ? entries[i]
							     : skeleton->progs.ssl_renew;
		int err = 0;

		if (!offset)
			continue;
		if (entries[i])
			err = attach_half(placement, skeleton->progs.ssl_leave, offset, true,
					  &links[2 * i]);
		if (!err)
			err = attach_half(placement, entry, offset, false, &links[2 * i + 1]);
		if (err)
			return err;
	}
	return 0;
}

int ssl_probes_attach(const struct probe *skeleton, const struct ssl_target *target,
		      struct bpf_link **links, const struct ssl_library **ret_failed)
{
	bool can_number = skeleton->rodata->probe_settings.has_ssl_links;

	for (uint32_t i = 0; i < target->library_count; i++) {
		const struct placement placement = {
			.skeleton = skeleton,
			.target = target,
			.library = &target->libraries[i],
			.number = can_number ? i : 0,
		};
		int err = attach_library(&placement, &links[2 * SSL_FUNCTION_COUNT * i]);

		if (err) {
			*ret_failed = placement.library;
			return err;
		}
	}
	return 0;
}
