/* SPDX-License-Identifier: BSD-2-Clause */
#include "stamping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

/* Its last user goes and another one comes: as often in a row as never happens. */
#define NOTE_TRY_COUNT_MAX 8

/* One request about an interface.  Returns 0 or a negative errno. */
static int ask_by(int fd, const char *interface, unsigned long request, void *data)
{
	struct ifreq ifreq = { 0 };

	(void)snprintf(ifreq.ifr_name, sizeof(ifreq.ifr_name), "%s", interface);
	ifreq.ifr_data = data;
	return ioctl(fd, request, &ifreq) < 0 ? -errno : 0;
}

static int ask(const char *interface, unsigned long request, void *data)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = ask_by(fd, interface, request, data);
	(void)close(fd);
	return err;
}

int stamping_abilities(const char *interface, struct stamping_abilities *ret_abilities)
{
	struct ethtool_ts_info info = { .cmd = ETHTOOL_GET_TS_INFO };
	int err = ask(interface, SIOCETHTOOL, &info);

	if (err)
		return err;
	*ret_abilities = (struct stamping_abilities){
		.phc_index = info.phc_index,
		.is_raw_reported = info.so_timestamping & SOF_TIMESTAMPING_RAW_HARDWARE,
		.rx_filters = info.rx_filters,
	};
	return 0;
}

static enum stamping_state state_of(const struct hwtstamp_config *config)
{
	if (config->rx_filter == HWTSTAMP_FILTER_ALL)
		return STAMPING_ALL;
	return config->rx_filter == HWTSTAMP_FILTER_NONE ? STAMPING_NONE : STAMPING_SOME;
}

int stamping_state(const char *interface, enum stamping_state *ret_state)
{
	struct hwtstamp_config config = { 0 };
	int err = ask(interface, SIOCGHWTSTAMP, &config);

	if (err == 0)
		*ret_state = state_of(&config);
	return err;
}

/* An interface belongs to a network namespace. */
static void name_note(struct stamping *stamping)
{
	struct stat namespace = { 0 };

	(void)stat("/proc/self/ns/net", &namespace);
	(void)snprintf(stamping->note_path, sizeof(stamping->note_path),
		       "/run/ws_latency.stamping.%lu.%u", (unsigned long)namespace.st_ino,
		       stamping->interface_index);
}

static int begin(const char *interface, struct stamping *ret_stamping)
{
	*ret_stamping = (struct stamping){ .note_fd = -1, .fd = -1 };
	(void)snprintf(ret_stamping->interface, sizeof(ret_stamping->interface), "%s", interface);
	ret_stamping->interface_index = if_nametoindex(interface);
	if (ret_stamping->interface_index == 0)
		return -errno;
	name_note(ret_stamping);
	ret_stamping->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return ret_stamping->fd < 0 ? -errno : 0;
}

/* One request about it, by the name that it has now. */
static int ask_now(const struct stamping *stamping, unsigned long request, void *data)
{
	struct ifreq ifreq = { .ifr_ifindex = (int)stamping->interface_index };

	if (ioctl(stamping->fd, SIOCGIFNAME, &ifreq) < 0)
		return -errno;
	return ask_by(stamping->fd, ifreq.ifr_name, request, data);
}

/* ---- The note ------------------------------------------------------------ */

/* Whoever was the last to use it may have removed it meanwhile. */
static bool is_linked(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && stat.st_nlink > 0;
}

/*
 * Opens the note, with flags to open it, and locks it: for us alone if nobody else uses the
 * interface's stamps, else together with them.  A lock ends with its process, however that ends.
 */
static int open_note(struct stamping *stamping, int flags, bool *ret_is_alone)
{
	for (int i = 0; i < NOTE_TRY_COUNT_MAX; i++) {
		int fd = open(stamping->note_path, flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0)
			return -errno;
		*ret_is_alone = flock(fd, LOCK_EX | LOCK_NB) == 0;
		/* Waits only for somebody who is about to set the interface. */
		if ((*ret_is_alone || flock(fd, LOCK_SH) == 0) && is_linked(fd)) {
			stamping->note_fd = fd;
			return 0;
		}
		(void)close(fd);
	}
	return -EAGAIN;
}

/* Returns 0 or a negative errno: what cannot be written down is not changed. */
static int write_note(const struct stamping *stamping)
{
	char text[96];
	int size = snprintf(text, sizeof(text), "%d %d %d\n", stamping->before.flags,
			    stamping->before.tx_type, stamping->before.rx_filter);

	return pwrite(stamping->note_fd, text, (size_t)size, 0) == size ? 0 : -EIO;
}

/* The note's settings; false if there are none. */
static bool read_note(struct stamping *stamping)
{
	char text[96] = "";

	return pread(stamping->note_fd, text, sizeof(text) - 1, 0) > 0 &&
	       sscanf(text, "%d %d %d", &stamping->before.flags, &stamping->before.tx_type,
		      &stamping->before.rx_filter) == 3;
}

static void close_note(struct stamping *stamping, bool is_removed)
{
	if (stamping->note_fd < 0)
		return;
	if (is_removed)
		(void)unlink(stamping->note_path);
	(void)close(stamping->note_fd);
	stamping->note_fd = -1;
}

/* ---- Settings -------------------------------------------------------------- */

int stamping_state_now(const struct stamping *stamping, enum stamping_state *ret_state)
{
	struct hwtstamp_config config = { 0 };
	int err = ask_now(stamping, SIOCGHWTSTAMP, &config);

	if (err == 0)
		*ret_state = state_of(&config);
	return err;
}

int stamping_watch(const char *interface, struct stamping *ret_stamping)
{
	bool is_alone;
	int err = begin(interface, ret_stamping);

	/* Who has asked for the stamps must not take them away as long as we use them. */
	if (err == 0 && open_note(ret_stamping, 0, &is_alone) == 0)
		ret_stamping->is_changed = read_note(ret_stamping);
	return err;
}

static int set_all(const struct stamping *stamping)
{
	struct hwtstamp_config config = stamping->before;
	int err;

	config.rx_filter = HWTSTAMP_FILTER_ALL;
	err = ask_now(stamping, SIOCSHWTSTAMP, &config);
	return err == 0 && state_of(&config) != STAMPING_ALL ? -ERANGE : err;
}

/* What it is set to is written down, unless somebody else of us has done so before. */
static int change(struct stamping *stamping)
{
	struct hwtstamp_config now = { 0 };
	int err = ask_now(stamping, SIOCGHWTSTAMP, &now);

	if (err)
		return err;
	stamping->is_changed = read_note(stamping);
	if (state_of(&now) == STAMPING_ALL)
		return 0;
	if (!stamping->is_changed) {
		stamping->before = now;
		err = write_note(stamping);
		stamping->is_changed = err == 0;
	}
	return err ? err : set_all(stamping);
}

int stamping_ask(const char *interface, struct stamping *ret_stamping)
{
	bool is_alone;
	int err = begin(interface, ret_stamping);

	if (err == 0)
		err = open_note(ret_stamping, O_CREAT, &is_alone);
	if (err == 0)
		err = change(ret_stamping);
	if (err)
		(void)stamping_restore(ret_stamping); /* err says more */
	else if (!ret_stamping->is_changed)
		close_note(ret_stamping, is_alone); /* stamped by somebody else's wish */
	else
		(void)flock(ret_stamping->note_fd, LOCK_SH); /* others may come; does not wait */
	return err;
}

int stamping_restore(struct stamping *stamping)
{
	struct hwtstamp_config config = stamping->before;
	/* Taken at once, or somebody else still uses the stamps and is to put it back. */
	bool is_last = stamping->note_fd >= 0 && flock(stamping->note_fd, LOCK_EX | LOCK_NB) == 0;
	int err = 0;

	if (stamping->is_changed && is_last)
		err = ask_now(stamping, SIOCSHWTSTAMP, &config);
	if (err == -ENODEV) /* the interface is gone, and its settings with it */
		err = 0;
	close_note(stamping, is_last && err == 0);
	if (stamping->fd >= 0)
		(void)close(stamping->fd);
	stamping->is_changed = false;
	stamping->fd = -1;
	return err;
}

bool stamping_undo(const char *interface)
{
	struct stamping stamping;
	bool is_alone = false;
	bool is_undone;

	if (begin(interface, &stamping) == 0 && open_note(&stamping, 0, &is_alone) == 0)
		stamping.is_changed = is_alone && read_note(&stamping);
	is_undone = stamping.is_changed;
	return stamping_restore(&stamping) == 0 && is_undone;
}
