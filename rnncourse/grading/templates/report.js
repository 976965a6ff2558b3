for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    button.addEventListener("click", () => {
      const back = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(each => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", back ? "descending" : "ascending");
      const order = (a, b) => value(a).localeCompare(value(b), undefined, {numeric: true});
      const rows = [...body.rows].sort((a, b) => head.dataset.numbers ? value(a) - value(b) : order(a, b));
      body.append(...(back ? rows.reverse() : rows));
    });
  });
}
