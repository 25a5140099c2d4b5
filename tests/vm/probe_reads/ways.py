# SPDX-License-Identifier: BSD-2-Clause
"""Every way to take bytes out of a TCP socket; each takes so many and tells how many it took.

A way is a function of a pair of sockets (reader, writer) and returns the number of bytes of
TCP's stream that it has taken, or raises NotHere where the kernel has no such thing.
"""
import ctypes
import errno
import mmap
import os
import socket
import struct
import tempfile
import time

ROUNDS, SIZE = 10, 100
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]


class NotHere(Exception):
    """This kernel cannot do it."""


def syscall(number, *args):
    result = LIBC.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def connect(sock, port):
    """To this machine; whatever family the socket is of, its addresses are IPv4's."""
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4B8x", port, 127, 0, 0, 1)
    if LIBC.connect(sock.fileno(), address, len(address)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def send(writer):
    writer.sendall(b"x" * SIZE)


def by_recv(reader, writer):
    for _ in range(ROUNDS):
        send(writer)
        assert len(reader.recv(SIZE, socket.MSG_WAITALL)) == SIZE
    return ROUNDS * SIZE


def by_splice(reader, writer):
    out, into = os.pipe()
    for _ in range(ROUNDS):
        send(writer)
        assert os.splice(reader.fileno(), into, SIZE) == SIZE
        os.read(out, SIZE)
    return ROUNDS * SIZE


def by_splice_between_recv(reader, writer):
    return by_recv(reader, writer) + by_splice(reader, writer) + by_recv(reader, writer)


def by_recv_of_some(reader, writer):
    """The last bytes stay in the queue: nobody takes them, and nobody may say so."""
    taken = by_recv(reader, writer)
    send(writer)
    return taken


def by_zero_copy(reader, writer):
    """Whole pages are mapped, the rest is copied by the same call."""
    pages = 16
    with tempfile.TemporaryFile() as file:
        file.write(os.urandom(pages * mmap.PAGESIZE))
        file.flush()
        sent = 0
        while sent < pages * mmap.PAGESIZE:
            sent += os.sendfile(writer.fileno(), file.fileno(), sent, pages * mmap.PAGESIZE - sent)
    address = LIBC.mmap(None, pages * mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_SHARED,
                        reader.fileno(), 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise NotHere("mmap of a socket")
    copied = ctypes.create_string_buffer(pages * mmap.PAGESIZE)
    taken = 0
    for _ in range(100):
        ask = bytearray(struct.pack("QIIIiQiIQQII", address, pages * mmap.PAGESIZE, 0, 0, 0,
                                    ctypes.addressof(copied), len(copied), 0, 0, 0, 0, 0))
        length, hint, copied_bytes = zero_copy_call(reader, ask)
        taken += length + copied_bytes
        if hint:
            taken += len(reader.recv(hint, socket.MSG_DONTWAIT))
        if taken >= sent:
            break
        time.sleep(0.01)
    return taken


def zero_copy_call(reader, ask):
    """The three numbers that TCP_ZEROCOPY_RECEIVE answers."""
    buffer = (ctypes.c_char * len(ask)).from_buffer(ask)
    size = ctypes.c_uint32(len(ask))
    if LIBC.getsockopt(reader.fileno(), socket.IPPROTO_TCP, 35, buffer, ctypes.byref(size)) < 0:
        code = ctypes.get_errno()
        if code != errno.EIO:
            raise NotHere(os.strerror(code))
    fields = struct.unpack("QIIIiQiIQQII", bytes(ask))
    return fields[1], fields[2], max(fields[6], 0) if size.value > 36 else 0


def set_ktls(sock, direction):
    key = struct.pack("HH8s16s4s8s", 0x0303, 51, b"i" * 8, b"k" * 16, b"s" * 4, bytes(8))
    try:
        sock.setsockopt(socket.IPPROTO_TCP, 31, b"tls")
        sock.setsockopt(282, direction, key)
    except OSError as err:
        raise NotHere(f"kTLS: {err}") from err


def by_ktls(reader, writer):
    """A record is a header of 5, a nonce of 8 and a tag of 16 bytes longer than what it carries."""
    set_ktls(writer, 1)
    set_ktls(reader, 2)
    for _ in range(ROUNDS):
        send(writer)
        assert len(reader.recv(SIZE, socket.MSG_WAITALL)) == SIZE
    return ROUNDS * (SIZE + 5 + 8 + 16)


def bpf(command, *fields):
    text = b"".join(fields).ljust(120, b"\0")
    buffer = ctypes.create_string_buffer(text, len(text))
    return syscall(321, command, buffer, len(text))


def load(program_type, instructions, expected=0):
    code = ctypes.create_string_buffer(instructions, len(instructions))
    name = ctypes.create_string_buffer(b"GPL")
    return bpf(5, struct.pack("IIQQIIQII16sII", program_type, len(instructions) // 8,
                              ctypes.addressof(code), ctypes.addressof(name), 0, 0, 0, 0, 0,
                              b"", 0, expected))


def returning(number):
    return struct.pack("BBhi", 0xb7, 0, 0, number) + struct.pack("BBhi", 0x95, 0, 0, 0)


def by_sockmap(reader, writer):
    """A verdict program passes everything to the socket's own queue of the map."""
    try:
        map_fd = bpf(0, struct.pack("IIII", 15, 4, 4, 4))
        program = load(14, returning(1))
        bpf(8, struct.pack("IIII", map_fd, program, 5, 0))
    except OSError as err:
        raise NotHere(f"sockmap: {err}") from err
    key, value = ctypes.c_uint32(0), ctypes.c_uint32(reader.fileno())
    bpf(2, struct.pack("IIQQQ", map_fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0))
    return by_recv(reader, writer)


def by_kcm(reader, writer):
    """Messages of SIZE bytes, cut by a program, out of another socket."""
    try:
        kcm = socket.socket(41, socket.SOCK_SEQPACKET, 0)
    except OSError as err:
        raise NotHere(f"AF_KCM: {err}") from err
    program = load(1, returning(SIZE))
    ask = ctypes.create_string_buffer(struct.pack("ii", reader.fileno(), program), 8)
    if LIBC.ioctl(kcm.fileno(), 0x89E0, ask) < 0:
        raise NotHere("SIOCKCMATTACH: " + os.strerror(ctypes.get_errno()))
    for _ in range(ROUNDS):
        send(writer)
        assert len(kcm.recv(SIZE)) == SIZE
    kcm.close()
    return ROUNDS * SIZE


class Ring:
    """An io_uring of a few entries, one request at a time."""

    def __init__(self, flags=0):
        self.wide = 32 if flags & 1 << 11 else 16
        params = ctypes.create_string_buffer(120)
        struct.pack_into("III", params, 0, 8, 64, flags | 8)
        try:
            self.fd = syscall(425, 8, params)
        except OSError as err:
            raise NotHere(f"io_uring: {err}") from err
        words = struct.unpack("30I", params.raw)
        self.sq, self.cq = words[10:20], words[20:30]
        self.rings = self.map(self.sq[6] + 4 * words[0], self.cq[5] + self.wide * words[1], 0)
        self.entries = self.map(64 * words[0], 0, 0x10000000)
        self.mask = words[1] - 1

    def map(self, first, second, offset):
        size = max(first, second)
        address = LIBC.mmap(None, size, 3, mmap.MAP_SHARED, self.fd, offset)
        return (ctypes.c_char * size).from_address(address)

    def submit(self, opcode, fd, address, size, priority=0, queue=0):
        tail = struct.unpack_from("I", self.rings, self.sq[1])[0]
        slot = tail & 7
        struct.pack_into("BBHiQQI", self.entries, 64 * slot, opcode, 0, priority, fd, 0, address,
                         size)
        struct.pack_into("I", self.entries, 64 * slot + 44, queue)
        struct.pack_into("I", self.rings, self.sq[6] + 4 * slot, slot)
        struct.pack_into("I", self.rings, self.sq[1], tail + 1)

    def wait(self, submitted):
        syscall(426, self.fd, submitted, 1, 1, None, 0)
        head = struct.unpack_from("I", self.rings, self.cq[0])[0]
        result = struct.unpack_from("i", self.rings,
                                    self.cq[5] + self.wide * (head & self.mask) + 8)[0]
        struct.pack_into("I", self.rings, self.cq[0], head + 1)
        return result


def by_uring(reader, writer):
    ring, buffer = Ring(), ctypes.create_string_buffer(SIZE)
    for _ in range(ROUNDS):
        send(writer)
        ring.submit(27, reader.fileno(), ctypes.addressof(buffer), SIZE)
        result = ring.wait(1)
        if result == -errno.EINVAL:
            raise NotHere("IORING_OP_RECV")
        assert result == SIZE, result
    return ROUNDS * SIZE


def pages_for(count):
    address = LIBC.mmap(None, count * mmap.PAGESIZE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1,
                        0)
    ctypes.memset(address, 0, count * mmap.PAGESIZE)
    return address


def by_uring_zero_copy(reader, writer):
    """Without a device, so that the kernel copies into the area itself (7.x)."""
    ring = Ring(1 << 11 | 1 << 12 | 1 << 13)
    area = ctypes.create_string_buffer(struct.pack("QQQIIQQ", pages_for(64), 64 * mmap.PAGESIZE, 0,
                                                   0, 0, 0, 0), 48)
    region = ctypes.create_string_buffer(struct.pack("QQIIQ", pages_for(2), 2 * mmap.PAGESIZE, 1,
                                                     0, 0), 64)
    queue = ctypes.create_string_buffer(struct.pack("IIIIQQ", 0, 0, 64, 2, ctypes.addressof(area),
                                                    ctypes.addressof(region)), 96)
    try:
        syscall(427, ring.fd, 32, queue, 1)
    except OSError as err:
        raise NotHere(f"RECV_ZC without a device: {err}") from err
    number = struct.unpack_from("I", queue, 64)[0]
    taken, submitted = 0, 1
    ring.submit(58, reader.fileno(), 0, 0, 2, number)
    while taken < ROUNDS * SIZE:
        send(writer)
        result = ring.wait(submitted)
        assert result > 0, result
        taken += result
        submitted = 0
    return taken


WAYS = {
    "recv": by_recv,
    "bytes left in the queue": by_recv_of_some,
    "splice": by_splice,
    "splice between recv": by_splice_between_recv,
    "TCP_ZEROCOPY_RECEIVE": by_zero_copy,
    "kTLS": by_ktls,
    "sockmap": by_sockmap,
    "KCM": by_kcm,
    "io_uring recv": by_uring,
    "io_uring RECV_ZC": by_uring_zero_copy,
    "MPTCP": by_recv,
    "MPTCP fallen back": by_recv,
    "SMC fallen back": by_recv,
}
