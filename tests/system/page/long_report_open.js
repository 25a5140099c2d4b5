/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * long_report_open.js CHROMIUM PAGE.html [PICTURES]: what it takes to draw the page of a long run, and
 * that each stall has a row and a place on the chart.  PICTURES: a folder for screenshots.
 */
"use strict";
const path = require("path");
const { Browser } = require("../correlator/browser.js");

const OPEN_MS = 1000;
const [chromium, page, pictures] = process.argv.slice(2);
const url = `file://${path.resolve(page)}`;
const views = [
	{ name: "1440", width: 1440, height: 900 },
	{ name: "768", width: 768, height: 1024 },
	{ name: "390", width: 390, height: 844, isPhone: true },
	{ name: "1440-dark", width: 1440, height: 900, scheme: "dark" },
	{ name: "390-dark", width: 390, height: 844, isPhone: true, scheme: "dark" },
	{ name: "zoom-200", width: 720, height: 450 },
	{ name: "print", width: 794, height: 1123, media: "print" },
];

async function main() {
	const browser = new Browser(chromium);
	await browser.open();
	/* Of a processor, which a busy machine does not make more. */
	await browser.ask("Performance.enable", { timeDomain: "threadTicks" });
	await browser.look(url, views[0]);
	const { metrics } = await browser.ask("Performance.getMetrics");
	const openMs = 1000 * metrics.find((one) => one.name === "TaskDuration").value;
	const seen = await browser.evaluate(`(() => {
		const data = wsLatencyData();
		const chart = wsLatencyCharts().find((one) => one.root.parentElement.id === "scatter-chart");
		const box = chart.over.getBoundingClientRect();
		const inside = data.slowest.filter((one) => {
			const x = chart.valToPos(one.time_ns / 1e9, "x"), y = chart.valToPos(one.latency_ns, "y");
			return x >= 0 && x <= box.width && y >= 0 && y <= box.height;
		});
		document.getElementById("more").click();
		return { due: data.rows.due, stalls: data.slowest.length, dots: inside.length,
			rows: document.querySelectorAll("#stalls tbody tr").length, nodes: document.querySelectorAll("*").length };
	})()`);
	console.log(`drawn with ${openMs.toFixed(0)} ms of a processor;`, JSON.stringify(seen), browser.complaints.join("; "));
	if (pictures) {
		for (const view of views) {
			await browser.look(url, view);
			await browser.screenshot(path.join(pictures, `${view.name}.png`));
		}
	}
	await browser.close();
	process.exit(openMs < OPEN_MS && seen.rows >= seen.stalls && seen.dots === seen.stalls && seen.stalls >= seen.due &&
		!browser.complaints.length ? 0 : 1);
}

main();
