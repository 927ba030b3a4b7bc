// Asks the real Mermaid parser. Arguments: a node_modules folder, then `--version`, or a JSON file with a
// list of sources; the answer is a JSON list with null for what is accepted and a message for the rest.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, task] = process.argv.slice(2);
const described = JSON.parse(readFileSync(join(folder, "mermaid", "package.json"), "utf8"));
if (task === "--version") {
  console.log(described.version);
  process.exit(0);
}
try {
  const { JSDOM } = createRequire(join(folder, "here.js"))("jsdom");
  globalThis.window = new JSDOM("<!doctype html><body></body>").window;
  globalThis.document = globalThis.window.document;
} catch {
  console.error("the Mermaid parser needs jsdom beside it");
  process.exit(127);
}
const entry = described.exports?.["."]?.import ?? described.module ?? described.main;
const { default: mermaid } = await import(pathToFileURL(join(folder, "mermaid", entry)).href);
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
const answers = [];
for (const source of JSON.parse(readFileSync(task, "utf8"))) {
  try {
    await mermaid.parse(source);
    answers.push(null);
  } catch (error) {
    answers.push(String(error.message ?? error));
  }
}
console.log(JSON.stringify(answers));
