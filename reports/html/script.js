"use strict";
(() => {
	const byId = (id) => document.getElementById(id);
	const root = document.documentElement;

	// A page opened from a file may be denied storage.
	const remembered = () => { try { return localStorage.getItem("natproof-theme"); } catch { return null; } };
	const remember = (theme) => { try { localStorage.setItem("natproof-theme", theme); } catch { /* for this visit only */ } };
	const theme = byId("theme");
	const setTheme = (name) => {
		root.dataset.theme = name;
		theme.setAttribute("aria-pressed", String(name === "dark"));
	};
	const system = matchMedia("(prefers-color-scheme: dark)");
	const saved = remembered();
	setTheme(saved === "dark" || saved === "light" ? saved : system.matches ? "dark" : "light");
	system.addEventListener("change", () => { if (!remembered()) setTheme(system.matches ? "dark" : "light"); });
	theme.addEventListener("click", () => {
		setTheme(root.dataset.theme === "dark" ? "light" : "dark");
		remember(root.dataset.theme);
	});
	theme.hidden = false;

	// The rows and the articles of the same requirements are shown or hidden together.
	const form = byId("filter"), words = byId("words"), level = byId("level");
	const rows = [...document.querySelectorAll(".requirements tbody tr")];
	const boxes = [...form.querySelectorAll("input[name=verdict]")];
	const apply = () => {
		const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
		const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
		let shown = 0;
		for (const row of rows) {
			const fits = verdicts.has(row.dataset.verdict) &&
				(!level.value || row.dataset.level === level.value) &&
				sought.every((word) => row.dataset.text.includes(word));
			row.hidden = !fits;
			byId(row.dataset.for).hidden = !fits;
			if (fits) shown++;
		}
		for (const section of document.querySelectorAll(".document")) {
			section.hidden = !section.querySelector(".requirement:not([hidden])");
		}
		byId("count").textContent = shown + " of " + rows.length + " requirements";
	};
	form.addEventListener("input", apply);
	form.addEventListener("submit", (event) => event.preventDefault());
	const setOpen = (open) => {
		for (const spec of document.querySelectorAll(".requirement:not([hidden]) > .spec")) spec.open = open;
	};
	byId("open").addEventListener("click", () => setOpen(true));
	byId("close").addEventListener("click", () => setOpen(false));
	form.hidden = false;
	apply();

	// A link to a spec or a requirement unfolds it, and undoes a filter that hides it.
	const follow = () => {
		const target = byId(decodeURIComponent(location.hash.slice(1)));
		if (!target) return;
		if (target.closest("[hidden]")) {
			form.reset();
			apply();
		}
		const spec = target.matches(".spec") ? target : target.querySelector(".spec");
		if (spec) spec.open = true;
		target.scrollIntoView();
	};
	addEventListener("hashchange", follow);
	if (location.hash) follow();
})();
