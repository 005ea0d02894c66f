/// What all pages of graphs have in common; see `GraphDrawing.html(sources:)`.
enum GraphPage {
  /// The rules of the page; those of the picture follow, and none of their classes has `p-`.
  static let sheet = """
    :root{color-scheme:light dark;--page:#ffffff;--panel:#f8fafc;--ink:#0f172a;--soft:#475569;--line:#cbd5e1;--accent:#1d4ed8}
    @media (prefers-color-scheme:dark){:root{--page:#0f172a;--panel:#1e293b;--ink:#f1f5f9;--soft:#cbd5e1;--line:#475569;\
    --accent:#93c5fd}}
    *{box-sizing:border-box}
    html,body{height:100%;margin:0}
    body{display:flex;flex-direction:column;background:var(--page);color:var(--ink);\
    font:1rem/1.45 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
    header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;padding:.5rem 1rem;border-bottom:1px solid var(--line)}
    h1{font-size:1.15rem;margin:0;overflow-wrap:anywhere}
    header p{margin:0;color:var(--soft);font-size:.85rem;flex:1 1 12rem}
    form{display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:center;font-size:.85rem}
    input{font:inherit;width:12rem;max-width:100%;padding:.3rem .5rem;color:var(--ink);background:var(--page);\
    border:1px solid var(--soft);border-radius:.35rem}
    output{color:var(--soft);min-width:4.5rem}
    button{font:inherit;min-width:2.25rem;min-height:2.25rem;color:var(--ink);background:var(--panel);\
    border:1px solid var(--soft);border-radius:.35rem;cursor:pointer}
    .p-tools{display:flex;gap:.35rem}
    main{flex:1 1 0;min-height:0;display:flex}
    #view{flex:1 1 0;min-width:0;position:relative;overflow:hidden;touch-action:none;cursor:grab}
    #view svg{position:absolute;inset:0;width:100%;height:100%;display:block}
    #view g[id]{cursor:pointer;outline:none}
    #view .p-chosen rect,#view g[id]:focus-visible rect{stroke:var(--accent);stroke-width:3.5px}
    #view .p-other{opacity:.3}
    aside{flex:0 0 20rem;min-width:0;overflow:auto;padding:.75rem 1rem;border-left:1px solid var(--line);background:var(--panel);\
    font-size:.9rem}
    aside h2{font-size:1rem;margin:0 0 .35rem;overflow-wrap:anywhere}
    aside p,aside ul{margin:0 0 .5rem;padding:0;list-style:none;overflow-wrap:anywhere}
    aside pre{margin:.25rem 0 .75rem;padding:.5rem;background:var(--page);border:1px solid var(--line);border-radius:.35rem;\
    white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    aside button{min-height:0;min-width:0;padding:.1rem .4rem;margin:0 .25rem .25rem 0;overflow-wrap:anywhere}
    .p-label{color:var(--soft)}
    :focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
    @media (max-width:700px){main{flex-direction:column}aside{flex:0 0 auto;max-height:38%;border-left:0;\
    border-top:1px solid var(--line)}}
    """

  /// Moving, enlarging, choosing and searching. It makes elements from text alone, never from markup.
  static let script = #"""
    "use strict";
    const data = JSON.parse(document.getElementById("data").textContent);
    const view = document.getElementById("view"), svg = view.querySelector("svg"), facts = document.getElementById("facts");
    const find = document.getElementById("find"), found = document.getElementById("found");
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const boxes = data.map((_, index) => document.getElementById("n" + index));
    let x = 0, y = 0, scale = 1, chosen = -1, hits = [];
    const show = () => {
      // At least a part of the picture stays in sight.
      const w = view.clientWidth / scale, h = view.clientHeight / scale;
      x = Math.min(Math.max(x, 40 - w), width - 40);
      y = Math.min(Math.max(y, 40 - h), height - 40);
      svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    };
    const zoom = (factor, atX = view.clientWidth / 2, atY = view.clientHeight / 2) => {
      const next = Math.min(Math.max(scale * factor, 0.01), 8);
      x += atX / scale - atX / next;
      y += atY / scale - atY / next;
      scale = next;
      show();
    };
    const fit = whole => {
      scale = Math.min(view.clientWidth / width, whole ? view.clientHeight / height : 1, 1.25);
      x = (width - view.clientWidth / scale) / 2;
      y = whole ? Math.min(0, (height - view.clientHeight / scale) / 2) : 0;
      show();
    };
    const element = (name, text, kind) => {
      const made = document.createElement(name);
      made.textContent = text;
      if (kind) made.className = kind;
      return made;
    };
    const links = (label, list) => {
      const line = element("p", "");
      line.append(element("span", label + " ", "p-label"));
      for (const index of list) {
        const button = element("button", data[index].name);
        button.type = "button";
        button.onclick = () => choose(index, true);
        line.append(button);
      }
      return line;
    };
    const choose = (index, moves) => {
      if (chosen >= 0) boxes[chosen].classList.remove("p-chosen");
      chosen = index;
      const entry = data[index], box = boxes[index];
      box.classList.add("p-chosen");
      const parts = [element("h2", entry.name), ...entry.lines.map(line => element("p", line))];
      if (entry.place) {
        parts.push(element("p", entry.place, "p-label"));
        if (entry.text !== undefined) parts.push(element("pre", entry.text.trim()));
      }
      if (entry.reads.length) parts.push(links("reads", entry.reads));
      if (entry.readers.length) parts.push(links("read by", entry.readers));
      facts.replaceChildren(...parts);
      facts.scrollTop = 0;
      if (!moves) return;
      const at = box.getBBox();
      if (scale < 0.5) scale = 1;
      x = at.x + at.width / 2 - view.clientWidth / scale / 2;
      y = at.y + at.height / 2 - view.clientHeight / scale / 2;
      show();
    };
    boxes.forEach((box, index) => box.addEventListener("click", () => { if (!dragged) choose(index, false); }));
    const pointers = new Map();
    let dragged = false;
    view.addEventListener("pointerdown", event => {
      if (pointers.size === 0) dragged = false;
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
    });
    view.addEventListener("pointermove", event => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = [event.clientX, event.clientY], others = [...pointers].filter(entry => entry[0] !== event.pointerId);
      if (!dragged && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
      // Captured only now, so that a click still reaches its box.
      if (!dragged) view.setPointerCapture(event.pointerId);
      dragged = true;
      pointers.set(event.pointerId, now);
      const share = 1 / (others.length + 1);
      x -= (now[0] - before[0]) / scale * share;
      y -= (now[1] - before[1]) / scale * share;
      if (others.length) {
        const other = others[0][1], frame = view.getBoundingClientRect();
        const far = Math.hypot(now[0] - other[0], now[1] - other[1]);
        const was = Math.hypot(before[0] - other[0], before[1] - other[1]);
        if (was > 0 && far > 0) zoom(far / was, (now[0] + other[0]) / 2 - frame.left, (now[1] + other[1]) / 2 - frame.top);
      }
      show();
    });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, event => pointers.delete(event.pointerId));
    view.addEventListener("wheel", event => {
      event.preventDefault();
      const frame = view.getBoundingClientRect();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-event.deltaY * lines / 500), event.clientX - frame.left, event.clientY - frame.top);
    }, { passive: false });
    document.getElementById("in").onclick = () => zoom(1.4);
    document.getElementById("out").onclick = () => zoom(1 / 1.4);
    document.getElementById("fit").onclick = () => fit(true);
    const search = () => {
      const word = find.value.trim().toLowerCase();
      hits = [];
      data.forEach((entry, index) => {
        const hit = word !== "" && [entry.name, entry.text || "", ...entry.lines].join("\n").toLowerCase().includes(word);
        if (hit) hits.push(index);
        boxes[index].classList.toggle("p-other", word !== "" && !hit);
      });
      found.textContent = word === "" ? "" : hits.length === 0 ? "none" : `${hits.length} found`;
    };
    const step = by => {
      if (hits.length === 0) return;
      const at = hits.indexOf(chosen);
      const next = at < 0 ? (by > 0 ? 0 : hits.length - 1) : (at + by + hits.length) % hits.length;
      choose(hits[next], true);
      found.textContent = `${next + 1} of ${hits.length}`;
    };
    find.addEventListener("input", search);
    find.form.addEventListener("submit", event => event.preventDefault());
    find.addEventListener("keydown", event => {
      if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
      if (event.key === "Escape") { find.value = ""; search(); view.focus(); }
    });
    addEventListener("keydown", event => {
      if (event.target === find || event.ctrlKey || event.metaKey || event.altKey) return;
      const pan = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80],
        PageUp: [0, -0.8 * view.clientHeight], PageDown: [0, 0.8 * view.clientHeight] }[event.key];
      if (pan && event.target !== facts) { x += pan[0] / scale; y += pan[1] / scale; show(); }
      else if (event.key === "+" || event.key === "=") zoom(1.25);
      else if (event.key === "-") zoom(1 / 1.25);
      else if (event.key === "0") fit(true);
      else if (event.key === "Home") fit(false);
      else if (event.key === "/") find.focus();
      else if (event.key === "n" || event.key === "N") choose(Math.min(chosen + 1, data.length - 1), true);
      else if (event.key === "p" || event.key === "P") choose(Math.max(chosen - 1, 0), true);
      else if (event.key === "Enter" && boxes.includes(event.target)) choose(boxes.indexOf(event.target), false);
      else return;
      event.preventDefault();
    });
    let before = [0, 0];
    new ResizeObserver(() => {
      const now = [view.clientWidth, view.clientHeight];
      if (before[0] === 0) fit(false); else show();
      before = now;
    }).observe(view);
    """#
}
