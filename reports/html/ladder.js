
// A click on a packet of a ladder copies the filter that finds it in the spec's capture.
(() => {
	const copied = document.createElement("p");
	copied.id = "copied";
	copied.setAttribute("role", "status");
	document.body.append(copied);
	// A page opened from a file may be denied the clipboard.
	const copy = async (text) => {
		try {
			await navigator.clipboard.writeText(text);
			return true;
		} catch {
			const area = document.createElement("textarea");
			area.value = text;
			document.body.append(area);
			area.select();
			const done = document.execCommand("copy");
			area.remove();
			return done;
		}
	};
	let clear;
	document.addEventListener("click", async (event) => {
		const leg = event.target.closest("button.leg");
		if (!leg) return;
		const filter = leg.dataset.filter;
		copied.textContent = `${await copy(filter) ? "Copied" : "The filter is"}: ${filter}`;
		clearTimeout(clear);
		clear = setTimeout(() => { copied.textContent = ""; }, 6000);
	});
})();
