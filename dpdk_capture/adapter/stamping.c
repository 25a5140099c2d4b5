/* SPDX-License-Identifier: BSD-2-Clause */
#include "stamping.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

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
		       "/run/ws_latency.stamping.%lu.%s", (unsigned long)namespace.st_ino,
		       stamping->interface);
}

/* Returns 0 or a negative errno: what cannot be written down is not changed. */
static int write_note(const struct stamping *stamping)
{
	char text[96];
	int size = snprintf(text, sizeof(text), "%d %d %d %d\n", (int)getpid(),
			    stamping->before.flags, stamping->before.tx_type,
			    stamping->before.rx_filter);
	int fd = open(stamping->note_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)size) != size)
		err = -EIO;
	(void)close(fd);
	return err;
}

static int begin(const char *interface, struct stamping *ret_stamping)
{
	*ret_stamping = (struct stamping){ 0 };
	(void)snprintf(ret_stamping->interface, sizeof(ret_stamping->interface), "%s", interface);
	name_note(ret_stamping);
	ret_stamping->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return ret_stamping->fd < 0 ? -errno : 0;
}

static int change(struct stamping *stamping)
{
	struct hwtstamp_config config = stamping->before;
	int err = write_note(stamping);

	if (err)
		return err;
	stamping->is_changed = true;
	config.rx_filter = HWTSTAMP_FILTER_ALL;
	err = ask_by(stamping->fd, stamping->interface, SIOCSHWTSTAMP, &config);
	return err == 0 && state_of(&config) != STAMPING_ALL ? -ERANGE : err;
}

int stamping_ask(const char *interface, struct stamping *ret_stamping)
{
	int err = begin(interface, ret_stamping);

	if (err)
		return err;
	err = ask_by(ret_stamping->fd, interface, SIOCGHWTSTAMP, &ret_stamping->before);
	if (err == 0 && state_of(&ret_stamping->before) != STAMPING_ALL)
		err = change(ret_stamping);
	if (err)
		stamping_restore(ret_stamping);
	return err;
}

void stamping_restore(struct stamping *stamping)
{
	struct hwtstamp_config config = stamping->before;

	if (stamping->is_changed) {
		/* The interface may be gone. */
		(void)ask_by(stamping->fd, stamping->interface, SIOCSHWTSTAMP, &config);
		(void)unlink(stamping->note_path);
	}
	if (stamping->fd > 0)
		(void)close(stamping->fd);
	stamping->is_changed = false;
	stamping->fd = 0;
}

/* The note's settings; false if it is none.  *ret_pid: who wrote it. */
static bool read_note(struct stamping *stamping, int *ret_pid)
{
	FILE *note = fopen(stamping->note_path, "re");
	int count;

	if (!note)
		return false;
	count = fscanf(note, "%d %d %d %d", ret_pid, &stamping->before.flags,
		       &stamping->before.tx_type, &stamping->before.rx_filter);
	(void)fclose(note);
	return count == 4 && *ret_pid > 0;
}

bool stamping_undo(const char *interface)
{
	struct stamping stamping;
	int pid = 0;

	if (begin(interface, &stamping) == 0 && read_note(&stamping, &pid) && kill(pid, 0) < 0 &&
	    errno == ESRCH)
		stamping.is_changed = true;
	pid = stamping.is_changed;
	stamping_restore(&stamping);
	return pid;
}
