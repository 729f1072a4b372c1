'use strict';
/* Makes the headings of tables buttons that sort their rows, and boxes that scroll reachable by
 * keyboard. Without this script the tables are what they are. */
(function () {
    /* What CELL sorts by: a number, a text, or null where it is missing. */
    function valueOf(cell) {
        const number = cell.dataset.value;
        if (number === undefined)
            return cell.classList.contains('missing') ? null : cell.textContent;
        if (number === 'inf' || number === '-inf')
            return number === 'inf' ? Infinity : -Infinity;
        return Number.isNaN(Number(number)) ? null : Number(number);
    }

    function order(a, b) {
        if (typeof a === 'number' && typeof b === 'number')
            return a < b ? -1 : a > b ? 1 : 0;
        return String(a).localeCompare(String(b), 'en', { numeric: true });
    }

    /* Sorts by COLUMN; what is missing comes last in both directions. */
    function sort(table, column, descending) {
        const body = table.tBodies[0];
        const rows = Array.from(body.rows, function (row) {
            return { row: row, value: valueOf(row.cells[column]) };
        });
        rows.sort(function (a, b) {
            if (a.value === null || b.value === null)
                return (a.value === null) - (b.value === null);
            return descending ? order(b.value, a.value) : order(a.value, b.value);
        });
        body.append.apply(body, rows.map(function (entry) { return entry.row; }));
    }

    function press(table, headings, pressed) {
        const descending = pressed.getAttribute('aria-sort') === 'ascending';
        headings.forEach(function (heading) { heading.removeAttribute('aria-sort'); });
        pressed.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        sort(table, pressed.cellIndex, descending);
    }

    /* A box that holds all of its table is no stop for the keyboard. */
    function markBoxes() {
        document.querySelectorAll('.wide').forEach(function (box) {
            const label = box.querySelector('caption') || box.querySelector('img');
            if (box.scrollWidth > box.clientWidth + 1) {
                box.tabIndex = 0;
                box.setAttribute('role', 'region');
                box.setAttribute('aria-label', label.alt || label.textContent);
            } else {
                ['tabindex', 'role', 'aria-label'].forEach(function (name) {
                    box.removeAttribute(name);
                });
            }
        });
    }

    document.querySelectorAll('table.sortable').forEach(function (table) {
        const headings = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
        if (table.tBodies[0].rows.length < 2)
            return;
        headings.forEach(function (heading) {
            const button = document.createElement('button');
            button.type = 'button';
            button.title = 'Sort by this column';
            button.append.apply(button, Array.from(heading.childNodes));
            heading.append(button);
            button.addEventListener('click', function () { press(table, headings, heading); });
        });
    });
    markBoxes();
    window.addEventListener('resize', markBoxes);
    window.addEventListener('load', markBoxes);
    document.addEventListener('toggle', markBoxes, true);
})();
