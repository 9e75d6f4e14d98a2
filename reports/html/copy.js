
// Copies the filter of a packet, the link of a requirement, and commands; folds long drawings.
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
	for (const capture of document.querySelectorAll(".spec.fail a[download], .spec.inconclusive a[download]")) {
		const packets = capture.closest(".spec").querySelectorAll("button.leg.decided");
		if (!packets.length) continue;
		const filter = [...packets].map((leg) => `(${leg.dataset.filter})`).join(" || ");
		const command = () => `tshark -r '${capture.textContent}' -Y '${filter}'`;
		capture.after(" ", button("Copy tshark command", `for ${capture.textContent}`, command));
	}
	// A long drawing shows what decided, and the rest when it is asked for.
	for (const ladder of document.querySelectorAll(".ladder.long")) {
		const rows = ladder.querySelectorAll(".far:not(.step)").length;
		const made = document.createElement("button");
		made.type = "button";
		made.className = "unfold";
		made.setAttribute("aria-expanded", "false");
		made.textContent = `Show ${rows} more rows, before and after what decided`;
		made.addEventListener("click", () => {
			const folded = ladder.classList.toggle("folded");
			made.setAttribute("aria-expanded", String(!folded));
		});
		ladder.classList.add("folded");
		ladder.append(made);
	}
	document.addEventListener("click", (event) => {
		const leg = event.target.closest("button.leg");
		if (leg) give(leg.dataset.filter);
		const bar = event.target.closest("[data-to]");
		if (bar) location.hash = bar.dataset.to;
	});
})();
