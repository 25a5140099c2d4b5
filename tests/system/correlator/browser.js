/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A headless Chromium, spoken to over a pipe in its own DevTools protocol: no
 * package beyond Debian's chromium and nodejs, no port, no network.
 */
"use strict";
const { spawn } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

class Browser {
	constructor(program) {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), "ws_latency_browser."));
		this.process = spawn(program, ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
			"--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars",
			"--remote-debugging-pipe", `--user-data-dir=${this.profile}`, "about:blank"],
		{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
		this.waiting = new Map();
		this.listeners = [];
		this.number = 0;
		this.rest = "";
		this.process.stdio[4].on("data", (bytes) => this.take(bytes.toString("utf8")));
		this.process.on("exit", () => {
			for (const { fail } of this.waiting.values())
				fail(new Error("chromium ended"));
		});
	}

	take(text) {
		const messages = (this.rest + text).split("\0");
		this.rest = messages.pop();
		for (const message of messages.map((one) => JSON.parse(one))) {
			const asked = this.waiting.get(message.id);
			if (!asked) {
				this.listeners.forEach((listener) => listener(message));
				continue;
			}
			this.waiting.delete(message.id);
			if (message.error)
				asked.fail(new Error(`${asked.method}: ${message.error.message}`));
			else
				asked.done(message.result);
		}
	}

	ask(method, params = {}, session = this.session) {
		const id = ++this.number;
		this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
		return new Promise((done, fail) => this.waiting.set(id, { done, fail, method }));
	}

	/* Opens a tab; what its console says and every request it makes is kept. */
	async open() {
		const { targetId } = await this.ask("Target.createTarget", { url: "about:blank" });
		const { sessionId } = await this.ask("Target.attachToTarget", { targetId, flatten: true });
		this.session = sessionId;
		this.complaints = [];
		this.requests = [];
		this.listeners.push(({ method, params }) => {
			if (method === "Runtime.exceptionThrown")
				this.complaints.push(params.exceptionDetails.exception.description || params.exceptionDetails.text);
			if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type))
				this.complaints.push(params.args.map((arg) => arg.value).join(" "));
			if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level))
				this.complaints.push(params.entry.text);
			if (method === "Network.requestWillBeSent")
				this.requests.push(params.request.url);
		});
		for (const domain of ["Page", "Runtime", "Log", "Network"])
			await this.ask(`${domain}.enable`);
	}

	/* width and height in CSS pixels; scheme: light or dark; media: "" or print */
	async look(url, { width, height, scheme = "light", media = "", isPhone = false }) {
		await this.ask("Emulation.setDeviceMetricsOverride",
			{ width, height, deviceScaleFactor: isPhone ? 2 : 1, mobile: isPhone });
		await this.ask("Emulation.setEmulatedMedia",
			{ media, features: [{ name: "prefers-color-scheme", value: scheme }] });
		const loaded = new Promise((done) => this.listeners.push(({ method }) =>
			method === "Page.loadEventFired" && done()));
		await this.ask("Page.navigate", { url });
		await loaded;
		await this.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
	}

	async evaluate(expression) {
		const answer = await this.ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
		if (answer.exceptionDetails)
			throw new Error(answer.exceptionDetails.exception.description);
		return answer.result.value;
	}

	async click(x, y) {
		for (const type of ["mouseMoved", "mousePressed", "mouseReleased"])
			await this.ask("Input.dispatchMouseEvent",
				{ type, x, y, button: type === "mouseMoved" ? "none" : "left", clickCount: 1 });
		await this.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
	}

	async screenshot(file) {
		const { data } = await this.ask("Page.captureScreenshot", { captureBeyondViewport: true, format: "png" });
		fs.writeFileSync(file, Buffer.from(data, "base64"));
	}

	async close() {
		const ended = new Promise((done) => this.process.on("exit", done));
		this.ask("Browser.close", {}, undefined).catch(() => {});
		await ended;
		fs.rmSync(this.profile, { recursive: true, force: true });
	}
}

module.exports = { Browser };
