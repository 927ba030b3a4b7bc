// Reads a JSON list of Mermaid sources, prints a JSON list of {type} or {error}, by the real parser.
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;

const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

let input = "";
for await (const chunk of process.stdin) input += chunk;

const answers = [];
for (const source of JSON.parse(input)) {
  try {
    const { diagramType } = await mermaid.parse(source);
    const diagram = await mermaid.mermaidAPI.getDiagramFromText(source);
    const nodes = diagram.db.getVertices ? [...diagram.db.getVertices().keys()] : [];
    const edges = (diagram.db.getEdges?.() ?? []).map((e) => `${e.start} ${e.end}`);
    answers.push({ type: diagramType, nodes, edges });
  } catch (error) {
    answers.push({ error: String(error.message ?? error) });
  }
}
console.log(JSON.stringify(answers));
