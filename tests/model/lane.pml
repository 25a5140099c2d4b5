/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One lane of the bus: a producer, its heir, and two consumers.
 *
 * Spin's memory is sequentially consistent, the machine's is not.  So what the
 * producer stores lies in a buffer of pending stores, one for each location,
 * which reach memory in any order; a release store waits until everything
 * before it has got there.  The consumer's relaxed loads may be delayed until
 * something orders them: they are made in the order written here, and the
 * mutants move them.
 *
 * The first producer may die between any two steps; what it had stored still
 * reaches memory before anybody can see that it is dead.  Consumer 1 may die
 * too, consumer 0 lives until everything is taken.
 *
 * Mutants, each of which must fail:
 *   WEAK_COMMIT   the turn is stored relaxed instead of release
 *   NO_TURN_TEST  a consumer takes what is there without looking at the turn
 *   EARLY_LOADS   the turn is loaded relaxed: words may be read before it
 *   WEAK_TAKE     the head is moved relaxed: words may be read after it
 *   BLIND_TAKE    the head is stored instead of compared and swapped
 *   FORGETFUL     the heir begins at the head instead of the first uncommitted slot
 */
#define SLOTS  2 /* of the lane */
#define WORDS  2 /* of an event: one could not be torn */
#ifndef EVENTS
#define EVENTS 3 /* published by the two producers together: more than a lap */
#endif
#define BATCH  2

#define WORD(position, word) (((position) % SLOTS) * WORDS + (word))
#define VALUE(owner, position) ((owner) * 64 + (position) + 1)

/* Memory. */
byte words[SLOTS * WORDS];
byte turns[SLOTS];
byte head;

/* The producer's pending stores. */
bool is_word_pending[SLOTS * WORDS];
byte pending_words[SLOTS * WORDS];
bool is_turn_pending[SLOTS];
byte pending_turns[SLOTS];

/* The robust mutex, as the kernel leaves it. */
bool is_owner_dead;
bool is_finished;

/* What the test knows. */
byte taken[EVENTS];
byte tail_end; /* positions published when all is over */

#define NO_WORDS_PENDING \
	(!is_word_pending[0] && !is_word_pending[1] && !is_word_pending[2] && !is_word_pending[3])
#define NOTHING_PENDING (NO_WORDS_PENDING && !is_turn_pending[0] && !is_turn_pending[1])

/* The store buffer empties itself, in any order. */
active proctype memory()
{
end:	do
	:: d_step { is_word_pending[0]; words[0] = pending_words[0]; is_word_pending[0] = false }
	:: d_step { is_word_pending[1]; words[1] = pending_words[1]; is_word_pending[1] = false }
	:: d_step { is_word_pending[2]; words[2] = pending_words[2]; is_word_pending[2] = false }
	:: d_step { is_word_pending[3]; words[3] = pending_words[3]; is_word_pending[3] = false }
	:: d_step { is_turn_pending[0]; turns[0] = pending_turns[0]; is_turn_pending[0] = false }
	:: d_step { is_turn_pending[1]; turns[1] = pending_turns[1]; is_turn_pending[1] = false }
	od
}

/* Two stores to one location stay in order, so the second waits for the first. */
inline store_word(position, word, value)
{
	d_step {
		!is_word_pending[WORD(position, word)];
		pending_words[WORD(position, word)] = value;
		is_word_pending[WORD(position, word)] = true
	}
}

inline store_turn(position, value)
{
	d_step {
#ifndef WEAK_COMMIT
		NOTHING_PENDING;
#endif
		!is_turn_pending[(position) % SLOTS];
		pending_turns[(position) % SLOTS] = value;
		is_turn_pending[(position) % SLOTS] = true
	}
}

/* prof_publish() until enough has been published; a full lane is tried again. */
proctype producer(byte owner; bool is_mortal)
{
	byte tail, head_seen;

	/* prof_producer_attach(): the tail is the first position not committed. */
	head_seen = head;
	tail = head_seen;
#ifndef FORGETFUL
	do
	:: tail - head_seen < SLOTS && turns[tail % SLOTS] == tail + 1 -> tail++
	:: else -> break
	od;
#endif
	do
	:: tail == EVENTS -> break
	:: is_mortal -> goto died
	:: tail < EVENTS && tail - head_seen >= SLOTS ->
		/* Full as far as we know: look, and wait until it is not. */
		if
		:: head != head_seen -> head_seen = head
		:: is_mortal -> goto died
		fi
	:: tail < EVENTS && tail - head_seen < SLOTS ->
		store_word(tail, 0, VALUE(owner, tail));
		if
		:: is_mortal -> goto died
		:: true
		fi;
		store_word(tail, 1, VALUE(owner, tail));
		if
		:: is_mortal -> goto died
		:: true
		fi;
		store_turn(tail, tail + 1);
		tail++
	od;
	NOTHING_PENDING;
	tail_end = tail;
	is_finished = true;
	goto end;
died:
	NOTHING_PENDING; /* a processor that leaves a thread has made its stores */
	is_owner_dead = true;
end:
}

/* Whoever wants a lane takes a dead owner's. */
active proctype heir()
{
	run producer(1, true);
	if
	:: is_owner_dead -> run producer(2, false)
	:: is_finished
	fi
}

#define LOAD_WORDS(i)                                     \
	copy[(i) * WORDS] = words[WORD(seen + (i), 0)];   \
	copy[(i) * WORDS + 1] = words[WORD(seen + (i), 1)]

/* prof_take() until all is over. */
proctype consumer(bool is_mortal)
{
	byte seen, count, i;
	byte copy[BATCH * WORDS];
	bool is_last;

	do
	:: true ->
		is_last = is_finished; /* looked at first: what was published by then is seen */
		seen = head;
		count = 0;
#ifdef EARLY_LOADS
		LOAD_WORDS(0);
		LOAD_WORDS(1);
#endif
		do
		:: count == BATCH -> break
		:: count < BATCH ->
			if
#ifdef NO_TURN_TEST
			:: seen + count < EVENTS ->
#else
			:: turns[(seen + count) % SLOTS] == seen + count + 1 ->
#endif
#if !defined(EARLY_LOADS) && !defined(WEAK_TAKE)
				LOAD_WORDS(count);
#endif
				count++
			:: else -> break
			fi
		od;
		if
		:: is_mortal -> break /* has taken nothing */
		:: true
		fi;
		if
		:: count == 0 && is_last -> break
		:: count == 0 && !is_last -> skip
		:: count > 0 ->
			d_step {
				if
#ifndef BLIND_TAKE
				:: head != seen -> count = 0 /* somebody was faster */
#endif
				:: else -> head = seen + count
				fi
			}
#ifdef WEAK_TAKE
			LOAD_WORDS(0);
			LOAD_WORDS(1);
#endif
			d_step {
				i = 0;
				do
				:: i < count ->
					/* Whole: both words of one producer's event of this position. */
					assert(copy[i * WORDS] == copy[i * WORDS + 1]);
					assert(copy[i * WORDS] % 64 == seen + i + 1);
					taken[seen + i]++;
					assert(taken[seen + i] == 1);
					i++
				:: else -> break
				od;
				i = 0
			}
		fi;
		d_step { /* nothing of a round matters to the next: fewer states */
			seen = 0;
			count = 0;
			copy[0] = 0;
			copy[1] = 0;
			copy[2] = 0;
			copy[3] = 0
		}
	od;
	/* The survivor leaves when all is published and taken: nothing is lost. */
	if
	:: !is_mortal -> assert(head == tail_end)
	:: is_mortal
	fi
}

init {
	atomic {
		run consumer(false);
		run consumer(true)
	}
}
