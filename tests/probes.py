"""What is asked of a page in the browser: each is a function in JavaScript."""

# What stands on a page: formulas and how many of them were rendered, pictures without
# alt text or without a picture, and what has no name.
FACTS = """() => ({
  math: document.querySelectorAll('.math').length,
  rendered: document.querySelectorAll('.math mjx-container').length,
  broken: document.querySelectorAll('mjx-merror, [data-mml-node=merror]').length,
  noAlt: [...document.querySelectorAll('main img')].filter(i => !i.alt.trim())
    .map(i => i.src),
  notLoaded: [...document.images].filter(i => !i.complete || !i.naturalWidth)
    .map(i => i.src),
  noName: [...document.querySelectorAll('main a[href], main button, main summary')]
    .filter(e => !(e.textContent.trim() || e.ariaLabel || e.title ||
                   e.querySelector('img[alt]'))).map(e => e.outerHTML),
})"""

# What nobody rendered: a formula in its signs, the line below the head of a table.
RAW = r"""() => {
  const text = (document.querySelector('article') || document.body)
    .cloneNode(true);
  text.querySelectorAll('pre, code, script, .math, svg').forEach(e => e.remove());
  return text.textContent.match(
    /\$[^$\n]+\$|\\\([^)\n]+\)|\|\s*:?[-—]+:?\s*\|/g) || [];
}"""

# Formulas of which a part is not seen: by how many pixels, and what they are.
CUT = r"""() => {
  const cut = [];
  for (const item of window.MathJax?.startup?.document?.math || []) {
    const root = item.typesetRoot, box = root.getBoundingClientRect();
    if (!root.isConnected || !box.width || root.closest('table')) continue;
    const block = root.closest('p, li, dd, dt, h1, h2, h3, figcaption, summary, div');
    const edge = block.getBoundingClientRect().right;
    const over = item.display ? root.scrollWidth - root.clientWidth : box.right - edge;
    const low = item.display && Math.min(...['paddingTop', 'paddingBottom']
      .map(side => parseFloat(getComputedStyle(root)[side]))) < 2;
    if (over > 1) cut.push(`${Math.ceil(over)} px: ${item.math.trim().slice(0, 60)}`);
    if (low) cut.push(`no room above and below: ${item.math.trim().slice(0, 60)}`);
  }
  return cut;
}"""

# Scrollable boxes whose covers of the shadows (`--paper`) are not of the colour of the
# ground that they lie on, so that they show.
COVERS = r"""() => {
  const probe = document.body.appendChild(document.createElement('div'));
  const style = element => getComputedStyle(element);
  const rgb = color => (probe.style.color = color, style(probe).color);
  const clear = element => /^rgba.* 0\)$/.test(style(element).backgroundColor);
  const seen = [...document.querySelectorAll(
    `.bd-article :is(mjx-container[display="true"], div.highlight pre,
      .pst-scrollable-table-container, .output.text_html)`
  )].filter(box => {
    let ground = box.parentElement;
    while (ground && clear(ground)) ground = ground.parentElement;
    const paper = rgb(style(box).getPropertyValue('--paper'));
    return ground && paper !== style(ground).backgroundColor;
  });
  probe.remove();
  return seen.map(box => `a cover shows: ${box.textContent.trim().slice(0, 60)}`);
}"""

# Code that is wider than its box, of at most 79 characters a line.
WIDE_CODE = r"""() => [...document.querySelectorAll('.cell_input pre')].filter(pre =>
  pre.scrollWidth > pre.clientWidth + 1 &&
  pre.innerText.split('\n').every(line => line.length < 80)
).map(pre => pre.innerText.slice(0, 60))"""

# Tables that scroll within themselves, where there is room for a whole one.
WIDE_TABLES = r"""() => [...document.querySelectorAll(
  '.bd-article :is(.pst-scrollable-table-container, .output.text_html)')]
  .filter(box => box.querySelector('table') && box.scrollWidth > box.clientWidth + 1)
  .map(box => `${box.scrollWidth - box.clientWidth} px: ` +
       box.innerText.replace(/\s+/g, ' ').slice(0, 60))"""

# Numbers of a table that are broken over two lines, but for what stands below all.
BROKEN_NUMBERS = r"""() => [...document.querySelectorAll('.bd-article td.number')]
  .filter(cell => cell.checkVisibility() && [...cell.childNodes].some(node => {
    if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) return false;
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
  })).map(cell => `broken: ${cell.innerText}`)"""

# Text that is too small to be read, formulas and pictures apart.
SMALL = r"""() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() ||
        element.closest('svg, mjx-container, script, style, noscript')) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 11.5) found.add(`${size.toFixed(1)} px: ${element.tagName} ` +
      walker.currentNode.data.trim().slice(0, 30));
  }
  return [...found];
}"""

# Text whose contrast with what it stands on is below WCAG's AA; formulas are text too.
CONTRAST = r"""() => {
  const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = v => v <= 10.31 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const lum = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
  const over = (top, under) => {
    const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => a * top[i] + (1 - a) * under[i]);
  };
  const papers = new Map([[null, [255, 255, 255]]]);
  const paper = element => {
    if (!papers.has(element)) {
      const own = parse(getComputedStyle(element).backgroundColor);
      papers.set(element, over(own, paper(element.parentElement)));
    }
    return papers.get(element);
  };
  const found = [];
  const walker = document.createTreeWalker(
    document.querySelector('.bd-article') || document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility(
        {opacityProperty: true, visibilityProperty: true})) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element), under = paper(element);
    const [a, b] = [lum(over(parse(style.color), under)), lum(under)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
    if (ratio < (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5))
      found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className} ` +
                 walker.currentNode.data.trim().slice(0, 30));
  }
  return [...new Set(found)];
}"""

# Solutions, hints and answers, all opened.
OPEN_ALL = """() => document.querySelectorAll('details').forEach(d => {
  d.removeAttribute('name');
  d.open = true;
})"""

# axe needs long for many elements. The inside of formulas, which other probes judge,
# the places where a word may break, and the words of code, one of each kind in each
# kind of box excepted, are left out;
THIN_OUT = """() => {
  document.querySelectorAll('mjx-container').forEach(m => m.textContent = 'x');
  document.querySelectorAll('wbr').forEach(place => place.remove());
  const seen = new Set();
  for (const word of document.querySelectorAll('pre span')) {
    const box = word.closest('.cell_input, .cell_output, .admonition, article, body');
    const kind = `${word.className} in ${box.className}`;
    if (seen.has(kind)) word.replaceWith(...word.childNodes);
    seen.add(kind);
  }
}"""
# and for colours all text, but for one of each kind: the same elements, of the same
# classes, around it; rows of tables are striped.
ONE_OF_A_KIND = """() => {
  const seen = new Set();
  const look = e => `${e.tagName}.${e.className}` +
    (e.tagName === 'TR' ? [...e.parentElement.children].indexOf(e) % 2 : '') +
    (e.getAttribute('style') || '');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    let kind = '';
    for (let e = text.parentElement; e; e = e.parentElement) kind += look(e) + ' < ';
    if (seen.has(kind)) text.data = '';
    else if (text.data.trim()) seen.add(kind);
  }
  // What has lost all its text keeps its place among its siblings, empty and not drawn.
  const hide = e => {
    if (e.textContent.trim() || e.querySelector('img, svg, input, select, button'))
      return [...e.children].forEach(hide);
    e.replaceChildren();
    e.style.setProperty('display', 'none', 'important');
  };
  hide(document.querySelector('main') || document.body);
}"""
AXE = """options => axe.run(document,
  {resultTypes: ['violations'], preload: false, ...options}).then(found =>
  found.violations.flatMap(v =>
    v.nodes.map(n => `${v.id}: ${n.html.slice(0, 200)}`)))"""

# How many stops Tab makes before the first answer of the quiz, everything closed.
STOPS = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input, summary, [tabindex]')].filter(e =>
    e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
  const answer = document.querySelector('details.choice summary');
  const article = document.querySelector('article');
  return all.filter(e => article.contains(e) && !e.closest('.claims') &&
    e.compareDocumentPosition(answer) & Node.DOCUMENT_POSITION_FOLLOWING).length;
}"""

# Diagrams that have no name, no number, or are wider than the page.
DIAGRAMS = r"""() => [...document.querySelectorAll(
  'figure svg.diagram, .cell_output svg:not(button svg, .claims svg)')].filter(svg => {
  const box = svg.getBoundingClientRect();
  const caption = svg.closest('figure')?.querySelector('figcaption');
  const numbered = /^Fig\. \d+(\.\d+)? \S/.test(caption?.innerText.trim() || '');
  const named = svg.getAttribute('aria-label');
  return !named || !numbered || box.width < 250 || box.right > innerWidth;
}).length"""

# Signs of pictures that are too small to be read, but for what scripts replace.
TINY = r"""() => [...document.querySelectorAll('article svg text, article svg tspan')]
  .filter(one => one.textContent.replace(/\u200b/g, '').trim() &&
    !one.querySelector('tspan') && !one.closest('.explorer-picture, .claims') &&
    one.checkVisibility())
  .flatMap(one => {
    const text = one.closest('text'), {a, b} = text.getScreenCTM();
    const size = parseFloat(getComputedStyle(one).fontSize) * Math.hypot(a, b);
    return size < 8.5 ? [`${size.toFixed(1)} px: ${one.textContent} in ` +
      one.closest('svg').getAttribute('aria-label')?.slice(0, 40)] : [];
  })"""

# Words of pictures that lie on one another, or on a line without a ground between; each
# box is a little smaller than that of the letters. Turned ones, not by 90 degrees, are
# left out.
CROSSED = r"""() => {
  const found = [];
  for (const svg of document.querySelectorAll('article svg.diagram')) {
    if (!svg.checkVisibility() || svg.closest('.claims')) continue;
    const all = [...svg.querySelectorAll('*')];
    const name = svg.getAttribute('aria-label')?.slice(0, 40);
    const words = [];
    all.forEach((text, order) => {
      if (text.tagName !== 'text' || !text.textContent.trim()) return;
      const {a, b} = text.getScreenCTM(), box = text.getBoundingClientRect();
      const turned = Math.abs(Math.atan2(b, a)) * 180 / Math.PI;
      if (turned > 3 && Math.abs(turned - 90) > 3) return;
      const [x, y] = turned > 45 ? [0.25 * box.width, 0.5] : [0.5, 0.25 * box.height];
      words.push({order, said: text.textContent.trim(), left: box.left + x,
        right: box.right - x, top: box.top + y, bottom: box.bottom - y});
    });
    words.forEach((one, k) => words.slice(k + 1).forEach(two => {
      const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (across > 1 && down > 1) found.push(`${one.said} on ${two.said} in ${name}`);
    }));
    const lines = all.filter(e => e.matches('path, line, polyline, rect, circle') &&
      !e.closest('defs'));
    const grounds = lines.filter(e => e.classList.contains('ground'))
      .map(e => [all.indexOf(e), e.getBoundingClientRect()]);
    const inside = (x, y, box, by) => x > box.left + by && x < box.right - by &&
      y > box.top + by && y < box.bottom - by;
    for (const line of lines) {
      const style = getComputedStyle(line), box = line.getBoundingClientRect();
      if (style.stroke === 'none' || +style.strokeOpacity < 0.3) continue;
      const near = words.filter(w => w.left < box.right && w.right > box.left &&
        w.top < box.bottom && w.bottom > box.top && !w.crossed);
      if (!near.length) continue;
      const {a, b, c, d, e, f} = line.getScreenCTM(), length = line.getTotalLength();
      const steps = Math.min(3000, Math.ceil(length * Math.hypot(a, b) / 1.5));
      for (let k = 0; k <= steps; k++) {
        const p = line.getPointAtLength(length * k / steps);
        const x = a * p.x + c * p.y + e, y = b * p.x + d * p.y + f;
        for (const word of near) {
          if (word.crossed || !inside(x, y, word, 0.5)) continue;
          const at = all.indexOf(line);
          word.crossed = !grounds.some(([n, ground]) => n > at && n < word.order &&
            inside(x, y, ground, -1));
          if (word.crossed) found.push(`${word.said} on a line in ${name}`);
        }
      }
    }
  }
  return found;
}"""

# Chinese that does not say so.
CHINESE = r"""() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const said = walker.currentNode.data.match(/[\u3400-\u9fff]+/);
    const parent = walker.currentNode.parentElement;
    if (said && !parent.closest('[lang=zh], script, style')) found.push(said[0]);
  }
  return found;
}"""
