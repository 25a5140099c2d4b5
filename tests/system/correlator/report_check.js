/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_check.js CHROMIUM PAGE.html MESSAGES.jsonl PICTURES [OTHER.html...]:
 * looks at a report as a reader would, on a desktop, on a phone and in the
 * dark, and chooses a message on its chart.  PICTURES: a folder for
 * screenshots, or "".  The other pages only have to open without a complaint.
 */
"use strict";
const fs = require("fs");
const path = require("path");
const { Browser } = require("./browser.js");

const [chromium, page, jsonl, pictures, ...others] = process.argv.slice(2);
const messages = new Map(fs.readFileSync(jsonl, "utf8").trim().split("\n").map((line) => JSON.parse(line))
	.map((message) => [message.seq, message]));
let failures = 0;

function expect(what, isTrue, seen = "") {
	console.log(`${isTrue ? "ok" : "FAIL"}: ${what}${isTrue ? "" : ` (${JSON.stringify(seen)})`}`);
	failures += isTrue ? 0 : 1;
}

const views = [
	{ name: "desktop", width: 1200, height: 900 },
	{ name: "dark", width: 1200, height: 900, scheme: "dark" },
	{ name: "phone", width: 390, height: 844, isPhone: true },
	{ name: "phone-dark", width: 390, height: 844, isPhone: true, scheme: "dark" },
	{ name: "narrow", width: 320, height: 640, isPhone: true },
];

/* Pairs of texts that lie upon each other, and what is wider than the page. */
const layoutProblems = `(() => {
	const problems = [];
	if (document.documentElement.scrollWidth > innerWidth + 1)
		problems.push("the page is " + document.documentElement.scrollWidth + " wide");
	const boxes = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; (node = walker.nextNode());) {
		if (!node.data.trim() || ["SCRIPT", "NOSCRIPT", "STYLE"].includes(node.parentElement.tagName))
			continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		for (const box of range.getClientRects())
			if (box.width > 1 && box.height > 1)
				boxes.push([box, node.data.trim().slice(0, 30)]);
	}
	for (let i = 0; i < boxes.length; i++)
		for (let j = i + 1; j < boxes.length; j++) {
			const [a, one] = boxes[i], [b, other] = boxes[j];
			const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
			const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
			if (width > 2 && height > 4)
				problems.push(one + " | " + other);
		}
	return problems.slice(0, 5);
})()`;

async function checkView(browser, url, view) {
	browser.complaints.length = 0;
	browser.requests.length = 0;
	await browser.look(url, view);
	const problems = await browser.evaluate(layoutProblems);
	expect(`${view.name}: nothing overlaps or sticks out`, problems.length === 0, problems);
	const charts = await browser.evaluate(`[...document.querySelectorAll('.chart canvas')].map((canvas) =>
		[canvas.getBoundingClientRect().width, canvas.closest("section").clientWidth, canvas.getBoundingClientRect().height])`);
	expect(`${view.name}: two charts as wide as the page`,
		charts.length === 2 && charts.every(([width, room, height]) => Math.abs(width - room) < 2 && height > 200), charts);
	expect(`${view.name}: the console is silent`, browser.complaints.length === 0, browser.complaints);
	expect(`${view.name}: nothing is loaded from anywhere`, browser.requests.every((one) => one === url), browser.requests);
	if (pictures)
		await browser.screenshot(path.join(pictures, `${view.name}.png`));
}

async function readDetail(browser) {
	return browser.evaluate(`(() => {
		const detail = document.getElementById("detail");
		const terms = [...detail.querySelectorAll("dt")].map((term) => [term.textContent, term.nextSibling.textContent]);
		return { seq: Number(detail.dataset.seq), title: detail.querySelector("h3").textContent, facts: Object.fromEntries(terms) };
	})()`);
}

function checkDetail(how, detail, seq) {
	const message = messages.get(seq);
	const facts = Object.fromEntries(Object.entries(detail.facts).map(([name, words]) => [name, words.trim()]));
	expect(`${how}: message ${seq} is shown`, detail.seq === seq && detail.title.startsWith(`Message ${seq}: `), detail);
	expect(`${how}: its class`, facts.class.startsWith(`${message.class}:`), facts.class);
	expect(`${how}: its stream`, facts.stream === (message.stream || "\u2013"), facts.stream);
	expect(`${how}: its range`, facts.bytes.endsWith(`offsets ${message.start} to ${message.end}`), facts.bytes);
	if (message.tcp_seq !== null) {
		expect(`${how}: its segments`, parseInt(facts.segments, 10) === message.segments, facts.segments);
		expect(`${how}: its sequence number`, facts["in Wireshark"] === `tcp.seq_raw == ${message.tcp_seq} && tcp.len > 0`, facts);
	}
	if (message.reads !== null)
		expect(`${how}: its reads`, parseInt(facts.reads, 10) === message.reads, facts.reads);
	expect(`${how}: its record`, facts.records.includes(` of ${message.messages_in_record} messages`), facts.records);
}

/* Every message waited in a stall that has a row, or is milder than the mildest of them. */
async function checkStalls(browser) {
	const { stalls, firstNs } = await browser.evaluate(`({ firstNs: wsLatencyData().rows.first_user_ns,
		stalls: wsLatencyData().slowest.map((m) => ({ latency: m.latency_ns, from: m.from_ns, to: m.to_ns, messages: m.messages })) })`);
	const mildest = Math.min(...stalls.map((stall) => stall.latency));
	const lost = [...messages.values()].filter((message) => {
		const latency = message.total_ns ?? message.kernel_user_ns;
		const end = Number(BigInt(message.user_ns) - BigInt(firstNs));
		return latency !== null && latency > mildest &&
			!stalls.some((stall) => stall.latency >= latency && stall.from < end && end <= stall.to);
	});
	expect("no slow message is without a stall", lost.length === 0 && stalls.length > 0, lost.slice(0, 3));
	expect("the stalls hold no more messages than there are",
		stalls.reduce((sum, stall) => sum + stall.messages, 0) <= messages.size);
}

async function chooseOnChart(browser) {
	/* The chart itself knows where it has drawn: the page keeps it for this. */
	const places = await browser.evaluate(`(() => {
		const chart = wsLatencyCharts().find((one) => one.root.parentElement.id === "scatter-chart");
		chart.root.scrollIntoView({ block: "center" });
		const box = chart.over.getBoundingClientRect();
		return wsLatencyData().slowest.map((message) => ({ seq: message.seq,
			x: box.left + chart.valToPos(message.time_ns / 1e9, "x"), y: box.top + chart.valToPos(message.latency_ns, "y") }));
	})()`);
	const apart = (one, other) => one === other || Math.hypot(one.x - other.x, one.y - other.y) > 3;
	const chosen = places.slice(1).find((place) => places.every((other) => apart(place, other)));
	expect("a stall stands apart", chosen !== undefined);
	if (!chosen)
		return;
	await browser.click(chosen.x, chosen.y);
	checkDetail("a click on the chart", await readDetail(browser), chosen.seq);
}

async function chooseInTable(browser) {
	const { x, y, seq } = await browser.evaluate(`(() => {
		const button = document.querySelectorAll("#stalls button")[2];
		button.scrollIntoView({ block: "center" });
		const box = button.getBoundingClientRect();
		return { x: box.left + box.width / 2, y: box.top + box.height / 2, seq: Number(button.textContent) };
	})()`);
	await browser.click(x, y);
	checkDetail("a click in the table", await readDetail(browser), seq);
}

/* Nothing below a chart moves when the mouse is over it; a key hides a curve. */
async function checkLegend(browser) {
	const heights = `[...document.querySelectorAll(".chart")].map((chart) => chart.getBoundingClientRect().height)`;
	const before = await browser.evaluate(heights);
	const { x, y } = await browser.evaluate(`(() => {
		const over = document.querySelector("#percentile-chart .u-over");
		over.scrollIntoView({ block: "center" });
		const box = over.getBoundingClientRect();
		return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
	})()`);
	await browser.click(x, y);
	const values = await browser.evaluate(`[...document.querySelectorAll("#percentile-chart .u-value")].map((one) => one.textContent).join("")`);
	const after = await browser.evaluate(heights);
	expect("hover: nothing moves", values.length > 10 && JSON.stringify(before) === JSON.stringify(after), [before, after, values]);
	const pressed = await browser.evaluate(`(() => {
		const label = document.querySelector("#percentile-chart .u-series:nth-child(2) th");
		label.focus();
		const was = label.getAttribute("aria-pressed");
		label.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
		return [document.activeElement === label, was, label.getAttribute("aria-pressed"), wsLatencyCharts()[0].series[1].show];
	})()`);
	expect("keyboard: a name in the legend hides its curve", JSON.stringify(pressed) === '[true,"true","false",false]', pressed);
}

/* stamped.html: NIC stamps within 2^11 ns, the hand-over within 2^5 more, 12345 ns after them. */
async function checkStamped(browser) {
	const cards = Object.fromEntries(await browser.evaluate(`[...document.querySelectorAll("#figures .card")].map((card) =>
		[card.querySelector(".name").textContent, { value: card.querySelector(".value").textContent,
			rest: [...card.querySelectorAll(".rest")].map((one) => one.textContent) }])`));
	const plain = (words) => words.replace(/\u00a0/g, " ");
	const within = { "Wire\u2192NIC": "2.08 \u00b5s", "NIC\u2192Kernel": "2.05 \u00b5s", "NIC\u2192User": "2.05 \u00b5s" };
	for (const [name, words] of Object.entries(within)) {
		const { value, rest } = cards[name] || { value: "", rest: ["", ""] };
		expect(`stamped: ${name}: how far off it may be`, plain(rest[1]) === `\u00b1 ${words} (99 % of the stamps), at worst ${words}`, rest);
		for (const figure of [value, rest[0].split(": ")[1]])
			expect(`stamped: ${name}: no digit finer than that`, /^(-?\d+\u00a0\u00b5s|-?[\d.]+\u00a0ms|under 1\u00a0\u00b5s)$/.test(figure), figure);
	}
	expect("stamped: Wire\u2192NIC as it is", cards["Wire\u2192NIC"] && plain(cards["Wire\u2192NIC"].value) === "12 \u00b5s", cards);
	expect("stamped: both ends of Kernel\u2192User on one clock", cards["Kernel\u2192User"].rest[1] === "both ends on one clock", cards);
}

async function checkOther(browser, other) {
	browser.complaints.length = 0;
	await browser.look(`file://${path.resolve(other)}`, views[2]);
	const problems = await browser.evaluate(layoutProblems);
	const rest = await browser.evaluate("document.querySelector('#producers thead') !== null");
	const foreign = await browser.evaluate("document.querySelectorAll('img, b, iframe, [onerror]').length");
	expect(`${path.basename(other)}: no name became an element`, foreign === 0, foreign);
	expect(`${path.basename(other)}: opens whole and without a complaint`,
		rest && problems.length === 0 && browser.complaints.length === 0, [problems, browser.complaints]);
	const { negative, listed } = await browser.evaluate(`({ listed: document.querySelectorAll("#stalls tbody tr").length,
		negative: JSON.parse(document.getElementById("data").textContent).scatter.negative })`);
	expect(`${path.basename(other)}: negative latencies can be chosen`, !negative || listed > 0, [negative, listed]);
	if (path.basename(other) === "stamped.html")
		await checkStamped(browser);
	if (pictures)
		await browser.screenshot(path.join(pictures, `${path.basename(other, ".html")}.png`));
}

async function main() {
	const url = `file://${path.resolve(page)}`;
	const browser = new Browser(chromium);
	try {
		await browser.open();
		for (const view of views)
			await checkView(browser, url, view);
		await browser.look(url, views[0]);
		await checkStalls(browser);
		await chooseOnChart(browser);
		await chooseInTable(browser);
		await checkLegend(browser);
		await browser.look(url, { width: 390, height: 844, isPhone: true });
		await checkLegend(browser);
		await browser.look(url, { width: 794, height: 1123, scheme: "dark", media: "print" });
		const paper = await browser.evaluate("(dispatchEvent(new Event('beforeprint')), getComputedStyle(document.body).backgroundColor)");
		expect("print: paper is white", paper === "rgb(255, 255, 255)", paper);
		if (pictures)
			await browser.screenshot(path.join(pictures, "print.png"));
		for (const other of others)
			await checkOther(browser, other);
	} finally {
		await browser.close();
	}
	process.exit(failures ? 1 : 0);
}

main().catch((error) => {
	console.log(`FAIL: ${error.stack}`);
	process.exit(1);
});
