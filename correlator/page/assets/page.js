/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds the page from the data in it.  Every text is set as text, never as
 * markup, so a name from outside stays a name.
 */

const CLASS_WORDS = {
	"exact": "every byte of the message is accounted for on all layers",
	"last-byte": "its last byte is accounted for on all layers, an earlier one is not",
	"gro": "as exact, but its segment arrived inside a merged frame, whose stamp is that of the merge",
	"no-nic": "the NIC layer has not seen its last byte",
	"no-kernel": "the kernel layer has not seen its last byte",
	"user-only": "neither layer has seen its last byte",
	"no-user": "read on the wire by the capture; no user layer told it",
	"inverted": "a later layer's stamp is earlier than an earlier layer's: shown; a negative difference is in no average",
};
const CLASS_COLOURS = { "exact": "good", "gro": "c6", "last-byte": "c5", "no-nic": "warn", "no-kernel": "c1",
	"user-only": "c4", "inverted": "bad", "no-user": "c2" };
const P50 = 5000000, P90 = 9000000, P99 = 9900000, P999 = 9990000, MAX = 10000000;

function byId(id) {
	return document.getElementById(id);
}

/* An element with attributes and children; what is not an element becomes text. */
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name === "click")
			element.addEventListener("click", value);
		else if (name === "style")
			Object.assign(element.style, value);
		else
			element.setAttribute(name, value);
	}
	element.append(...children.flat(Infinity).filter((child) => child !== null));
	return element;
}

function key(name) {
	return make("span", { class: "key", style: { background: `var(--${name})` } });
}

/* columns: [title, "number" or other class]; rows: arrays of texts or elements. */
function fillTable(table, columns, rows) {
	const cell = (tag, kind, child) => make(tag, kind ? { class: kind } : {}, child);
	table.replaceChildren(
		make("thead", {}, make("tr", {}, columns.map(([title, kind]) => cell("th", kind, title)))),
		make("tbody", {}, rows.map((row) => row instanceof Element ? row :
			make("tr", {}, row.map((child, i) => cell("td", columns[i][1], child))))));
}

function shown(stage, data, percentileE5) {
	const value = valueAt(stage, data.percentiles_e5, percentileE5);
	return value === null ? "\u2013" : duration(value);
}

function stageNamed(data, name) {
	return data.stages.find((stage) => stage.name === name);
}

/* ---- Summary ------------------------------------------------------------------- */

function fillLead(data) {
	const totals = data.totals;
	byId("lead").textContent = `${count(totals.messages)} messages in ${duration(totals.duration_ns)}` +
		`${data.streams.length ? ` of ${data.streams.length} ${data.streams.length === 1 ? "stream" : "streams"}` : ""}, from ${count(totals.segments)} segments and ` +
		`${count(totals.reads)} reads. Begun ${wallTime(data.host.wall_ns).replace(/:\d\d\.\d+/, "")}` +
		`${data.host.name ? ` on ${data.host.name}` : ""}; ws_latency ${data.host.version}.`;
}

function figure(name, value, ...rest) {
	return make("div", { class: "card" }, make("div", { class: "name" }, name), make("div", { class: "value" }, value),
		rest.map((words) => make("div", { class: "rest" }, words)));
}

/*
 * How far off a stage may be: only the NIC layer's stamps come from elsewhere.  A percentile of figures that
 * are each off by so much at most is off by no more; what 99 % of the stamps keep to is told, and the worst.
 */
function doubt(data, name) {
	const clock = data.clock;
	if (name === "wire_nic")
		return { p99: clock.wire_uncertainty_ns_p99, max: clock.wire_uncertainty_ns_max };
	return name === "nic_kernel" || name === "total" ? { p99: clock.uncertainty_ns_p99, max: clock.uncertainty_ns_max } : null;
}

function doubtWords(off) {
	return off ? `\u00b1 ${duration(off.p99)} (99 % of the stamps), at worst ${duration(off.max)}` : "both ends on one clock";
}

/* Rounded to what is known of it. */
function shownWithin(stage, data, percentileE5, off) {
	const value = valueAt(stage, data.percentiles_e5, percentileE5);
	return value === null || !off ? shown(stage, data, percentileE5) : durationWithin(value, off.p99);
}

function stageFigure(data, name) {
	const stage = stageNamed(data, name);
	const off = doubt(data, name);
	if (!stage.count)
		return figure(stage.words, "n/a", stage.negative || stage.beyond ? outside(stage) : "not measured: see Coverage");
	return figure(stage.words, shownWithin(stage, data, P50, off), `median; 99 %: ${shownWithin(stage, data, P99, off)}`,
		doubtWords(off));
}

/* From the wire to the kernel is there with an adapter's stamps only. */
function fillFigures(data) {
	const names = stageNamed(data, "wire_nic").count ? ["wire_nic"] : [];
	const figures = names.concat(["nic_kernel", "kernel_user", "total"]).map((name) => stageFigure(data, name));
	figures.push(figure("Correlated", percent(data.totals.correlated, data.totals.messages),
		`${count(data.totals.correlated)} of ${count(data.totals.messages)}`));
	byId("figures").replaceChildren(...figures);
}

/* Values that are in no curve: negative ones with the lowest of them, and those beyond the histogram. */
function outside(stage) {
	return [stage.negative ? `${count(stage.negative)} negative, to ${duration(stage.lowest_ns)}` : "",
		stage.beyond ? `${count(stage.beyond)} beyond 73 min` : ""].filter(Boolean).join("; ") || "0";
}

/* Of the stages that were measured; "outside" needs room only where there is something. */
function fillStages(data) {
	const hasOutside = (stage) => stage.negative || stage.beyond;
	const last = data.stages.some(hasOutside) ? ["outside"] : [];
	const columns = [["stage", "name"]].concat(["count", "mean", "50 %", "90 %", "99 %", "99.9 %", "max", ...last]
		.map((title) => [title, "number"]));
	const rows = data.stages.map((stage, i) => [stage, i]).filter(([stage]) => stage.count || hasOutside(stage));
	const none = data.stages.filter((stage) => !stage.count && !hasOutside(stage)).map((stage) => stage.words);
	fillTable(byId("stages"), columns, rows.map(([stage, i]) => [
		make("span", {}, key("c" + (i % 10)), stage.words), count(stage.count),
		stage.count ? duration(stage.mean_ns) : "\u2013",
		...[P50, P90, P99, P999, MAX].map((p) => shown(stage, data, p)), ...last.map(() => outside(stage))]));
	byId("unmeasured").replaceChildren(none.length ? `Not measured in this run: ${none.join(", ")}.` : "");
	byId("outside").hidden = !last.length;
}

/* ---- Coverage, groups ------------------------------------------------------------ */

function fillCoverage(data) {
	const classes = data.classes.filter((item) => item.count);
	const tint = (item) => CLASS_COLOURS[item.name] || "c9";
	byId("coverage-bar").setAttribute("aria-label", classes.map((item) => `${item.name} ${item.count}`).join(", "));
	byId("coverage-bar").replaceChildren(...classes.map((item) =>
		make("span", { style: { flexGrow: String(item.count), background: `var(--${tint(item)})` } })));
	fillTable(byId("classes"), [["class", "name"], ["messages", "number"], ["share", "number"], ["meaning", "long"]],
		data.classes.map((item) => [make("span", {}, key(tint(item)), item.name), count(item.count),
			percent(item.count, data.totals.messages), CLASS_WORDS[item.name] || ""]));
	fillReasons(data);
}

/* That every layer knows every message is said only where there are messages, and no layer is blind. */
function reasonsHint(data) {
	if (!data.totals.messages)
		return "The user layer told no message: nothing is known of any.";
	if (data.reasons.length || data.classes.some((item) => item.name === "inverted" && item.count))
		return "";
	const untold = data.producers.some((producer) => producer.layer === "user" &&
		Object.keys(producer.losses).some((name) => name !== "malformed"));
	return data.blind.length || data.unclaimed || untold ? "Every layer knows every message that was told." :
		"Every layer knows every message.";
}

function fillReasons(data) {
	const hint = reasonsHint(data);
	const parts = hint ? [make("p", { class: "hint" }, hint)] : [];
	if (data.reasons.length) {
		const table = make("table", {});
		fillTable(table, [["layer", "name"], ["messages", "number"], ["why it does not know them", "long"]],
			data.reasons.map((item) => [item.layer, count(item.count),
				`${item.in_part ? "in part (last-byte): " : ""}${item.words} (${item.name})`]));
		parts.push(make("h3", {}, "Reasons"), make("div", { class: "scroll" }, table));
	}
	for (const item of data.blind)
		parts.push(make("p", { class: "note" }, `${item.what}: ${item.why}: ${item.remedy}` +
			`${item.connections > 1 ? ` (so it was for ${item.connections} connections)` : ""}`));
	if (data.unclaimed)
		parts.push(make("p", { class: "note" },
			`${count(data.unclaimed)} connections were read of which the user layer told no message.`));
	byId("reasons").replaceChildren(...parts);
}

function bars(title, hint, groups) {
	const used = groups.filter((group) => group.count);
	const most = Math.max(1, ...used.map((group) => group.count));
	const all = used.reduce((sum, group) => sum + group.count, 0);
	if (!used.length)
		return make("div", {}, make("h3", {}, title), make("p", { class: "hint" }, "not measured"));
	return make("div", {}, make("h3", {}, title), make("p", { class: "hint" }, hint),
		make("div", { class: "bars" }, used.map((group) => [
			make("span", {}, range(group.from, group.to, group.from === 1024)),
			make("span", { class: "bar", style: { width: `${(100 * group.count) / most}%` } }),
			make("span", { class: "count" }, `${count(group.count)} (${percent(group.count, all)})`)])));
}

function fillGroups(data) {
	byId("groups").replaceChildren(
		bars("Messages in a TLS record", "records by how many messages they completed", data.groups.records),
		bars("Messages in a read", "reads by how many messages they completed", data.groups.reads),
		bars("Segments of a message", "messages by how many segments carried them", data.groups.segments));
}

/* ---- The rest ---------------------------------------------------------------------- */

function fillStreams(data) {
	fillTable(byId("streams"), [["stream", "long"]].concat(["messages", "correlated", "50 %", "90 %", "99 %", "99.9 %", "max"]
		.map((title) => [title, "number"])), data.streams.map((stream) => [
		stream.name, count(stream.messages), percent(stream.correlated, stream.messages),
		...[P50, P90, P99, P999, MAX].map((p) => (stream.values_ns ? shown(stream, data, p) : "\u2013"))]));
}

function fillExchange(data) {
	const exchange = data.exchange;
	if (!exchange.count && !exchange.negative && !exchange.beyond) {
		byId("exchange").replaceChildren(make("p", { class: "hint" }, "The messages carry no time stamp of the exchange."));
		return;
	}
	const row = (name, values, unit_ns, unit) => [name, count(values.count), ...[P50, P90, P99, P999, MAX].map((p) => {
		const value = valueAt(values, data.percentiles_e5, p);
		return value === null ? "\u2013" : `${count(Math.floor(value / unit_ns))}\u00a0${unit}`;
	}), outside(values)];
	const fine = data.exchange_us;
	const hasFine = fine.count || fine.negative || fine.beyond;
	const table = make("table", {});
	fillTable(table, [["exchange to user", "name"]].concat(["messages", "50 %", "90 %", "99 %", "99.9 %", "max", "outside"]
		.map((title) => [title, "number"])), [row("by its time stamp E", exchange, 1e6, "ms"),
		...(hasFine ? [row("those of them told in \u00b5s", fine, 1e3, MICRO)] : [])]);
	byId("exchange").replaceChildren(make("p", { class: "note" },
		`This is another clock: E has a resolution of 1 ms${hasFine ? ", or of 1 \u00b5s where it is told so" : ""}, ` +
		"and the difference contains the unknown error between the " +
		"exchange's clock and this host's. It is in no stage above."), make("div", { class: "scroll" }, table));
}

function list(title, rows) {
	return make("div", {}, make("h3", {}, title), make("dl", {}, rows.filter(([, value]) => value !== "")
		.map(([term, value]) => [make("dt", {}, term), make("dd", {}, String(value))])));
}

function fillHost(data) {
	const { host, clock, totals } = data;
	const stamps = Object.entries(clock.stamps).map(([name, number]) => `${name}: ${count(number)}`).join(", ");
	byId("host").replaceChildren(
		list("Host of the run", [["name", host.name || "unknown"], ["begun", wallTime(host.wall_ns)], ["run", host.run],
			["kernel", host.kernel || "unknown"], ["processor", host.processor || "unknown"], ["cores", host.cores], ["virtual", host.hypervisor], ["clock source", host.clocksource],
			["governor", host.governor]]),
		list("Clocks", [["all stamps", "CLOCK_MONOTONIC"], ["NIC stamps from", stamps || "\u2013"],
			...(clock.wire_uncertainty_ns_max ? [["Wire\u2192NIC within", `${duration(clock.wire_uncertainty_ns_p50)} (median), ` +
				`${duration(clock.wire_uncertainty_ns_p99)} (99 %), ${duration(clock.wire_uncertainty_ns_max)} (worst)`]] : []),
			["NIC stamps within", stamps ? `${duration(clock.uncertainty_ns_p50)} (median), ` +
				`${duration(clock.uncertainty_ns_p99)} (99 %), ${duration(clock.uncertainty_ns_max)} (worst)` : "\u2013"], ["near a clock step", count(clock.clock_step_count)]]),
		list("On the wire", [["retransmitted", count(totals.retransmitted)], ["merged frames", count(totals.merged)],
			["filled a hole", count(totals.late)], ["messages held up", count(totals.held_up)],
			["read already waiting", count(totals.waited)],
			["cross-check", `${count(totals.check_agreed)} agreed, ${count(totals.check_disagreed)} disagreed`],
			...(totals.wire ? [["with what was read on the wire",
				`${count(totals.wire_agreed)} agreed, ${count(totals.wire_disagreed)} disagreed`]] : [])]));
	fillTable(byId("producers"), [["producer", "name"], ["layer", "name"], ["events", "number"], ["lost", "long"]],
		data.producers.map((item) => [item.name + (item.died ? " (died)" : ""), item.layer, count(item.events),
			Object.entries(item.losses).map(([name, number]) => `${name}: ${count(number)}`).join(", ") || "nothing"]));
}

/* ---- Charts and choices --------------------------------------------------------------- */

/* The stages that lines show; without them whatever was measured. */
function firstCurves(data) {
	const measured = data.stages.filter((stage) => stage.max_ns > 0).map((stage) => stage.name);
	const usual = ["nic_kernel", "kernel_user", "total"].filter((name) => measured.includes(name));
	return new Set(usual.length ? usual : measured);
}

function start() {
	const data = JSON.parse(byId("data").textContent);
	data.stages.forEach((stage) => { stage.words = arrows(stage.words); });
	data.slowest = data.rows.slowest.map((row) => unpackRow(data, row));
	data.lowest = data.rows.lowest.map((row) => unpackRow(data, row));
	const state = { chosen: null, isEverything: false, charts: [] };
	const visible = firstCurves(data);

	function choose(message, isFromTable) {
		state.chosen = message;
		fillDetail(data, message);
		fillStalls(data, state, choose);
		state.charts.forEach((chart) => chart.redraw(false));
		if (isFromTable)
			byId("detail").scrollIntoView({ block: "nearest" });
	}

	function draw() {
		state.charts.forEach((chart) => chart.destroy());
		state.charts = [];
		if (data.stages.some((stage) => stage.max_ns > 0))
			state.charts.push(percentileChart(byId("percentile-chart"), data, visible));
		if (data.slowest.some((message) => message.latency_ns > 0))
			state.charts.push(scatterChart(byId("scatter-chart"), data, () => state.chosen, choose));
	}

	function resize() {
		for (const chart of state.charts)
			chart.setSize(chartSize(chart.root.parentElement));
	}

	for (const fill of [fillLead, fillFigures, fillStages, fillScatterHint, fillCoverage, fillGroups, fillStreams,
		fillExchange, fillHost])
		fill(data);
	byId("more").addEventListener("click", () => {
		state.isEverything = !state.isEverything;
		fillStalls(data, state, choose);
	});
	draw();
	fillStalls(data, state, choose);
	if (data.slowest.length + data.lowest.length)
		choose(data.slowest[0] || data.lowest[0]);
	window.wsLatencyData = () => data; /* for tests, too: what is shown, unpacked */
	window.wsLatencyCharts = () => state.charts; /* for tests: where a chart has drawn what */
	window.addEventListener("resize", resize);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
	/* Paper is white, whatever the screen is. */
	const paper = (isPaper) => {
		document.documentElement.classList.toggle("print", isPaper);
		draw();
	};
	window.addEventListener("beforeprint", () => paper(true));
	window.addEventListener("afterprint", () => paper(false));
}

start();
