/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and names for people.  Pure: no page is needed. */
"use strict";

const MICRO = "\u00b5s";

/* Three significant digits at most, without an exponent. */
function three(value) {
	if (value >= 100 || value === 0)
		return String(Math.round(value));
	return String(Number(value.toPrecision(3)));
}

/* A number and its unit stay together. */
function duration(ns) {
	if (ns < 0)
		return "-" + duration(-ns);
	if (ns < 1000)
		return ns + "\u00a0ns";
	if (ns < 999500)
		return three(ns / 1e3) + "\u00a0" + MICRO;
	if (ns < 999500000)
		return three(ns / 1e6) + "\u00a0ms";
	return three(ns / 1e9) + "\u00a0s";
}

/* A duration that is known to within +-uncertainty: no digit that is finer than that. */
function durationWithin(ns, uncertaintyNs) {
	const step = uncertaintyNs > 1 ? Math.pow(10, Math.floor(Math.log10(uncertaintyNs))) : 1;
	const rounded = Math.round(ns / step) * step;
	return rounded === 0 ? `under ${duration(Math.max(step, 1))}` : duration(rounded);
}

/* Stages are named as in the lines; a page has arrows. */
function arrows(words) {
	return words.replace(/->/g, "\u2192");
}

function count(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function percent(part, all) {
	if (!all)
		return "0\u00a0%";
	/* What is not all is never shown as all. */
	const hundredths = Math.floor((part / all) * 10000);
	return Number((hundredths / 100).toFixed(2)) + "\u00a0%";
}

function range(from, to, last) {
	if (from === to)
		return last ? "\u2265 " + from : String(from);
	return from + "\u2013" + to;
}

/* 1st, 2nd, 3rd, 4th, 11th, 21st */
function ordinal(value) {
	const tens = value % 100, ones = value % 10;
	if (tens >= 11 && tens <= 13)
		return value + "th";
	return value + (["th", "st", "nd", "rd"][ones] || "th");
}

/* The value of a distribution at a percentile of the grid; null where it has too few values. */
function valueAt(stage, grid, percentileE5) {
	if (percentileE5 === 1e7)
		return stage.count ? stage.max_ns : null;
	if (!stage.count || (1 - percentileE5 / 1e7) * stage.count < 1)
		return null;
	return stage.values_ns[grid.indexOf(percentileE5)];
}

/* Place of a percentile on an axis where 90, 99, 99.9 % are equally far apart. */
function nines(percentileE5) {
	return -Math.log10(1 - percentileE5 / 1e7);
}

function ninesLabel(place) {
	const beyond = Math.pow(10, -place) * 100;
	return Number((100 - beyond).toFixed(Math.max(0, Math.ceil(place) - 2 + (place % 1 ? 1 : 0)))) + "\u00a0%";
}

/* Nanoseconds since 1970 as digits: more than a script's number can hold. */
function wallTime(digits) {
	const ns = BigInt(digits);
	if (ns === 0n)
		return "unknown";
	const [day, time] = new Date(Number(ns / 1000000n)).toISOString().split("T");
	return `${day} ${time.slice(0, -1)}${String(ns / 1000n % 1000n).padStart(3, "0")} UTC`;
}

/* A row of rows.slowest or rows.lowest as an object; what is not known has no member. */
function unpackRow(data, row) {
	const rows = data.rows;
	const message = { stages: {} };
	rows.columns.forEach((name, i) => {
		if (row[i] !== null)
			message[name] = row[i];
	});
	data.stages.forEach((stage, i) => {
		if (row[rows.columns.length + i] !== null)
			message.stages[stage.name] = row[rows.columns.length + i];
	});
	message.stream = rows.streams[message.stream];
	for (const name of ["nic_reason", "kernel_reason", "doubt_reason"])
		if (message[name] !== undefined)
			message[name] = rows.reasons[message[name]];
	message.user_ns = String(BigInt(rows.first_user_ns) + BigInt(message.time_ns));
	return message;
}

if (typeof module !== "undefined")
	module.exports = { arrows, count, duration, durationWithin, nines, ninesLabel, ordinal, percent, range, unpackRow, valueAt, wallTime };
