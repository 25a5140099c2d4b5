// SPDX-License-Identifier: BSD-2-Clause
// What a client's own type definitions promise of a message, and what of that
// is missing.  Reads the plain interfaces of a .d.ts file and no more of TypeScript.
"use strict";
const fs = require("fs");

class Types {
	// Of some definitions "?" means: not always there.  Of others it stands at every field.
	constructor(file, hasOptional = false) {
		this.hasOptional = hasOptional;
		this.source = fs.readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
		this.known = new Map();
	}

	// The fields of an interface: [[name, type]...], or {element} for an array.
	find(name) {
		if (this.known.has(name))
			return this.known.get(name);
		const head = new RegExp(`interface ${name}(?: extends (\\w+)(?:<(\\w+)>)?)? \\{`);
		const found = head.exec(this.source);
		let shape = null; // of what is no interface: remembered, too
		if (found && found[1] === "Array")
			shape = { element: found[2] };
		else if (found)
			shape = { fields: this.fields(found.index + found[0].length) };
		this.known.set(name, shape);
		return shape;
	}

	fields(at) {
		const fields = [];
		let depth = 0;
		let text = "";
		for (; depth >= 0; at++) {
			const c = this.source[at];
			depth += c === "{" ? 1 : c === "}" ? -1 : 0;
			if (c !== ";" || depth > 0) {
				text += c;
				continue;
			}
			const field = /^\s*(?:readonly )?(\w+)\??\s*:\s*([\s\S]*)$/.exec(text);
			if (field)
				fields.push([field[1], field[2].trim(), /^\s*\w+\?/.test(text)]);
			text = "";
		}
		return fields;
	}

	// What of the value the type promises and is undefined, as paths.
	missing(type, value, path = "") {
		const inline = /^\{([\s\S]*)\}(\[\])?$/.exec(type);
		if (inline) {
			const fields = new Types.Inline(inline[1]).list;
			const values = inline[2] ? value : [value];
			return values.flatMap((v) => this.fieldsMissing(fields, v, path));
		}
		const array = /^Array<([\s\S]*)>$/.exec(type);
		if (array)
			return value.flatMap((v, i) => this.missing(array[1], v, `${path}[${i}]`));
		const shape = /^\w+$/.test(type) ? this.find(type) : null;
		if (!shape)
			return [];
		if (shape.element)
			return value.flatMap((v, i) => this.missing(shape.element, v, `${path}[${i}]`));
		return this.fieldsMissing(shape.fields, value, path);
	}

	fieldsMissing(fields, value, path) {
		return fields.flatMap(([name, type, isOptional]) => {
			const where = path ? `${path}.${name}` : name;
			if (value[name] === undefined)
				return isOptional && this.hasOptional ? [] : [where];
			return value[name] === null ? [] : this.missing(type, value[name], where);
		});
	}
}

// The fields between the braces of a type that has no name.
Types.Inline = class extends Types {
	constructor(text) {
		super("/dev/null");
		this.source = text + "}";
		this.list = this.fields(0);
	}
};

module.exports = { Types };
