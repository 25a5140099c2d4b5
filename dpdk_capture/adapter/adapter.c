/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "prof/cli.h"
#include "prof/clock.h"

/* Two may lie (device_clock.h); each takes a microsecond or two on a real bus. */
#define MARK_READ_COUNT 5

#define MARK_INTERVAL_NS ((int64_t)100 * PROF_NS_PER_MS)

/*
 * A clock that has failed so often in a row is read no oftener than so from then on, and once
 * each time.  ENA's is read 125 times a second at most, and not at all for a while after one time
 * more (Documentation/networking/device_drivers/ethernet/amazon/ena.rst of Linux, "PHC timestamp").
 */
#define VAIN_COUNT_MAX	  3
#define SPARE_INTERVAL_NS ((int64_t)10 * PROF_NS_PER_MS)

/* Asking for settings takes the kernel's lock of all interfaces. */
#define LOOK_INTERVAL_NS ((int64_t)PROF_NS_PER_S)

/* One failure may be the wall clock's, which was set meanwhile. */
static void note_failure(struct adapter *adapter)
{
	if (++adapter->vain_count < VAIN_COUNT_MAX || adapter->is_spared)
		return;
	adapter->is_spared = true;
	prof_complain("dpdk_capture", adapter->stamping.interface,
		      "its clock is gone or refuses to be read so often",
		      "it is read 100 times a second at most from now on, and packets between have "
		      "the kernel's stamps");
}

void adapter_mark(struct adapter *adapter)
{
	struct device_read reads[MARK_READ_COUNT];
	size_t count;

	if (adapter->is_spared &&
	    prof_delta_ns(adapter->marked_ns, prof_now_ns()) < SPARE_INTERVAL_NS)
		return;
	count = phc_read(&adapter->phc, reads, adapter->is_spared ? 1 : MARK_READ_COUNT);
	if (count > 0) {
		(void)device_clock_take(&adapter->clock, reads, count);
		adapter->vain_count = 0;
	} else {
		note_failure(adapter);
	}
	adapter->marked_ns = prof_now_ns();
}

bool adapter_is_due(const struct adapter *adapter, uint64_t now_ns)
{
	return adapter->is_used && prof_delta_ns(adapter->marked_ns, now_ns) >= MARK_INTERVAL_NS;
}

void adapter_init(struct adapter *ret_adapter)
{
	*ret_adapter = (struct adapter){
		.stamping.note_fd = -1, .stamping.fd = -1, .phc.fd = -1, .handover.fd = -1
	};
}

/* The clock first: without it a stamp is worth nothing, and nothing need be changed. */
static int open_clock(const char *interface, struct adapter *adapter, struct fault *ret_why)
{
	int err = phc_open(interface, &adapter->phc);

	if (err == -ENODEV || err == -EOPNOTSUPP)
		return fault_set(ret_why, err, interface, "has no clock of its own", "");
	if (err == -ENOENT)
		return fault_set(ret_why, err, interface,
				 "the device file of its clock is not here",
				 "give this container /dev/ptp*");
	if (err)
		return fault_set(ret_why, err, interface, strerror(-err),
				 "its clock needs read access to /dev/ptp*");
	return 0;
}

static int ask_for_stamps(const char *interface, enum adapter_wish wish, struct adapter *adapter,
			  struct fault *ret_why)
{
	enum stamping_state state = STAMPING_NONE;
	int err = stamping_state(interface, &state);

	if (err == 0 && state == STAMPING_ALL && wish == ADAPTER_AS_SET)
		return stamping_watch(interface, &adapter->stamping);
	if (wish == ADAPTER_AS_SET)
		return fault_set(ret_why, -ENODATA, interface,
				 "its adapter does not stamp each packet as it is set now",
				 "--stamps adapter asks it to, for as long as we run");
	err = stamping_ask(interface, &adapter->stamping);
	if (err == -ERANGE)
		return fault_set(ret_why, err, interface, "its adapter stamps only some packets",
				 "ethtool -T shows which");
	if (err)
		return fault_set(ret_why, err, interface, strerror(-err),
				 "the adapter must be settable: CAP_NET_ADMIN, /run writable");
	return 0;
}

int adapter_open(const char *interface, enum adapter_wish wish, struct adapter *ret_adapter,
		 struct fault *ret_why)
{
	int err;

	adapter_init(ret_adapter);
	/* Also what a capture that was killed has left. */
	if (stamping_undo(interface))
		prof_complain("dpdk_capture", interface,
			      "its stamps were left switched on by a capture that was killed",
			      "put back as they were");
	if (wish == ADAPTER_UNUSED)
		return fault_set(ret_why, -ECANCELED, interface, "the kernel's are asked for", "");
	err = open_clock(interface, ret_adapter, ret_why);
	if (err == 0)
		err = ask_for_stamps(interface, wish, ret_adapter, ret_why);
	if (err)
		return err;
	device_clock_init(&ret_adapter->clock, PHC_RESOLUTION_NS);
	adapter_mark(ret_adapter);
	ret_adapter->is_used = true;
	return 0;
}

bool adapter_convert(struct adapter *adapter, uint64_t device_ns, uint64_t *ret_time_ns,
		     uint64_t *ret_uncertainty_ns)
{
	enum device_verdict verdict = device_clock_convert(&adapter->clock, device_ns, ret_time_ns,
							   ret_uncertainty_ns);

	adapter->stamped_count += verdict == DEVICE_SURE;
	adapter->stepped_count += verdict == DEVICE_STEPPED;
	adapter->unread_count += verdict == DEVICE_EARLY || verdict == DEVICE_LATE;
	return verdict == DEVICE_SURE;
}

bool adapter_handed(struct adapter *adapter, uint64_t device_ns, uint64_t *ret_wall_ns)
{
	bool is_found = handover_find(&adapter->handover, device_ns, ret_wall_ns);

	adapter->unhanded_count += !is_found;
	return is_found;
}

/* ptp4l, hwstamp_ctl or an interface that was set down and up may have changed it. */
static void look_at_settings(struct adapter *adapter, uint64_t now_ns)
{
	enum stamping_state state;

	if (prof_delta_ns(adapter->looked_ns, now_ns) < LOOK_INTERVAL_NS)
		return;
	adapter->looked_ns = now_ns;
	if (stamping_state_now(&adapter->stamping, &state) < 0)
		return;
	adapter->is_set_aside = state != STAMPING_ALL;
	if (adapter->is_set_aside && !adapter->is_aside_told)
		prof_complain("dpdk_capture", adapter->stamping.interface,
			      "its adapter was set to stamp less by somebody else",
			      "the kernel's stamps are used where it does not");
	adapter->is_aside_told |= adapter->is_set_aside;
}

void adapter_miss(struct adapter *adapter)
{
	look_at_settings(adapter, prof_now_ns());
	if (adapter->is_set_aside)
		adapter->aside_count++;
	else
		adapter->bare_count++;
}

void adapter_close(struct adapter *adapter)
{
	if (!adapter)
		return;
	handover_close(&adapter->handover);
	if (stamping_restore(&adapter->stamping) < 0)
		prof_complain("dpdk_capture", adapter->stamping.interface,
			      "its stamps could not be switched off again",
			      "the next capture of it tries again");
	phc_close(&adapter->phc);
	adapter->is_used = false;
}
