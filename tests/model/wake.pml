/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A consumer that goes to sleep and a producer that publishes without a fence.
 *
 * The processor may let a load overtake an earlier store of its own: stores
 * lie in a buffer (as on x86).  The consumer's membarrier(2) empties the
 * producer's buffer, so that either the producer sees the sleeper or the
 * sleeper sees the event.  Mutant NO_BARRIER leaves it out and must fail: the
 * consumer sleeps although something has been published.
 */
#define EVENTS 2

byte turn;     /* events published, as memory has it */
byte pending;  /* as the producer's own processor has it */
bool sleeping;
byte wake_seq;
byte taken;

active proctype memory()
{
end:	do
	:: d_step { turn != pending; turn = pending }
	od
}

active proctype producer()
{
	byte i;
	bool was_sleeping;

	for (i : 1 .. EVENTS) {
		pending = i;
		if
		:: sleeping ->
			/* wake_consumers(): an exchange, which empties the buffer on every machine */
			d_step { turn = pending; was_sleeping = sleeping; sleeping = false };
			if
			:: was_sleeping -> wake_seq++
			:: else
			fi
		:: else
		fi
	}
}

active proctype consumer()
{
	byte seq;

	do
	:: taken == EVENTS -> break
	:: taken < EVENTS ->
		seq = wake_seq;
		sleeping = true;
#ifndef NO_BARRIER
		turn = pending; /* membarrier(2) */
#endif
		if
		:: turn > taken -> taken = turn
		:: else ->
			/* FUTEX_WAIT, without the time limit that would hide the fault. */
			wake_seq != seq
		fi
	od
}
