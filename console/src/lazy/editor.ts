import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { isNode, parseDocument, type Document } from 'yaml';

export interface Fault {
  /** As the service names it: `steps[2].http.url`; empty for the text as a whole. */
  readonly field: string;
  readonly message: string;
}

export interface PlacedFault extends Fault {
  readonly line: number;
}

export interface Editor {
  text(): string;
  /** Marks faults on their lines, and returns these. */
  mark(faults: readonly Fault[]): PlacedFault[];
  goTo(line: number): void;
  focus(): void;
  destroy(): void;
}

const style = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--high)' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--muted)' },
]);

const theme = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', padding: '10px 0' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--warn-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '6px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--danger)' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)' },
});

/**
 * An editor of YAML in a shadow root of an element: there its styles are adopted style sheets, which the page's content security
 * policy allows, while it would add elements of style to a document.
 */
export function createEditor(host: HTMLElement, text: string, label: string, onChange: () => void, onSave: () => void): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of('  '),
        yaml(),
        syntaxHighlighting(style),
        theme,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        keymap.of([
          {
            key: 'Mod-s',
            preventDefault: true,
            run: () => {
              onSave();
              return true;
            },
          },
          // Escape lets Tab leave the editor: keyboards must not be caught in it.
          { key: 'Escape', run: (it) => (it.contentDOM.blur(), true) },
          ...searchKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
        // Where the browser itself replaces a selection, it keeps its style in an attribute, which the content security policy reports.
        EditorView.domEventHandlers({
          beforeinput: (event, target) => {
            if (event.inputType !== 'insertText' || event.data === null || target.composing || target.state.selection.main.empty) return false;
            target.dispatch(target.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
            return true;
          },
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange();
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    mark(faults) {
      const content = view.state.doc.toString();
      const document = parseDocument(content);
      const diagnostics: Diagnostic[] = [];
      const placed = faults.map((fault) => {
        const offset = Math.min(content.length, fault.field ? offsetOf(document, fault.field) : lineInMessage(view, fault.message));
        const line = view.state.doc.lineAt(offset);
        diagnostics.push({ from: line.from + (line.text.length - line.text.trimStart().length), to: Math.max(line.to, line.from), severity: 'error', message: fault.message });
        return { ...fault, line: line.number };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
      return placed.sort((a, b) => a.line - b.line);
    },
    goTo(line) {
      const at = view.state.doc.line(Math.max(1, Math.min(view.state.doc.lines, line)));
      view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: 'center' }) });
      view.focus();
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/** Where a path such as `steps[2].http.url` is in a document; where it has no such node, its nearest parent. */
function offsetOf(document: Document, field: string): number {
  const path = [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((part) => (part[2] !== undefined ? Number(part[2]) : part[1]!));
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function lineInMessage(view: EditorView, message: string): number {
  const line = Number(/line (\d+)/i.exec(message)?.[1] ?? 1);
  return view.state.doc.line(Math.max(1, Math.min(view.state.doc.lines, line))).from;
}

/** The faults of the syntax, and which members a text has at its top. */
export function check(text: string): { faults: Fault[]; members: string[] } {
  const document = parseDocument(text);
  const content: unknown = document.errors.length === 0 ? document.toJS() : null;
  return {
    faults: document.errors.map((error) => ({ field: '', message: `${error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')} (line ${error.linePos?.[0].line ?? 1})` })),
    members: content && typeof content === 'object' ? Object.keys(content) : [],
  };
}
