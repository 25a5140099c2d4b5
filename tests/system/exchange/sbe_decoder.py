# SPDX-License-Identifier: BSD-2-Clause
"""Binance's SBE market data streams, schema 1 version 0, read strictly.

Written from the published schema alone and knows nothing of our encoder: each
message is taken apart field by field, and not a byte may be missing or left.
"""
import collections
import struct

HEADER = struct.Struct("<HHHH")  # blockLength, templateId, schemaId, version
BLOCKS = {  # template: its name, its fixed fields
    10000: ("trades", struct.Struct("<qqbb"), "time transact price_exponent qty_exponent"),
    10001: ("bestBidAsk", struct.Struct("<qqbbqqqq"),
            "time last price_exponent qty_exponent bid bid_qty ask ask_qty"),
    10002: ("snapshot", struct.Struct("<qqbb"), "time last price_exponent qty_exponent"),
    10003: ("diff", struct.Struct("<qqqbb"), "time first last price_exponent qty_exponent"),
}
TRADE = struct.Struct("<qqqB")  # id, price, qty, isBuyerMaker; isBestMatch is constant
LEVEL = struct.Struct("<qq")  # price, qty
TYPES = {number: collections.namedtuple(name, fields + " trades bids asks symbol")
         for number, (name, _, fields) in BLOCKS.items()}


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, shape):
        values = shape.unpack_from(self.data, self.at)
        self.at += shape.size
        return values

    def group(self, head, entry):
        size, count = self.take(head)
        assert size == entry.size, "an entry of %d bytes" % size
        return [self.take(entry) for _ in range(count)]

    def symbol(self):
        (size,) = self.take(struct.Struct("<B"))
        text = self.data[self.at:self.at + size].decode("utf-8")
        self.at += size
        return text


def decode(data):
    cursor = Cursor(data)
    block_bytes, number, schema, version = cursor.take(HEADER)
    assert (schema, version) == (1, 0), "schema %d version %d" % (schema, version)
    _, block, _ = BLOCKS[number]
    assert block_bytes == block.size, "a block of %d bytes" % block_bytes
    fields = cursor.take(block)
    trades = cursor.group(struct.Struct("<HI"), TRADE) if number == 10000 else []
    sides = [cursor.group(struct.Struct("<HH"), LEVEL) if number in (10002, 10003) else []
             for _ in range(2)]
    symbol = cursor.symbol()
    assert cursor.at == len(data), "%d bytes left" % (len(data) - cursor.at)
    return number, TYPES[number](*fields, trades, *sides, symbol)
