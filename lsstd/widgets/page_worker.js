// Python in a page, away from the page's own thread: unpacks what the page carries, starts it, and answers one call at
// a time. It asks nothing of any network: what Pyodide would fetch is answered from the page.

const STAGES = 6;
let python, done = 0;

const progress = () => postMessage({ progress: ++done / STAGES });

/** Return the bytes of a part of the page: base64, and inside of it gzip. */
async function unpacked(text) {
  const packed = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

const moduleOf = (bytes) => URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));

const calls = {
  async start({ parts, lock, page }) {
    const names = Object.keys(parts);
    const [loader, module, wasm, library, core] = await Promise.all(names.map((name) => unpacked(parts[name])));
    progress();
    const carried = { "pyodide.asm.wasm": [wasm, "application/wasm"], "python_stdlib.zip": [library, "application/zip"] };
    globalThis.fetch = async (url) => {
      const [bytes, type] = carried[String(url).split("/").pop()];
      return new Response(bytes, { headers: { "Content-Type": type } });
    };
    const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([loader, module].map((bytes) => import(moduleOf(bytes))));
    progress();
    const pyodide = await loadPyodide({ createPyodideModule, indexURL: "https://page.invalid/", packageBaseUrl: "https://page.invalid/",
      lockFileContents: lock, env: { PYDANTIC_DISABLE_PLUGINS: "1", PYTHONDONTWRITEBYTECODE: "1" } });
    progress();
    pyodide.unpackArchive(new Uint8Array(core), "tar", { extractDir: "/lib/python3.14/site-packages" });
    progress();
    python = pyodide.pyimport("lsstd.widgets.in_page");
    progress();
    python.start(page);
    progress();
  },
  open: ({ key, files }) => python.open_form(key, files),
  handle: ({ message, files }) => python.handle(message, files),
};

onmessage = async ({ data: { call, id, ...given } }) => {
  try {
    const found = await calls[call](given);
    postMessage({ id, found: found?.toJs ? found.toJs({ create_proxies: false }) : found });
    found?.destroy?.();
  } catch (error) { 
    postMessage({ id, error: String(error) });
  }
};
