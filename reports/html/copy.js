
// Copies the filter of a packet, the link of a requirement, and commands.
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
	const give = async (text) => {
		copied.textContent = `${await copy(text) ? "Copied" : "To copy"}: ${text}`;
		clearTimeout(clear);
		clear = setTimeout(() => { copied.textContent = ""; }, 6000);
	};
	const button = (name, of, text) => {
		const made = document.createElement("button");
		made.type = "button";
		made.className = "copy";
		made.textContent = name;
		made.setAttribute("aria-label", `${name} ${of}`);
		made.addEventListener("click", () => give(text()));
		return made;
	};
	// Buttons are there without a script to press them only in vain, so the script makes them.
	for (const article of document.querySelectorAll(".requirement")) {
		const link = () => location.href.split("#")[0] + "#" + article.id;
		article.querySelector(".tags").append(" ", button("Copy link", `of ${article.id}`, link));
		for (const command of article.querySelectorAll(".alone code")) {
			command.after(" ", button("Copy", `the command ${command.textContent}`, () => command.textContent));
		}
	}
	// What finds the packets that decided, or all that have a filter, in the capture.
	for (const capture of document.querySelectorAll(".spec.fail a[download]")) {
		const packets = capture.closest(".spec").querySelectorAll("button.leg.decided");
		if (!packets.length) continue;
		const filter = [...packets].map((leg) => `(${leg.dataset.filter})`).join(" || ");
		const command = () => `tshark -r '${capture.textContent}' -Y '${filter}'`;
		capture.after(" ", button("Copy tshark command", `for ${capture.textContent}`, command));
	}
	document.addEventListener("click", (event) => {
		const leg = event.target.closest("button.leg");
		if (leg) give(leg.dataset.filter);
		const bar = event.target.closest("[data-to]");
		if (bar) location.hash = bar.dataset.to;
	});
})();
