/* SPDX-License-Identifier: BSD-2-Clause */
/* The two charts, drawn with uPlot in the colours of the style sheet. */

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function translucent(hex, alpha) {
	return hex + Math.round(alpha * 255).toString(16).padStart(2, "0");
}

function axis(extra) {
	return Object.assign({
		stroke: colour("soft"),
		font: "12px system-ui, sans-serif",
		grid: { stroke: colour("line"), width: 1 },
		ticks: { stroke: colour("line"), width: 1 },
	}, extra);
}

/* Lines at powers of ten only: nine between two of them hide the data. */
function isPowerOfTen(value) {
	const log = Math.log10(value);
	return Math.abs(log - Math.round(log)) < 1e-9;
}

function durationAxis() {
	const filter = (plot, splits) => splits.map((v) => (isPowerOfTen(v) ? v : null));
	return axis({ size: 66, filter, grid: { stroke: colour("line"), width: 1, filter },
		ticks: { stroke: colour("line"), width: 1, filter },
		values: (plot, splits) => splits.map((v) => (v === null ? "" : duration(v))) });
}

/* As wide as the section: an empty chart has no width of its own. */
function chartSize(element) {
	const width = Math.max(280, Math.floor(element.parentElement.clientWidth));
	return { width, height: Math.round(Math.min(360, Math.max(260, width * 0.45))) };
}

/* Whole powers of ten around the values, so that every label is a round one. */
function powersAround(low, high) {
	if (!(low > 0))
		return [1, 1000];
	const from = Math.pow(10, Math.floor(Math.log10(low)));
	const to = Math.pow(10, Math.ceil(Math.log10(high)));
	return [from, to > from ? to : from * 10];
}

/* Of rising places on an axis those whose labels have room, the last ones first. */
function apart(places, toPixels, room) {
	const kept = [];
	for (const place of places.slice().reverse())
		if (!kept.length || toPixels(kept[0]) - toPixels(place) >= room)
			kept.unshift(place);
	return kept;
}

/* A filled square is shown, a hollow one is not; a key may do what the mouse does. */
const legend = { markers: { fill: (plot, index) => plot.series[index].stroke(plot, index) } };

function openLegend(plot) {
	plot.root.querySelectorAll(".u-legend .u-series:not(:first-child) th").forEach((label, i) => {
		const press = () => label.setAttribute("aria-pressed", String(plot.series[i + 1].show));
		label.tabIndex = 0;
		label.setAttribute("role", "button");
		press();
		label.addEventListener("click", press);
		label.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" && event.key !== " ")
				return;
			event.preventDefault();
			label.click();
		});
	});
	return plot;
}

function percentileChart(element, data, visible) {
	const grid = data.percentiles_e5;
	const stages = data.stages.filter((stage) => stage.max_ns > 0);
	const most = Math.max(1, ...stages.map((stage) => stage.count));
	const places = grid.filter((p) => (1 - p / 1e7) * most >= 1);
	const end = Math.log10(most);
	const xs = places.map(nines).concat(end);
	const above0 = (v) => (v > 0 ? v : null);
	const ys = stages.map((stage) => places.map((p) => above0(valueAt(stage, grid, p))).concat(above0(stage.max_ns)));
	const size = chartSize(element);
	const labels = apart([0, Math.log10(2), 1, 2, 3, 4, 5, 6].filter((place) => place <= end + 1e-9),
		(place) => (place / Math.max(end, 1)) * (size.width - 90), 46);
	const options = Object.assign(size, {
		scales: {
			x: { time: false, range: [0, Math.max(end, 1)] },
			y: { distr: 3, range: (plot, low, high) => powersAround(low, high) },
		},
		axes: [
			axis({ splits: () => labels, values: (plot, splits) => splits.map(ninesLabel) }),
			durationAxis(),
		],
		series: [{ label: "percentile", value: (plot, v) => (v === null ? "" : ninesLabel(v)) }].concat(
			stages.map((stage, i) => ({
				label: stage.words,
				stroke: colour("c" + (data.stages.indexOf(stage) % 10)),
				width: 2,
				show: visible.has(stage.name),
				points: { show: false },
				value: (plot, v) => (v === null || v === undefined ? "" : duration(v)),
			}))),
		legend,
		cursor: { drag: { x: false, y: false } },
		hooks: {
			setSeries: [(plot, index) => {
				if (index === null)
					return;
				const name = stages[index - 1].name;
				plot.series[index].show ? visible.add(name) : visible.delete(name);
			}],
		},
	});
	return openLegend(new uPlot(options, [xs].concat(ys), element));
}

/*
 * Rows of the scatter: time in s, latency of the plain, of those not correlated, of the stalls, the
 * greatest of the time around.  undefined: nothing to say here; null: nothing was there, the line breaks.
 */
function scatterRows(data) {
	const slow = new Set(data.slowest.map((message) => message.seq));
	const rows = data.scatter.points.filter((point) => !slow.has(point[0])).map(([, time, latency, classId]) => [
		time / 1e9,
		data.classes[classId].correlated ? latency : null,
		data.classes[classId].correlated ? null : latency,
		null,
		undefined,
	]);
	for (const message of data.slowest)
		rows.push([message.time_ns / 1e9, null, null, message.latency_ns, undefined]);
	data.scatter.maxima_ns.forEach((latency, i) =>
		rows.push([(i + 0.5) * data.scatter.slice_ns / 1e9, null, null, null, latency]));
	for (const row of rows)
		for (let i = 1; i < 5; i++)
			if (row[i] <= 0)
				row[i] = null;
	rows.sort((a, b) => a[0] - b[0]);
	return [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
}

/* The stall nearest to a place on the chart, if it is near enough for a finger. */
function nearestStall(plot, stalls, x, y) {
	let best = null, bestDistance = 24;
	for (const message of stalls) {
		if (!(message.latency_ns > 0))
			continue;
		const dx = plot.valToPos(message.time_ns / 1e9, "x") - x;
		const dy = plot.valToPos(message.latency_ns, "y") - y;
		const distance = Math.hypot(dx, dy);
		if (distance < bestDistance) {
			best = message;
			bestDistance = distance;
		}
	}
	return best;
}

function circle(plot, message) {
	if (!message || !(message.latency_ns > 0))
		return;
	const context = plot.ctx;
	context.save();
	context.strokeStyle = colour("text");
	context.lineWidth = 2 * devicePixelRatio;
	context.beginPath();
	context.arc(plot.valToPos(message.time_ns / 1e9, "x", true), plot.valToPos(message.latency_ns, "y", true),
		8 * devicePixelRatio, 0, 2 * Math.PI);
	context.stroke();
	context.restore();
}

function dots(label, stroke, alpha, size) {
	return {
		label,
		stroke,
		paths: () => null,
		points: { show: true, size, width: 0, fill: translucent(stroke, alpha) },
		value: (plot, v) => (v === null || v === undefined ? "" : duration(v)),
	};
}

function scatterChart(element, data, chosen, choose) {
	const columns = scatterRows(data);
	const hasOthers = columns[2].some((v) => v);
	const hasSample = columns[1].some((v) => v);
	const options = Object.assign(chartSize(element), {
		scales: {
			x: { time: false },
			y: { distr: 3, range: (plot, low, high) => powersAround(low, high) },
		},
		axes: [axis({ values: (plot, splits) => splits.map((v) => v + " s") }), durationAxis()],
		series: [
			{ label: "time", value: (plot, v) => (v === null ? "" : v.toFixed(3) + " s") },
			Object.assign(dots("sample", colour("c0"), 0.55, 4), { show: hasSample }),
			/* Where a layer was off all are: no reason for alarm in each dot. */
			Object.assign(dots("not correlated", colour(hasSample ? "c1" : "c0"), 0.6, hasSample ? 5 : 4), { show: hasOthers }),
			dots("stalls", colour("bad"), 0.9, 7),
			{
				label: "slowest of its time",
				stroke: colour("soft"),
				width: 1,
				points: { show: false },
				value: (plot, v) => (v === null || v === undefined ? "" : duration(v)),
			},
		],
		legend,
		cursor: { drag: { x: true, y: false }, points: { show: false } },
		hooks: { draw: [(plot) => circle(plot, chosen())] },
	});
	const plot = openLegend(new uPlot(options, columns, element));
	let pressed = [0, 0];
	plot.over.addEventListener("mousedown", (event) => { pressed = [event.clientX, event.clientY]; });
	plot.over.addEventListener("click", (event) => {
		if (Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 6)
			return; /* the end of a drag, which zooms */
		const box = plot.over.getBoundingClientRect();
		const message = nearestStall(plot, data.slowest, event.clientX - box.left, event.clientY - box.top);
		if (message)
			choose(message);
	});
	return plot;
}
