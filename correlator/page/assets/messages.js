/* SPDX-License-Identifier: BSD-2-Clause */
/* One message: its facts, its row; and the stalls, each told by its slowest one. */

const FIRST_ROWS = 15;
const PARTS = ["nic_kernel", "kernel_return", "return_recv", "recv_user", "user_parsed"];

/* What of NIC->User no known stage accounts for, as where a layer is missing. */
function unattributed(message) {
	if (message.stages.total === undefined)
		return 0;
	return PARTS.filter((name) => name !== "user_parsed")
		.reduce((rest, name) => rest - (message.stages[name] || 0), message.stages.total);
}

function stageBar(data, message) {
	const tint = (name) => "c" + data.stages.findIndex((stage) => stage.name === name);
	const parts = PARTS.filter((name) => message.stages[name] > 0).map((name) =>
		({ words: stageNamed(data, name).words, tint: tint(name), ns: message.stages[name] }));
	if (unattributed(message) > 0)
		parts.unshift({ words: "in between, not measured", tint: "soft", ns: unattributed(message) });
	if (!parts.length)
		return null;
	return make("div", {},
		make("div", { class: "stack", "aria-hidden": "true" }, parts.map((part) =>
			make("span", { style: { flexGrow: String(part.ns), background: `var(--${part.tint})` } }))),
		make("ul", { class: "parts" }, parts.map((part) =>
			make("li", {}, key(part.tint), `${part.words} ${duration(part.ns)}`))));
}

function segmentWords(message) {
	if (message.tcp_seq === undefined)
		return `unknown: ${message.nic_reason}`;
	const apart = message.stages.first_last;
	const waits = apart > 0 ? `, the last byte ${duration(apart)} after the first` :
		apart < 0 ? `, the first byte ${duration(-apart)} after the last: it filled a hole` : "";
	return `${message.segments}${waits}${message.retransmits ? `; ${message.retransmits} retransmitted` : ""}` +
		`${message.merged ? "; in a merged frame" : ""}`;
}

function readWords(message) {
	if (message.reads === undefined)
		return `unknown: ${message.kernel_reason}`;
	const behind = message.stages.read_wait > 0 ? `, ${duration(message.stages.read_wait)} behind the first` : "";
	return `${message.reads}; ${ordinal(message.read_position)} message of its last read${behind}` +
		`${message.waited ? "; the call was already waiting" : ""}`;
}

/* What a page from a file may do: the selection is copied, no permission is asked for. */
function filterToCopy(filter) {
	const code = make("code", {}, filter);
	const copy = () => {
		getSelection().selectAllChildren(code);
		document.execCommand("copy");
	};
	return make("span", {}, code, " ", make("button", { type: "button", class: "copy", click: copy,
		"aria-label": "copy the filter" }));
}

/* Who waited with it. */
function stallWords(message) {
	if (message.messages === 1)
		return "this message alone";
	return `${count(message.messages)} messages that waited at the same time` +
		`${message.more_conns ? ", on more than one connection" : ""}; from the arrival of the first to the ` +
		`callback of the last ${duration(message.to_ns - message.from_ns)}`;
}

/* As finely as the exchange tells it, and no finer. */
function exchangeTime(message) {
	return message.exchange_us !== undefined ? `${count(message.exchange_us)}\u00a0${MICRO}` : `${message.exchange_ms}\u00a0ms`;
}

function messageFacts(data, message) {
	const className = data.classes[message.class].name;
	const facts = [
		...(message.messages ? [["stall", stallWords(message)]] : []),
		["stream", message.stream || "\u2013"],
		["time", `${wallTime(message.wall_ns)}, ${duration(message.time_ns)} after the first message ` +
			`(CLOCK_MONOTONIC ${message.user_ns} ns)`],
		["class", `${className}: ${CLASS_WORDS[className] || ""}` +
			`${message.doubt_layer ? `; ${message.doubt_layer} layer: ${message.doubt_reason}` : ""}`],
		["bytes", message.end === undefined ? "unknown: where they lie in the TCP stream is not known" :
			`${count(message.end - message.start)}, stream offsets ${message.start} to ${message.end}`],
		["segments", segmentWords(message)],
		["reads", readWords(message)],
		["records", `${ordinal(message.record_position)} of ${message.in_record} messages that its TLS record completed` +
			`${message.split ? "; in several WebSocket fragments" : ""}`],
	];
	if (message.frame !== undefined)
		facts.push([`in ${data.rows.frames_file}`, [`frame ${count(message.frame)}, its comment with seq=${message.seq}: `,
			filterToCopy(`frame.number == ${message.frame}`)]]);
	if (message.tcp_seq !== undefined)
		facts.push(["in Wireshark", filterToCopy(`tcp.seq_raw == ${message.tcp_seq} && tcp.len > 0`)],
			["NIC stamp", `within ${duration(message.uncertainty_ns)}${message.clock_step ? "; its clock was stepped nearby" : ""}`]);
	if (message.stages.wire_nic !== undefined)
		facts.push(["wire to kernel", `${duration(message.stages.wire_nic)} from the adapter's stamp to the kernel's`]);
	if (message.stages.hol_wait > 0)
		facts.push(["head of line", `waited ${duration(message.stages.hol_wait)} for earlier bytes`]);
	if (message.exchange_ms !== undefined)
		facts.push(["exchange", `${exchangeTime(message)} since its time stamp (another clock)`]);
	facts.push(["connection", `${message.conn}, message ${count(message.message_index)} of it`]);
	return facts;
}

/* What the latency of a message without a NIC stamp is. */
function latencyName(message) {
	return message.stages.total !== undefined ? "NIC\u2192User" : "Kernel\u2192User";
}

function fillDetail(data, message) {
	byId("detail").dataset.seq = message.seq;
	byId("detail").replaceChildren(
		make("h3", {}, `Message ${message.seq}: ${duration(message.latency_ns)} ${latencyName(message)}`),
		...[stageBar(data, message)].filter(Boolean),
		make("dl", {}, messageFacts(data, message).map(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])));
}

function stallRow(data, message, isChosen, choose) {
	const cell = (kind, child) => make("td", kind ? { class: kind } : {}, child);
	const part = (name) => (message.stages[name] === undefined ? "\u2013" : duration(message.stages[name]));
	return make("tr", isChosen ? { class: "chosen" } : {},
		cell("number", make("button", { type: "button", click: () => choose(message, true) }, String(message.seq))),
		cell("number", duration(message.latency_ns)), cell("number", (message.time_ns / 1e9).toFixed(3) + "\u00a0s"),
		cell("number", message.messages === undefined ? "\u2013" : count(message.messages)), cell("number", part("nic_kernel")), cell("number", part("kernel_user")),
		cell("name", data.classes[message.class].name),
		cell("long", message.stream || "\u2013"));
}

function fillStalls(data, state, choose) {
	const all = data.slowest.concat(data.lowest);
	const rows = state.isEverything ? all : all.slice(0, FIRST_ROWS);
	const columns = [["message", "number"], ["latency", "number"], ["at", "number"], ["messages", "number"], ["NIC\u2192Kernel", "number"],
		["Kernel\u2192User", "number"], ["class", ""], ["stream", ""]];
	fillTable(byId("stalls"), columns, rows.map((message) => stallRow(data, message, message === state.chosen, choose)));
	byId("more").hidden = all.length <= FIRST_ROWS;
	byId("more").textContent = state.isEverything ? `show the worst ${FIRST_ROWS} only` : `show all ${count(all.length)} kept`;
}

function fillScatterHint(data) {
	const slow = new Set(data.slowest.map((message) => message.seq));
	const sampled = data.scatter.points.filter((point) => !slow.has(point[0])).length;
	const negative = data.scatter.negative ? ` ${count(data.scatter.negative)} negative ones cannot be drawn: the lowest stand at the end of the table.` : "";
	const left = data.rows.due > data.slowest.length ? ` ${count(data.rows.due)} stalls are above the 99.99 % of their minute: ` +
		`shown are the worst ${count(data.slowest.length)}, some of each minute.` : "";
	byId("scatter-hint").textContent = `NIC to user (kernel to user where the NIC layer does not know the message). ` +
		`Messages that waited at the same time are one stall, told by its slowest: ${count(data.slowest.length)} stalls have a dot, ` +
		`among them all above the 99.99 % of their minute${left ? " as far as there is room" : ""}.${left} ` +
		`The line is the slowest message of each ${duration(data.scatter.slice_ns)}; the rest is a random sample of ` +
		`${count(sampled)} of ${count(data.scatter.drawable)} messages.${negative} ` +
		`Choose a red dot for its message; draw sideways to zoom, double-click to zoom out.`;
}
