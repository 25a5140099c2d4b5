# SPDX-License-Identifier: BSD-2-Clause
"""WebSocket messages cut out of a server's decrypted bytes (RFC 6455, 5.2)."""


def cut_messages(data):
    """The payloads of the data messages behind the HTTP head."""
    position = data.find(b"\r\n\r\n") + 4
    messages, parts = [], b""
    while position + 2 <= len(data):
        fin, opcode, size = data[position] >> 7, data[position] & 15, data[position + 1] & 127
        position += 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(data[position:position + width], "big")
            position += width
        payload = data[position:position + size]
        position += size
        if len(payload) < size:
            break  # the capture ends inside it
        if opcode > 2:
            continue
        parts = payload if opcode else parts + payload
        if fin:
            messages.append(parts)
    return messages
