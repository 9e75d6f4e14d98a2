
// Keys for the whole page. They are told in the dialog.
(() => {
	const help = document.getElementById("keyboard"), opener = document.getElementById("help");
	opener.addEventListener("click", () => help.showModal());
	opener.hidden = false;
	let at;
	const go = (step) => {
		const found = [...document.querySelectorAll(".requirement.bad:not([hidden])")];
		if (!found.length) return;
		const next = found.indexOf(at) + step;
		at = found[found.includes(at) ? Math.min(Math.max(next, 0), found.length - 1) : 0];
		history.replaceState(null, "", "#" + [at.id, ...location.hash.split("?").slice(1)].join("?"));
		at.focus({ preventScroll: true });
		at.scrollIntoView();
	};
	addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.target.matches("input, select")) return;
		const keys = {
			j: () => go(1), k: () => go(-1), "?": () => help.showModal(),
			"/": () => document.getElementById("words").focus(),
		};
		if (!keys[event.key]) return;
		event.preventDefault();
		keys[event.key]();
	});
})();
