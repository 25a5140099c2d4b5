/* SPDX-License-Identifier: BSD-2-Clause */
/* dpdk_capture: stamps TCP segments at the network interface and publishes them. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/adapter.h"
#include "adapter/survey.h"
#include "capture.h"
#include "config.h"
#include "dpdk_capture/clock/clock_pair.h"
#include "eal.h"
#include "prof/clock.h"

#define PROGRAM "dpdk_capture"

/* What --write keeps unless told otherwise: 1 GiB in all. */
#define WRITE_MIB_DEFAULT	 64
#define WRITE_PART_COUNT_DEFAULT 16

/* What the handler can reach; it has no context of its own. */
static volatile sig_atomic_t is_stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	/* None of these can fail with valid numbers. */
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

static int complain(const struct fault *fault)
{
	prof_complain(PROGRAM, fault->what, fault->why, fault->remedy);
	return PROF_EXIT_FAILED;
}

static int complain_of_bus(const struct config *config, int err)
{
	struct prof_bus_words words = prof_bus_explain(err);

	prof_complain(PROGRAM, config->common.bus_name, words.why, words.remedy);
	return PROF_EXIT_FAILED;
}

/* Nothing is published then. */
static bool is_printing(const struct config *config)
{
	return config->is_dump || config->is_message_dump;
}

/* Nobody named one: as addresses have it, until traffic has been seen (whereabouts.h). */
static void guess_interface(const struct prof_bus *bus, char interface[IF_NAMESIZE])
{
	struct registry_guess guess = { .interface = "lo" };
	const char *why = "as no socket is registered yet";

	if (bus)
		registry_guess(bus, &guess);
	if (guess.is_found)
		why = "where a registered socket should be heard by its address";
	else if (guess.socket_count)
		why = "for now: no interface here has a registered socket's address";
	(void)snprintf(interface, IF_NAMESIZE, "%s", guess.interface);
	(void)fprintf(stderr, "%s: no source named: listening on %s, %s\n", PROGRAM, interface,
		      why);
}

static enum adapter_wish wish_of(const char *stamps)
{
	if (!stamps)
		return ADAPTER_AS_SET;
	return strcmp(stamps, "adapter") == 0 ? ADAPTER_ASKED : ADAPTER_UNUSED;
}

/* Which source was asked for; fills `interface` where nobody named one. */
static const struct source_ops *choose_source(const struct config *config, bool has_device,
					      struct prof_bus *bus, char interface[IF_NAMESIZE],
					      struct source_options *options)
{
	*options = (struct source_options){
		.interface = config->interface,
		.exception = config->exception,
		.file = config->file,
		.is_wall_time = is_printing(config),
		.stamps = (uint8_t)wish_of(config->stamps),
		.is_busy = config->is_busy,
		.is_verbose = config->common.is_verbose,
		.is_forced = config->is_forced,
		.inline_slot_bytes = INLINE_SLOT_BYTES,
		.inline_slot_count = INLINE_SLOT_COUNT,
	};
	if (config->file)
		return &source_offline;
	if (has_device)
		return &source_inline;
	if (!options->interface) {
		guess_interface(bus, interface);
		options->interface = interface;
	}
	return &source_passive;
}

static void announce(const struct capture *capture, const struct eal_choice *choice)
{
	char text[256];

	if (choice->is_core_replaced)
		prof_complain(PROGRAM, "-l", "a core it names is not there", "using one that is");
	if (choice->is_hugepage_less && capture->is_verbose)
		prof_complain(PROGRAM, "hugepages", "none free", "using ordinary memory");
	capture->ops->describe(capture->source, text, sizeof(text));
	prof_complain(PROGRAM, text, NULL, NULL);
}

static int open_keep(const struct config *config, struct capture *capture, struct fault *fault)
{
	const struct keep_options options = {
		.path = config->write_path,
		.part_bytes_max = (config->write_mib ? config->write_mib : WRITE_MIB_DEFAULT) *
				  UINT64_C(1048576),
		.part_count_max = config->write_part_count ? config->write_part_count
							   : WRITE_PART_COUNT_DEFAULT,
	};

	int err;

	if (!config->write_path)
		return 0;
	clock_pair_retake(&capture->wall);
	err = keep_open(&options, &capture->keep, fault);
	if (capture->ops != &source_passive)
		capture->burst_keep = capture->keep;
	return err;
}

/* Behind the source: the driver's socket is found as the only one on its interface. */
static int open_whole(const struct config *config, struct capture *capture)
{
	const struct whole_options options = { .keep = capture->keep,
					       .bus = capture->registry.bus,
					       .is_all = config->is_all,
					       .port = (uint16_t)config->port };

	if (!capture->keep || capture->burst_keep)
		return 0;
	capture->whole = whole_create(&options);
	return capture->whole
		       ? whole_open(capture->whole, capture->options.interface, &capture->fault)
		       : fault_set(&capture->fault, -ENOMEM, "--write", strerror(ENOMEM), "");
}

/* False, and said, if not all that was to be kept has been. */
static bool close_keep(struct capture *capture)
{
	int err = keep_close(capture->keep);

	capture->keep = NULL;
	if (err)
		prof_complain(PROGRAM, "--write", strerror(-err), "what it kept is not whole");
	return err == 0;
}

/* A file is there as a whole, whenever it was captured. */
static uint64_t since_ns(const struct config *config)
{
	return config->file ? 1 : 0;
}

/* Where nothing but the file says which connections there are. */
static bool takes_all(const struct config *config)
{
	return is_printing(config) || (config->file && config->is_decoding);
}

/* Messages are to be published, too.  Returns 0 or a negative errno and capture->fault. */
static int open_decoder(const struct config *config, const cpu_set_t *cores,
			struct capture *capture)
{
	const struct decoder_options options = {
		.bus = capture->registry.bus,
		.key_files = &config->key_files,
		.token_keys = &config->token_keys,
		.is_offline = config->file != NULL,
		.is_verbose = config->common.is_verbose,
		.is_listening = capture->ops == &source_passive,
		.is_all = config->is_all,
		.port = (uint16_t)config->port,
		.since_ns = since_ns(config),
		.cores = cores,
	};

	int err;

	if (!config->is_decoding || is_printing(config) || capture->decoder)
		return 0;
	capture->is_offering = !options.is_listening;
	err = decoder_open(&options, &capture->decoder, &capture->fault);
	if (err == 0 && options.is_listening)
		err = decoder_listen(capture->decoder, capture->options.interface, &capture->fault);
	return err;
}

/* The source is open: from here on everything is seen, and the lane may say so. */
static int run_attached(const struct config *config, const cpu_set_t *cores,
			struct capture *capture)
{
	const struct prof_producer_options options = { .name = PROGRAM,
						       .layer = PROF_LAYER_NIC,
						       .since_ns = since_ns(config) };
	struct prof_bus *bus = capture->registry.bus;
	int err = bus ? prof_producer_attach(bus, &options, &capture->producer) : 0;

	if (err)
		return complain_of_bus(config, err);
	if (config->common.duration_s)
		capture->end_ns = prof_now_ns() +
				  (uint64_t)config->common.duration_s * PROF_NS_PER_S;
	err = open_decoder(config, cores, capture);
	if (err == 0)
		err = capture_run(capture, &is_stopped);
	decoder_close(capture->decoder); /* its lane's last promise comes before ours */
	capture->decoder = NULL;
	capture->producer = prof_producer_detach(capture->producer);
	if (err == 0)
		return PROF_EXIT_OK;
	if (capture->fault.what[0])
		return complain(&capture->fault);
	if (bus)
		return complain_of_bus(config, err);
	prof_complain(PROGRAM, "stdout", strerror(-err), NULL);
	return PROF_EXIT_FAILED;
}

/* EAL is up, and the bus too unless segments are only printed. */
static int run(const struct config *config, const struct eal_choice *choice, struct prof_bus *bus,
	       const cpu_set_t *cores)
{
	const struct selector_options selector_options = {
		.is_all = config->is_all || (takes_all(config) && !config->port),
		.port = (uint16_t)config->port,
	};
	char interface[IF_NAMESIZE];
	struct capture *capture = calloc(1, sizeof(*capture));
	struct fault fault;
	int status = PROF_EXIT_FAILED;

	if (capture)
		capture->selector = selector_create(&selector_options);
	if (!capture || !capture->selector) {
		prof_complain(PROGRAM, "tables", strerror(ENOMEM), NULL);
		goto out_free;
	}
	capture->ops = choose_source(config, choice->has_device, bus, interface, &capture->options);
	if (config->is_message_dump) {
		if (message_dump_open(&config->key_files, &capture->message_dump, &fault) < 0) {
			status = complain(&fault);
			goto out_free;
		}
		capture->options.take_secrets = message_dump_secrets;
		capture->options.secrets_context = capture->message_dump;
	}
	if (open_keep(config, capture, &fault) < 0) {
		status = complain(&fault);
		goto out_free;
	}
	capture->registry.bus = bus;
	capture->is_verbose = config->common.is_verbose;
	capture->is_patient = bus && config->file;
	/* A file may have its secrets before its first frame. */
	if (config->file && open_decoder(config, cores, capture) < 0) {
		status = complain(&capture->fault);
		goto out_free;
	}
	if (capture->decoder) {
		capture->options.take_secrets = decoder_secrets;
		capture->options.secrets_context = capture->decoder;
	}
	if (capture->ops->open(&capture->options, &capture->source, &fault) < 0) {
		status = complain(&fault);
		goto out_free;
	}
	if (open_whole(config, capture) < 0) {
		status = complain(&capture->fault);
		goto out_close;
	}
	announce(capture, choice); /* who waits for these words may connect now */
	if (capture->options.interface)
		whereabouts_begin(&capture->whereabouts, capture->options.interface,
				  config->interface != NULL, prof_now_ns());
	status = run_attached(config, cores, capture);
out_close:
	capture->ops->close(capture->source);
out_free:
	if (capture) {
		decoder_close(capture->decoder);
		(void)whole_close(capture->whole);
		if (!close_keep(capture))
			status = PROF_EXIT_FAILED;
		message_dump_close(capture->message_dump);
		free(capture->selector);
	}
	free(capture);
	return status;
}

static int join_bus(const struct prof_common_options *common, struct prof_bus **ret_bus)
{
	const struct prof_bus_options options = { .is_group_shared = common->bus_group.is_given,
						  .group_id = common->bus_group.id };

	return prof_bus_join(common->bus_name, &options, ret_bus);
}

int main(int argc, char **argv)
{
	struct config config;
	struct word_list eal_words;
	struct eal_choice choice;
	struct prof_bus *bus = NULL;
	struct fault fault;
	cpu_set_t cores; /* those we may use, before EAL takes one */
	int status;
	int err;

	prof_claim_standard_fds();
	status = config_parse(argc, argv, &config, &eal_words);
	if (status >= 0)
		return status;
	if (config.is_survey) {
		survey_adapters();
		return prof_flush_output(PROGRAM);
	}
	catch_signals();
	err = is_printing(&config) ? 0 : join_bus(&config.common, &bus);
	if (err)
		return complain_of_bus(&config, err);
	/* To print what is in a file takes nothing of DPDK, and no rights. */
	if (is_printing(&config) && config.file)
		return run(&config, &(struct eal_choice){ 0 }, NULL, NULL);
	if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
		CPU_ZERO(&cores);
	/* EAL puts this thread on its core; the lane is attached behind that. */
	err = eal_start(&eal_words, config.common.is_verbose, &choice, &fault);
	if (err) {
		bus = prof_bus_close(bus);
		(void)complain(&fault);
		return err == -EINVAL ? PROF_EXIT_USAGE : PROF_EXIT_FAILED;
	}
	status = run(&config, &choice, bus, CPU_COUNT(&cores) ? &cores : NULL);
	bus = prof_bus_close(bus);
	eal_stop();
	return status;
}
