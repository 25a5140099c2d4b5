# SPDX-License-Identifier: BSD-2-Clause
"""adjust_clock.py /dev/ptpN PPM: lets the clock run so much faster, as ptp4l would (clock_adjtime(2))."""
import ctypes
import os
import struct
import sys

ADJ_FREQUENCY = 2
fd = os.open(sys.argv[1], os.O_RDWR)
clock = (~fd << 3) | 3  # FD_TO_CLOCKID of linux/posix-timers.h
# struct timex: modes, offset, freq in 2^-16 ppm; the rest is not looked at.
timex = ctypes.create_string_buffer(struct.pack("iqq", ADJ_FREQUENCY, 0, int(float(sys.argv[2]) * 65536)), 256)
libc = ctypes.CDLL(None, use_errno=True)
if libc.clock_adjtime(clock, timex) < 0:
    sys.exit("adjust_clock.py: %s: %s" % (sys.argv[1], os.strerror(ctypes.get_errno())))
