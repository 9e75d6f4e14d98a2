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
	const form = byId("filter"), words = byId("words"), level = byId("level"), doc = byId("document");
	const rows = [...document.querySelectorAll(".requirements tbody tr")];
	const boxes = [...form.querySelectorAll("input[name=verdict]")];
	const apply = () => {
		const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
		const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
		let shown = 0;
		for (const row of rows) {
			const fits = verdicts.has(row.dataset.verdict) &&
				(!level.value || row.dataset.level === level.value) &&
				(!doc.value || row.parentNode.dataset.document === doc.value) &&
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
	// The filter stands in the address behind the anchor, as in #rfc4787.req-1?find=port, so
	// that a copied address shows the same. A file's address takes no other query.
	const anchor = () => location.hash.slice(1).split("?")[0];
	const keep = () => {
		const state = new URLSearchParams();
		if (words.value) state.set("find", words.value);
		if (level.value) state.set("level", level.value);
		if (doc.value) state.set("document", doc.value);
		if (boxes.some((box) => !box.checked)) {
			state.set("verdict", boxes.filter((box) => box.checked).map((box) => box.value).join(" "));
		}
		const query = state.toString();
		history.replaceState(null, "", "#" + anchor() + (query ? "?" + query : ""));
	};
	const restore = () => {
		const at = location.hash.indexOf("?");
		if (at < 0) return;
		const state = new URLSearchParams(location.hash.slice(at + 1));
		words.value = state.get("find") ?? "";
		level.value = state.get("level") ?? "";
		doc.value = state.get("document") ?? "";
		const verdicts = state.get("verdict")?.split(" ");
		for (const box of boxes) box.checked = !verdicts || verdicts.includes(box.value);
	};
	form.addEventListener("input", () => { apply(); keep(); });
	addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.key === "Escape" && event.target === words) {
			form.reset();
			apply();
			keep();
		}
	});
	form.addEventListener("submit", (event) => event.preventDefault());
	const setOpen = (open) => {
		for (const spec of document.querySelectorAll(".requirement:not([hidden]) > .spec")) spec.open = open;
	};
	byId("open").addEventListener("click", () => setOpen(true));
	byId("close").addEventListener("click", () => setOpen(false));
	form.hidden = false;
	restore();
	apply();

	// A link to a spec or a requirement unfolds it, and undoes a filter that hides it.
	const follow = () => {
		restore();
		apply();
		const target = byId(decodeURIComponent(anchor()));
		if (!target) return;
		if (target.closest("[hidden]")) {
			form.reset();
			apply();
		}
		const spec = target.matches(".spec") ? target : target.querySelector(".spec[open]") ?? target.querySelector(".spec");
		if (spec) spec.open = true;
		target.scrollIntoView();
	};
	addEventListener("hashchange", follow);
	if (location.hash) follow();
})();
