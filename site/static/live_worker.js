// Python for live.js: Pyodide in a worker, from the folder beside the pages and from
// nowhere else. A worker can be ended, so an endless loop can be.

"use strict";

let python, site, lock;
const counted = { bytes: 0 };
const inside = new Set(); // archives that are unpacked already
const own = self.fetch.bind(self);

// Every file that comes is counted, so that the page can say how far it is.
self.fetch = async (what, how) => {
  const answer = await own(what, how);
  if (!answer.ok || !answer.body) return answer;
  const count = new TransformStream({
    transform(piece, out) {
      counted.bytes += piece.byteLength;
      postMessage({ kind: "loaded", bytes: counted.bytes });
      out.enqueue(piece);
    },
  });
  const { status, headers } = answer;
  return new Response(answer.body.pipeThrough(count), { status, headers });
};

async function unpack(name) {
  if (inside.has(name)) return;
  inside.add(name);
  const answer = await fetch(new URL(name, site.live));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  python.unpackArchive(await answer.arrayBuffer(), "zip", {
    extractDir: "/home/pyodide",
  });
}

async function load(packages) {
  const new_ = packages.filter((one) => !python.loadedPackages[one]);
  if (new_.length)
    await python.loadPackage(new_, { messageCallback() {}, errorCallback() {} });
  if (packages.includes("matplotlib")) await unpack("faces.zip");
}

async function boot(message) {
  site = message;
  importScripts(new URL("pyodide.js", site.pyodide));
  python = await loadPyodide({ indexURL: site.pyodide });
  await load(["numpy"]);
  await unpack(`rnnbook.zip?${site.package}`);
  python.runPython("import live_run; live_run.bridge()");
  postMessage({ kind: "ready" });
}

const CAN_BE_HAD = {
  numpy: "numpy",
  pandas: "pandas",
  matplotlib: "matplotlib",
  scipy: "scipy",
  PIL: "pillow",
};

async function run({ id, packages, before, source, check }) {
  let wanted = packages;
  for (;;) {
    await load(wanted);
    postMessage({ kind: "started", id });
    const runs = python.pyimport("live_run");
    const result = JSON.parse(runs.run(JSON.stringify(before), source, check || ""));
    const more = CAN_BE_HAD[result.missing];
    if (result.missing && more && !python.loadedPackages[more]) {
      wanted = [...wanted, more];
      postMessage({ kind: "more", id, name: more });
      continue;
    }
    if (result.missing)
      result.shown = [
        {
          kind: "error",
          text: `The module ${result.missing} is not part of these pages: it needs an installation of the course.`,
          lines: [],
        },
      ];
    postMessage({ kind: "done", id, shown: result.shown });
    return;
  }
}

// One message after the other: a run waits until Python is there.
let last = Promise.resolve();

onmessage = ({ data }) => {
  last = last
    .then(() => (data.kind === "boot" ? boot(data) : run(data)))
    .catch((error) =>
      postMessage({ kind: "broken", id: data.id, text: String(error).slice(-400) }),
    );
};
